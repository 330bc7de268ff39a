// <zwm-button variant="primary" type="submit" icon="check-lg">同意</zwm-button>
import { css, html, nothing } from './lit.js';
import { define, ZwmElement } from './element.js';
import { buttons } from './styles.js';
import './icon.js';

class ZwmButton extends ZwmElement {
  static formAssociated = true;

  static shadowRootOptions = { ...ZwmElement.shadowRootOptions, delegatesFocus: true };

  static properties = {
    variant: {}, // primary, plain (as without), quiet, danger
    type: {}, // button, submit, reset
    disabled: { type: Boolean, reflect: true },
    busy: { type: Boolean, reflect: true }, // something is under way: stays focusable, takes no further press
    wide: { type: Boolean, reflect: true }, // as wide as what it stands in
    icon: {},
    href: {}, // a link that looks like a button
    label: {}, // accessible name, if more than the words shown is needed
    pressed: {}, // "true" or "false" makes it a switch
  };

  static styles = [...ZwmElement.styles, buttons, css`
    :host { display: inline-block; vertical-align: middle; }
    :host([wide]) { display: block; }
    .button { width: 100%; }
    .spinner {
      flex: none; width: 1em; height: 1em; border: 2px solid currentColor; border-inline-end-color: transparent; border-radius: 50%;
      animation: turn .8s linear infinite;
    }
    @keyframes turn { to { rotate: 1turn; } }
    @media (prefers-reduced-motion: reduce) { .spinner { animation: none; } }
    .button[aria-pressed="true"] { border-color: var(--primary); color: var(--primary); box-shadow: inset 0 0 0 1px var(--primary); }
  `];

  #internals = this.attachInternals();

  constructor() {
    super();
    this.variant = 'plain';
    this.type = 'button';
    this.disabled = false;
    this.busy = false;
    this.wide = false;
  }

  formDisabledCallback(disabled) {
    this.disabled = disabled;
  }

  #press(event) {
    if (this.busy || this.disabled) {
      event.preventDefault();
      event.stopImmediatePropagation();
      return;
    }
    // A listener on the element itself may prevent the default: so after it.
    queueMicrotask(() => {
      if (event.defaultPrevented) return;
      if (this.type === 'submit') this.#internals.form?.requestSubmit();
      else if (this.type === 'reset') this.#internals.form?.reset();
    });
  }

  render() {
    const inner = html`${this.busy ? html`<span class="spinner"></span>`
      : this.icon ? html`<zwm-icon name=${this.icon}></zwm-icon>` : nothing}<span><slot></slot></span>`;
    const name = this.label || nothing;
    if (this.href && !this.disabled) {
      return html`<a class="button ${this.variant}" href=${this.href} aria-label=${name}>${inner}</a>`;
    }
    return html`<button class="button ${this.variant}" type="button" ?disabled=${this.disabled} aria-label=${name}
      aria-disabled=${this.busy ? 'true' : nothing} aria-pressed=${this.pressed ?? nothing}
      @click=${this.#press}>${inner}</button>`;
  }
}

define('zwm-button', ZwmButton);
