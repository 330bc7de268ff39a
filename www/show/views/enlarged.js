// The code as large as the screen allows, on white. Esc, 「关闭」 or a press on it leaves.
import { css, html } from '/shared/lit.js';
import { define, ZwmElement } from '/shared/element.js';
import { buttons } from '/shared/styles.js';

class ZwmShowEnlarged extends ZwmElement {
  static properties = { image: { attribute: false }, name: { attribute: false }, time: { attribute: false }, left: { attribute: false } };

  static styles = [...ZwmElement.styles, buttons, css`
    dialog {
      width: 100vw; height: 100dvh; max-width: none; max-height: none; margin: 0; padding: 0; border: 0; background: var(--paper); color: var(--ink);
      overflow: hidden; color-scheme: light;
    }
    dialog[open] { display: grid; grid-template: auto minmax(0, 1fr) auto / minmax(0, 1fr); place-items: center; gap: var(--space-2); }
    .top { display: flex; flex-wrap: wrap; gap: 0 var(--space-4); align-items: center; justify-content: space-between; width: 100%; padding: var(--space-2) var(--space-4); }
    .clock { font-size: var(--type-xxl); font-weight: 600; font-variant-numeric: tabular-nums; }
    img { width: min(100vw, 100dvh - 9rem); aspect-ratio: 1; }
    p { padding: var(--space-2) var(--space-4) var(--space-4); font-variant-numeric: tabular-nums; text-align: center; }
    .button { border-color: var(--ink-muted); background: var(--paper); color: var(--ink); }
    :focus-visible { outline-color: var(--ink); }
  `];

  firstUpdated() {
    this.renderRoot.querySelector('dialog').showModal();
  }

  #close() {
    this.emit('zwm-close');
  }

  render() {
    return html`<dialog aria-label="放大的服务码" @close=${this.#close}>
      <div class="top"><span class="clock">${this.time}</span><button class="button" type="button" @click=${this.#close}>关闭</button></div>
      <img src=${this.image} alt=${this.name} draggable="false" @click=${this.#close}>
      <p><span role="timer">${this.left} 秒后刷新</span></p>
    </dialog>`;
  }
}

define('zwm-show-enlarged', ZwmShowEnlarged);
