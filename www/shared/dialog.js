// <zwm-dialog heading="通过申请" .content=${html`…fields…`} @zwm-submit=${…}>, and ask() for a plain question. Modal; the focus
// goes in and comes back; Esc, 「关闭」 and 「取消」 leave it with the value ''.
//
// What is inside comes as a template and stands in the page's own tree, in a form: no shadow root, so that labels, forms and
// whoever looks for a field in a dialog find it. Listeners in the template are arrow functions: `this` would be the dialog.
import { css, html, nothing } from './lit.js';
import { deepActive, define, ZwmElement } from './element.js';
import { liveHost } from './live.js';
import './button.js';
import './icon.js';

const sheet = css`
  zwm-dialog { display: contents; }
  zwm-dialog > dialog {
    width: min(100vw - 2 * var(--space-4), 32rem); max-width: none; max-height: calc(100dvh - 2 * var(--space-4)); padding: 0; margin: auto;
    border: 1px solid var(--line); border-radius: var(--radius-card); background: var(--surface); color: var(--text);
    font-size: var(--body); line-height: var(--leading); overflow: hidden;
  }
  zwm-dialog[wide] > dialog { width: min(100vw - 2 * var(--space-4), 52rem); }
  zwm-dialog > dialog[open] { display: flex; animation: zwm-come var(--motion) ease-out; }
  zwm-dialog > dialog::backdrop { background: var(--shade); }
  @keyframes zwm-come { from { opacity: 0; } }
  zwm-dialog > dialog > form { flex: 1; display: flex; flex-direction: column; min-width: 0; }
  zwm-dialog .dialog-head { display: flex; gap: var(--space-3); align-items: center; padding: var(--space-3) var(--space-3) var(--space-2) var(--space-6); }
  zwm-dialog .dialog-head h2 { flex: 1; min-width: 0; margin: 0; font-size: var(--type-l); font-weight: 600; line-height: 1.4; }
  zwm-dialog .dialog-head h2:focus { outline: none; }
  zwm-dialog .dialog-body {
    position: relative; display: grid; gap: var(--space-4); grid-template-columns: minmax(0, 1fr); flex: 0 1 auto; min-height: 0;
    padding: var(--space-1) var(--space-6) var(--space-5); overflow: auto; overscroll-behavior: contain;
  }
  zwm-dialog .dialog-body p { margin: 0; }
  zwm-dialog .dialog-foot {
    display: flex; flex-wrap: wrap; gap: var(--space-3); align-items: center; justify-content: flex-end; padding: var(--space-3) var(--space-6);
    border-block-start: 1px solid var(--line);
  }
  zwm-dialog .dialog-error { flex: 1 1 100%; margin: 0; color: var(--bad); }
  @media (max-width: 480px) {
    zwm-dialog .dialog-head { padding-inline-start: var(--space-4); }
    zwm-dialog :is(.dialog-body, .dialog-foot) { padding-inline: var(--space-4); }
    zwm-dialog .dialog-foot zwm-button { flex: 1; }
    zwm-dialog[look="sheet"] > dialog {
      width: 100vw; margin: auto 0 0; border-width: 1px 0 0; border-radius: var(--radius-card) var(--radius-card) 0 0;
    }
  }
`;

let openDialogs = 0;

// The page behind does not scroll (base.css).
function holdPage(on) {
  const root = document.documentElement;
  root.classList.toggle('dialog-gutter', on && window.innerWidth > root.clientWidth);
  root.classList.toggle('dialog-open', on);
}

class ZwmDialog extends ZwmElement {
  static properties = {
    heading: {},
    content: { attribute: false }, // a template
    yes: {}, // word of the button that does it, '' for none. It sends `zwm-submit` with the form's values if all are right
    no: {}, // word of the button that leaves it, '' for none
    danger: { type: Boolean }, // what `yes` does cannot be taken back
    busy: { type: Boolean }, // the answer is being waited for
    error: {}, // what went wrong with it, above the buttons
    look: { reflect: true }, // dialog (as without), sheet: from below on a phone, a press beside leaves it
    fixed: { type: Boolean }, // no Esc, no 「关闭」: something must be chosen
    wide: { type: Boolean, reflect: true },
  };

  #waiting = []; // for how it ends

  #from; // had the focus before

  #value = '';

  #shown = false;

  constructor() {
    super();
    this.heading = '';
    this.yes = '';
    this.no = '取消';
    this.danger = false;
    this.busy = false;
    this.error = '';
    this.look = 'dialog';
    this.fixed = false;
    this.wide = false;
  }

