// Short messages: toast() shows one and has it read out, announce() has it read out alone. One element, made at the first use
// and moved into the dialog that is open: what stands outside a modal dialog is neither read nor reached.
import { css, html, nothing, repeat } from './lit.js';
import { define, ZwmElement } from './element.js';
import './icon.js';

const ICONS = { good: 'check-circle-fill', warn: 'exclamation-triangle-fill', bad: 'exclamation-circle-fill', info: 'info-circle-fill' };

class ZwmLive extends ZwmElement {
  static properties = { toasts: { state: true }, polite: { state: true }, urgent: { state: true } };

  static styles = [...ZwmElement.styles, css`
    :host {
      position: fixed; inset: auto 0 calc(var(--space-6) + var(--bar, 0px)); z-index: 10; width: auto; margin: 0; padding: 0 var(--space-4);
      border: 0; background: none; overflow: visible; pointer-events: none;
    }
    ul { display: grid; gap: var(--space-2); justify-items: center; }
    li {
      display: flex; gap: var(--space-2); align-items: center; max-width: min(100%, 36rem); padding: var(--space-1) var(--space-1) var(--space-1) var(--space-4);
      border: 1px solid var(--muted); border-radius: var(--radius); background: var(--surface); pointer-events: auto;
      box-shadow: 0 4px 16px var(--shade);
    }
    .good > zwm-icon { color: var(--good); }
    .warn > zwm-icon { color: var(--warn); }
    .bad > zwm-icon { color: var(--bad); }
    .info > zwm-icon { color: var(--primary); }
    li > span { padding-block: var(--space-2); }
    button {
      min-width: var(--target); min-height: var(--target); padding: 0 var(--space-3); border: 0; border-radius: var(--radius);
      background: none; color: var(--primary); white-space: nowrap; cursor: pointer;
    }
  `];

  #next = 1;

  constructor() {
    super();
    this.toasts = [];
    this.polite = '';
    this.urgent = '';
  }

  connectedCallback() {
    super.connectedCallback();
    this.popover = 'manual'; // above what is open
    this.showPopover?.();
  }

  say(text, assertive) {
    const where = assertive ? 'urgent' : 'polite';
    // The same words twice are news twice: a space more makes them differ.
    this[where] = this[where] === text ? `${text}\u00a0` : text;
  }

  add(text, kind, ms) {
    const id = this.#next;
    this.#next += 1;
    this.toasts = [...this.toasts.slice(-2), { id, text, kind }];
    this.say(text, kind === 'bad');
    if (ms > 0) setTimeout(() => this.drop(id), ms);
    return () => this.drop(id);
  }

  drop(id) {
    this.toasts = this.toasts.filter((toast) => toast.id !== id);
  }

  render() {
    return html`<div class="visually-hidden" role="status">${this.polite}</div>
      <div class="visually-hidden" role="alert">${this.urgent}</div>
      ${this.toasts.length === 0 ? nothing : html`<section aria-label="提示"><ul>${repeat(this.toasts, (t) => t.id, (t) => html`<li class=${t.kind}>
        <zwm-icon name=${ICONS[t.kind]}></zwm-icon><span>${t.text}</span>
        <button type="button" aria-label="关闭提示" @click=${() => this.drop(t.id)}>关闭</button></li>`)}</ul></section>`}`;
  }
}

define('zwm-live', ZwmLive);

let live;
const hosts = []; // dialogs that are open, the topmost last

function place() {
  const host = hosts.at(-1) ?? document.body;
  live ??= document.createElement('zwm-live');
  if (live.parentNode !== host) host.append(live);
  return live;
}

/** A dialog has opened (its root) or closed: messages go to the topmost. For dialog.js. */
export function liveHost(host, open) {
  const at = hosts.indexOf(host);
  if (at >= 0) hosts.splice(at, 1);
  if (open) hosts.push(host);
  if (live) place();
}

/** Has `text` read out, politely unless it cannot wait. */
export function announce(text, { assertive = false } = {}) {
  place().say(text, assertive);
}

/**
 * Shows a message at the foot of the page.
 * @param {string} text
 * @param {object} [options]
 * @param {'good'|'warn'|'bad'|'info'} [options.kind]
 * @param {number} [options.ms] how long; 0 until it is closed, as errors are
 * @returns {() => void} takes it away
 */
export function toast(text, { kind = 'good', ms = kind === 'bad' ? 0 : 6000 } = {}) {
  return place().add(text, kind, ms);
}

if (document.body) place();
