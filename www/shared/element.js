// What all elements have in common: Lit, an open shadow root, the shared reset, one way to tell of something.
import { LitElement } from './lit.js';
import { reset } from './styles.js';

export class ZwmElement extends LitElement {
  static styles = [reset];

  /**
   * Sends an event that pages hear outside any shadow root.
   * @returns {boolean} false if a listener called preventDefault
   */
  emit(name, detail, { cancelable = false } = {}) {
    return this.dispatchEvent(new CustomEvent(name, { detail, cancelable, bubbles: true, composed: true }));
  }
}

/** Registers once, so that two modules may both import an element. */
export function define(name, element) {
  if (!customElements.get(name)) customElements.define(name, element);
}

/** Where the focus is, through shadow roots. */
export function deepActive() {
  let at = document.activeElement;
  while (at?.shadowRoot?.activeElement) at = at.shadowRoot.activeElement;
  return at;
}