  createRenderRoot() {
    return this;
  }

  connectedCallback() {
    super.connectedCallback();
    const root = this.getRootNode();
    if (!root.adoptedStyleSheets.includes(sheet.styleSheet)) root.adoptedStyleSheets.push(sheet.styleSheet);
  }

  get #dialog() {
    return this.querySelector(':scope > dialog');
  }

  get open() {
    return this.#shown;
  }

  /**
   * Opens it. The first element inside with `autofocus` gets the focus, else the heading.
   * @returns {Promise<string>} what close() is called with, '' if it was left
   */
  async show() {
    await this.updateComplete;
    if (!this.#shown) {
      this.#shown = true;
      this.#from = deepActive();
      this.#value = '';
      this.error = '';
      if (openDialogs === 0) holdPage(true);
      openDialogs += 1;
      this.#dialog.showModal();
      liveHost(this.#dialog, true);
      (this.querySelector('[autofocus]') ?? this.querySelector('h2')).focus();
    }
    return new Promise((resolve) => { this.#waiting.push(resolve); });
  }

  /** Closes it; sends `zwm-close` with the value. */
  close(value = '') {
    if (!this.#shown) return;
    this.#value = value;
    this.#dialog.close();
    this.#end();
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    this.close();
  }

  // Esc: done here and now. Where the browser lets nobody prevent it, its `close` comes a little later and ends the same.
  #cancel(event) {
    if (event.target !== this.#dialog) return; // a file field inside has been left
    event.preventDefault();
    if (!this.fixed) this.close();
  }

  // Once for each show().
  #end() {
    if (!this.#shown) return;
    this.#shown = false;
    liveHost(this.#dialog, false);
    openDialogs -= 1;
    if (openDialogs === 0) holdPage(false);
    this.#from?.focus?.();
    this.#from = undefined;
    this.emit('zwm-close', this.#value);
    for (const resolve of this.#waiting.splice(0)) resolve(this.#value);
  }

  #submit(event) {
    event.preventDefault();
    if (!this.busy) this.emit('zwm-submit', Object.fromEntries(new FormData(event.target)));
  }

  #press(event) {
    if (this.look === 'sheet' && !this.fixed && event.target === this.#dialog) this.close();
  }

  #key(event) {
    if (this.fixed && event.key === 'Escape') event.preventDefault();
  }

  #foot() {
    if (!this.yes && !this.no && !this.error) return nothing;
    return html`<div class="dialog-foot">${this.error ? html`<p class="dialog-error" role="alert">${this.error}</p>` : nothing}
      ${this.no ? html`<zwm-button @click=${() => this.close()}>${this.no}</zwm-button>` : nothing}
      ${this.yes ? html`<zwm-button type="submit" variant=${this.danger ? 'danger' : 'primary'} ?busy=${this.busy}>${this.yes}</zwm-button>` : nothing}
    </div>`;
  }

  render() {
    return html`<dialog aria-label=${this.heading} closedby=${this.fixed ? 'none' : nothing} @close=${this.#end} @cancel=${this.#cancel}
        @click=${this.#press} @keydown=${this.#key}><form @submit=${this.#submit}>
      <div class="dialog-head"><h2 tabindex="-1">${this.heading}</h2>
        ${this.fixed ? nothing : html`<zwm-button variant="quiet" icon="x-lg" @click=${() => this.close()}>关闭</zwm-button>`}</div>
      <div class="dialog-body">${this.content ?? nothing}</div>
      ${this.#foot()}
    </form></dialog>`;
  }
}

define('zwm-dialog', ZwmDialog);

/**
 * Asks a question that has no fields.
 * @param {object} question
 * @param {string} question.heading
 * @param {string} question.text what will happen
 * @param {string} [question.yes] word of the button that does it; name the act if you can
 * @param {string} [question.no]
 * @param {boolean} [question.danger] what cannot be taken back
 * @returns {Promise<boolean>}
 */
export async function ask({ heading, text, yes = '确定', no = '取消', danger = false }) {
  const dialog = document.createElement('zwm-dialog');
  Object.assign(dialog, { heading, yes, no, danger, content: html`<p>${text}</p>` });
  dialog.addEventListener('zwm-submit', (event) => {
    event.stopPropagation();
    dialog.close('yes');
  });
  document.body.append(dialog);
  const answer = await dialog.show();
  dialog.remove();
  return answer === 'yes';
}
