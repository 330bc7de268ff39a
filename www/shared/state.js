// <zwm-state kind="empty">: what stands where there is nothing to show. Kinds: loading, empty, and those of errors.js.
import { css, html, nothing } from './lit.js';
import { define, ZwmElement } from './element.js';
import { ApiError, errorWords } from './errors.js';
import { buttons } from './styles.js';
import './icon.js';

const ICONS = {
  loading: 'hourglass-split', empty: 'inbox', offline: 'wifi-off', forbidden: 'lock', ended: 'lock', missing: 'search',
};
const OWN_WORDS = {
  loading: { heading: '正在加载', detail: '' },
  empty: { heading: '暂无内容', detail: '' },
};

class ZwmState extends ZwmElement {
  static properties = {
    kind: { reflect: true },
    error: { attribute: false }, // an ApiError: gives kind and words
    heading: {},
    detail: {},
    requestId: { attribute: 'request-id' },
    action: {}, // words of the button; sends `zwm-action`. A failed call that may be tried again has 「重试」
    compact: { type: Boolean, reflect: true },
  };

  static styles = [...ZwmElement.styles, buttons, css`
    .whole {
      display: grid; justify-items: center; gap: var(--space-2); padding: var(--space-10) var(--space-4); text-align: center;
    }
    :host([compact]) .whole { padding-block: var(--space-5); }
    .whole > zwm-icon { font-size: var(--type-xxl); color: var(--muted); }
    .bad > zwm-icon { color: var(--bad); }
    p { max-width: 36em; color: var(--muted); text-wrap: balance; }
    .heading { font-size: var(--type-l); font-weight: 600; color: var(--text); }
    .small { overflow-wrap: anywhere; }
    .button, slot { margin-block-start: var(--space-2); }
  `];

  constructor() {
    super();
    this.kind = 'loading';
    this.compact = false;
  }

  willUpdate(changed) {
    if (changed.has('error') && this.error) this.kind = errorWords(this.error).kind;
  }

  #words() {
    return OWN_WORDS[this.kind] ?? errorWords(this.error ?? new ApiError(this.kind));
  }

  render() {
    const words = this.#words();
    const id = this.requestId || words.requestId;
    const action = this.action ?? (words.retry ? '重试' : '');
    const bad = !(this.kind in ICONS);
    return html`<div class="whole ${bad ? 'bad' : ''}" role=${this.kind === 'loading' ? 'status' : nothing}>
      <zwm-icon name=${ICONS[this.kind] ?? 'exclamation-circle-fill'}></zwm-icon>
      <p class="heading">${this.heading || words.heading}</p>
      ${this.detail || words.detail ? html`<p>${this.detail || words.detail}</p>` : nothing}
      ${action ? html`<button class="button" type="button" @click=${() => this.emit('zwm-action')}>${action}</button>` : nothing}
      <slot></slot>
      ${id ? html`<p class="small">请求编号 ${id}</p>` : nothing}
    </div>`;
  }
}

define('zwm-state', ZwmState);
