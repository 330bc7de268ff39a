// <zwm-check label="居民身份证" name="class" value="…" checked></zwm-check>: a checkbox; what it means may stand inside the tag.
import { css, html, live, nothing } from './lit.js';
import { ZwmControl } from './control.js';
import { define } from './element.js';

class ZwmCheck extends ZwmControl {
  static properties = { checked: { type: Boolean, reflect: true } };

  static styles = [...ZwmControl.styles, css`
    label { display: flex; gap: var(--space-3); align-items: flex-start; min-height: var(--target); padding-block: var(--space-2); cursor: pointer; }
    input { flex: none; width: 1.25em; height: 1.25em; margin: .125em 0 0; accent-color: var(--primary); cursor: inherit; }
    :host([disabled]) label { color: var(--muted); cursor: not-allowed; }
    .more { display: block; font-size: var(--type-s); color: var(--muted); }
  `];

  #first;

  constructor() {
    super();
    this.checked = false;
    this.value = 'on';
  }

  formValue() {
    return this.checked ? this.value : null;
  }

  problem() {
    return this.required && !this.checked ? `请勾选「${this.label}」` : '';
  }

  willUpdate(changed) {
    if (!this.hasUpdated) this.#first = this.checked;
    super.willUpdate(changed);
    if (changed.has('checked')) this.internals.setFormValue(this.formValue());
  }

  formResetCallback() {
    this.checked = this.#first;
    this.error = '';
  }

  formStateRestoreCallback(state) {
    this.checked = state !== null;
  }

  render() {
    return html`<label><input type="checkbox" .checked=${live(this.checked)} ?disabled=${this.disabled}
        aria-label=${this.label} aria-describedby="more ${this.error ? 'error' : this.hint ? 'hint' : ''}"
        aria-invalid=${this.error ? 'true' : nothing} aria-required=${this.required ? 'true' : nothing}
        @change=${(event) => { this.checked = event.target.checked; this.error = ''; this.tellChange(); }}>
      <span>${this.label}${this.renderStar()}<span class="more" id="more"><slot></slot></span></span></label>
      ${this.renderBelow()}`;
  }
}

define('zwm-check', ZwmCheck);
