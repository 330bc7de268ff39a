// <zwm-choice label="码制" .options=${[{value: 'qr', label: 'QR 码'}]} value="qr">: one of a few, all visible.
// look: row (as without), list, segments.
import { css, html, live, nothing } from './lit.js';
import { ZwmControl } from './control.js';
import { define } from './element.js';

class ZwmChoice extends ZwmControl {
  static properties = {
    options: { attribute: false }, // [{value, label, hint?, disabled?}]
    look: { reflect: true },
    labelHidden: { type: Boolean, attribute: 'label-hidden' }, // where a heading beside says the same
  };

  static styles = [...ZwmControl.styles, css`
    .options { display: flex; flex-wrap: wrap; gap: 0 var(--space-5); }
    :host([look="list"]) .options { flex-direction: column; }
    label { display: flex; gap: var(--space-2); align-items: center; min-height: var(--target); min-width: var(--target); cursor: pointer; }
    input { flex: none; width: 1.25em; height: 1.25em; margin: 0; accent-color: var(--primary); cursor: inherit; }
    .more { display: block; font-size: var(--type-s); color: var(--muted); }
    :host([disabled]) label { color: var(--muted); cursor: not-allowed; }
    :host([look="segments"]) .options {
      display: inline-flex; flex-wrap: wrap; gap: 0; border: 1px solid var(--muted); border-radius: var(--radius); overflow: clip;
    }
    :host([look="segments"]) label {
      position: relative; justify-content: center; padding: 0 var(--space-4); background: var(--surface);
    }
    :host([look="segments"]) label + label { border-inline-start: 1px solid var(--muted); }
    :host([look="segments"]) input { position: absolute; inset: 0; width: 100%; height: 100%; opacity: 0; }
    :host([look="segments"]) label:has(:checked) { background: var(--primary); color: var(--on-primary); }
    :host([look="segments"]) label:has(:focus-visible) { outline: 2px solid var(--primary); outline-offset: -6px; }
    :host([look="segments"]) label:has(:checked:focus-visible) { outline-color: var(--on-primary); }
  `];

  constructor() {
    super();
    this.options = [];
    this.look = 'row';
    this.labelHidden = false;
  }

  get control() {
    return this.renderRoot?.querySelector('input:checked') ?? this.renderRoot?.querySelector('input');
  }

  problem() {
    return this.required && !this.options.some((o) => o.value === this.value) ? `请选择${this.label}` : '';
  }

  #option(o) {
    return html`<label><input type="radio" name="choice" value=${o.value} .checked=${live(o.value === this.value)}
      ?disabled=${this.disabled || o.disabled}
      @change=${() => { this.take(o.value); this.tellChange(); }}><span>${o.label}${o.hint
        ? html`<span class="more">${o.hint}</span>` : nothing}</span></label>`;
  }

  render() {
    return html`<fieldset aria-describedby=${this.describedBy}>
      <legend class="name ${this.labelHidden ? 'visually-hidden' : ''}"><span class="label">${this.label}</span>${this.renderStar()}</legend>
      <div class="options">${this.options.map((o) => this.#option(o))}</div>
      ${this.renderBelow()}
    </fieldset>`;
  }
}

define('zwm-choice', ZwmChoice);
