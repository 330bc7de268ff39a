// <zwm-field label="用户名" name="login" required></zwm-field>: one field with its label, hint and error.
// type: text, password, number, tel, email, url, search, date, datetime-local, textarea, select.
import { css, html, live, nothing } from './lit.js';
import { ZwmControl } from './control.js';
import { define } from './element.js';

class ZwmField extends ZwmControl {
  static properties = {
    type: {},
    options: { attribute: false }, // of a select: [{value, label, disabled?}]
    placeholder: {},
    autocomplete: {},
    inputmode: {},
    maxlength: { type: Number },
    min: {},
    max: {},
    step: {},
    rows: { type: Number },
    readonly: { type: Boolean },
    pattern: {}, // a regular expression for the whole value
    patternText: { attribute: 'pattern-text' }, // what to write, if the pattern does not fit
    inline: { type: Boolean, reflect: true }, // label beside the field, for filters
    unit: {}, // behind the field: 秒
    visible: { state: true }, // a password is shown
  };

  static styles = [...ZwmControl.styles, css`
    .box { position: relative; display: flex; align-items: center; gap: var(--space-2); }
    .box > .control { flex: 1; min-width: 0; }
    .box > zwm-icon { position: absolute; inset-inline-end: var(--space-3); pointer-events: none; color: var(--muted); }
    .control.code { font-family: var(--font-code); }
    input[type="number"] { appearance: textfield; }
    input[type="search"]::-webkit-search-cancel-button { display: none; }
    .unit { color: var(--muted); }
    .reveal {
      display: inline-flex; align-items: center; gap: var(--space-1); min-height: var(--target); min-width: var(--target);
      padding: 0 var(--space-2); border: 0; border-radius: var(--radius); background: none; color: var(--primary); cursor: pointer;
      white-space: nowrap;
    }
    :host([inline]) .whole { display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: 0 var(--space-2); align-items: center; }
    :host([inline]) .name { margin: 0; }
    :host([inline]) .label { font-weight: 400; color: var(--muted); white-space: nowrap; }
    :host([inline]) :is(.hint, .error) { grid-column: 2; }
  `];

  constructor() {
    super();
    this.type = 'text';
    this.options = [];
    this.placeholder = '';
    this.autocomplete = 'off';
    this.rows = 3;
    this.readonly = false;
    this.inline = false;
    this.unit = '';
    this.visible = false;
  }

  problem() {
    const value = this.value ?? '';
    if (this.required && String(value).trim() === '') return `请${this.type === 'select' ? '选择' : '填写'}${this.label}`;
    if (value === '') return '';
    const native = this.control?.validity;
    if (native?.badInput || native?.typeMismatch) return this.patternText || `${this.label}的格式不正确`;
    if (this.pattern && !new RegExp(`^(?:${this.pattern})$`, 'u').test(value)) return this.patternText || `${this.label}的格式不正确`;
    if (this.type === 'number') {
      if (Number.isNaN(Number(value))) return `${this.label}应为数字`;
      if (this.min !== undefined && Number(value) < Number(this.min)) return `${this.label}不能小于 ${this.min}`;
      if (this.max !== undefined && Number(value) > Number(this.max)) return `${this.label}不能大于 ${this.max}`;
      if (native?.stepMismatch) return this.step && this.step !== '1' ? `${this.label}应为 ${this.step} 的倍数` : `${this.label}应为整数`;
    }
    return '';
  }

  formStateRestoreCallback(state) {
    if (this.type !== 'password') super.formStateRestoreCallback(state);
  }

  #key(event) {
    if (event.key !== 'Enter' || event.isComposing || this.type === 'textarea') return;
    this.form?.requestSubmit();
  }

  #common() {
    return {
      described: this.describedBy,
      invalid: this.error ? 'true' : nothing,
      required: this.required ? 'true' : nothing,
    };
  }

  #select() {
    const c = this.#common();
    return html`<select class="control" id="control" .value=${live(this.value ?? '')} ?disabled=${this.disabled}
      aria-describedby=${c.described} aria-invalid=${c.invalid} aria-required=${c.required}
      @change=${(event) => { this.take(event.target.value); this.tellChange(); }}>
      ${this.options.map((o) => html`<option value=${o.value} ?selected=${String(o.value) === String(this.value ?? '')}
        ?disabled=${o.disabled}>${o.label}</option>`)}
    </select><zwm-icon name="chevron-down"></zwm-icon>`;
  }

  #textarea() {
    const c = this.#common();
    return html`<textarea class="control" id="control" rows=${this.rows} .value=${live(this.value ?? '')} ?disabled=${this.disabled}
      ?readonly=${this.readonly} placeholder=${this.placeholder || nothing} maxlength=${this.maxlength ?? nothing}
      aria-describedby=${c.described} aria-invalid=${c.invalid} aria-required=${c.required}
      @input=${(event) => this.take(event.target.value)} @change=${this.tellChange}></textarea>`;
  }

  #input() {
    const c = this.#common();
    const type = this.type === 'password' && this.visible ? 'text' : this.type;
    return html`<input class="control" id="control" type=${type} .value=${live(this.value ?? '')} ?disabled=${this.disabled}
      ?readonly=${this.readonly} placeholder=${this.placeholder || nothing} maxlength=${this.maxlength ?? nothing}
      min=${this.min ?? nothing} max=${this.max ?? nothing} step=${this.step ?? nothing} inputmode=${this.inputmode ?? nothing}
      autocomplete=${this.autocomplete} autocapitalize="off" spellcheck="false"
      aria-describedby=${c.described} aria-invalid=${c.invalid} aria-required=${c.required}
      @input=${(event) => this.take(event.target.value)} @change=${this.tellChange} @keydown=${this.#key}>
      ${this.unit ? html`<span class="unit" aria-hidden="true">${this.unit}</span>` : nothing}
      ${this.type === 'password' ? html`<button class="reveal" type="button" aria-pressed=${this.visible ? 'true' : 'false'}
        aria-describedby="label" @click=${() => { this.visible = !this.visible; }}><zwm-icon
        name=${this.visible ? 'eye-slash' : 'eye'}></zwm-icon>${this.visible ? '隐藏' : '显示'}</button>` : nothing}`;
  }

  render() {
    const inner = this.type === 'select' ? this.#select() : this.type === 'textarea' ? this.#textarea() : this.#input();
    return html`<div class="whole">
      <div class="name"><label class="label" id="label" for="control">${this.label}</label>${this.renderStar()}</div>
      <div class="box">${inner}</div>
      ${this.renderBelow()}
    </div>`;
  }
}

define('zwm-field', ZwmField);
