// What the fields of a form share: they take part in the form (name, value, reset, disabled), are checked when it is sent,
// show the error at the field instead of the browser's bubble, and take the focus if they are the first wrong one.
import { html, nothing } from './lit.js';
import { ZwmElement } from './element.js';
import { fields } from './styles.js';
import './icon.js';

export class ZwmControl extends ZwmElement {
  static formAssociated = true;

  static shadowRootOptions = { ...ZwmElement.shadowRootOptions, delegatesFocus: true };

  static properties = {
    label: {}, // visible, always
    name: {},
    value: {},
    required: { type: Boolean, reflect: true }, // shown as 「*」
    disabled: { type: Boolean, reflect: true },
    hint: {}, // below the field, as long as there is no error
    error: {}, // what is wrong; the page sets it for what the server found. Typing clears it
  };

  static styles = [...ZwmElement.styles, fields];

  internals = this.attachInternals();

  #initial;

  constructor() {
    super();
    this.label = '';
    this.name = '';
    this.value = '';
    this.required = false;
    this.disabled = false;
    this.hint = '';
    this.error = '';
    this.addEventListener('invalid', (event) => this.#showInvalid(event));
  }

  /** The first control inside: takes the focus. */
  get control() {
    return this.renderRoot?.querySelector('input, select, textarea');
  }

  get form() {
    return this.internals.form;
  }

  get validity() {
    return this.internals.validity;
  }

  get validationMessage() {
    return this.internals.validationMessage;
  }

  /** Subclasses: what is wrong with the value, or '' . */
  problem() {
    return '';
  }

  /** Subclasses: what the form sends; null for nothing. */
  formValue() {
    return this.value;
  }

  checkValidity() {
    this.#validate();
    return this.internals.checkValidity();
  }

  reportValidity() {
    this.#validate();
    return this.internals.reportValidity();
  }

  #validate() {
    const problem = this.disabled ? '' : this.problem();
    const at = this.control;
    if (problem && at) this.internals.setValidity({ customError: true }, problem, at);
    else this.internals.setValidity({});
  }

  #showInvalid(event) {
    event.preventDefault();
    this.error = this.validationMessage;
    const first = [...(this.form?.elements ?? [])].find((element) => element.validity && !element.validity.valid);
    if (!first || first === this) this.focus();
  }

  /** Takes a value that a person gave. */
  take(value) {
    this.value = value;
    this.error = '';
  }

  willUpdate(changed) {
    if (!this.hasUpdated) this.#initial = this.value;
    if (changed.has('value')) this.internals.setFormValue(this.formValue());
  }

  updated() {
    this.#validate();
  }

  formResetCallback() {
    this.value = this.#initial;
    this.error = '';
  }

  formDisabledCallback(disabled) {
    this.disabled = disabled;
  }

  formStateRestoreCallback(state) {
    this.value = state;
  }

  /** Ids for aria-describedby of what is shown below the field. */
  get describedBy() {
    return this.error ? 'error' : this.hint ? 'hint' : nothing;
  }

  /** 「*」 stands beside the label, not in it: it is no part of the field's name. */
  renderStar() {
    return this.required ? html`<span class="required" aria-hidden="true">*</span>` : nothing;
  }

  renderBelow() {
    if (this.error) {
      return html`<p class="error" id="error"><zwm-icon name="exclamation-circle-fill"></zwm-icon><span>${this.error}</span></p>`;
    }
    return this.hint ? html`<p class="hint" id="hint">${this.hint}</p>` : nothing;
  }

  /** `change` of a native control ends at the shadow root: told again outside. */
  tellChange() {
    this.dispatchEvent(new Event('change', { bubbles: true }));
  }
}
