// <zwm-tabs label="…" .items=${[{id: 'shop', label: '通用'}]} selected="shop">: content with slot="ID" shows with its tab,
// content without a slot always. look: line (as without), pills (scenes; scrolls sideways), bar (foot of a phone's page).
import { css, html, nothing } from './lit.js';
import { define, ZwmElement } from './element.js';
import './icon.js';

export class ZwmTabs extends ZwmElement {
  static properties = {
    items: { attribute: false }, // [{id, label, icon?, badge?}]
    selected: { reflect: true },
    label: {},
    look: { reflect: true },
    vertical: { state: true },
  };

  static styles = [...ZwmElement.styles, css`
    .tabs { display: flex; gap: var(--space-1); position: relative; overflow-x: auto; scrollbar-width: none; padding: 3px; margin: -3px; }
    button {
      position: relative; display: inline-flex; flex: none; gap: var(--space-2); align-items: center; justify-content: center;
      min-height: var(--target); min-width: var(--target); padding: var(--space-1) var(--space-4); border: 0; background: none; color: var(--muted); cursor: pointer;
      white-space: nowrap;
    }
    button:hover { color: var(--primary); }
    button[aria-selected="true"] { color: var(--primary); font-weight: 600; }
    .badge { padding: 0 .45em; border-radius: 1em; background: var(--bad); color: var(--on-bad); font-size: var(--type-s); font-weight: 600; line-height: 1.4; }
    .line { gap: var(--space-2); margin-block-end: var(--space-4); border-block-end: 1px solid var(--line); }
    .line button { padding-inline: var(--space-3); }
    .line button[aria-selected="true"]::after { content: ""; position: absolute; inset: auto 0 -3px; border-block-end: 3px solid var(--primary); }
    .pills { gap: var(--space-2); margin-block-end: calc(var(--space-3) - 3px); }
    .pills button { border: 1px solid var(--muted); border-radius: 999px; background: var(--surface); color: var(--text); }
    .pills button[aria-selected="true"] { border-color: var(--primary); background: var(--primary); color: var(--on-primary); }
    .bar { gap: 0; margin: 0; padding: 0; }
    .bar button { flex: 1; flex-direction: column; gap: var(--space-1); padding: var(--space-2) var(--space-1); min-height: max(56px, var(--target)); font-size: var(--type-s); line-height: 1.3; }
    .bar zwm-icon { font-size: 1.3em; }
    .bar button:focus-visible { outline-offset: -4px; border-radius: var(--radius); }
    .bar .badge { position: absolute; inset: 2px auto auto 52%; }
  `];

  constructor() {
    super();
    this.items = [];
    this.selected = '';
    this.label = '';
    this.look = 'line';
    this.vertical = false;
  }

  #select(id) {
    if (id === this.selected) return;
    this.selected = id;
    this.emit('zwm-select', { id });
  }

  async #key(event) {
    const at = this.items.findIndex((item) => item.id === this.selected);
    const n = this.items.length;
    const [forward, back] = this.vertical ? ['ArrowDown', 'ArrowUp'] : ['ArrowRight', 'ArrowLeft'];
    const to = { [forward]: (at + 1) % n, [back]: (at - 1 + n) % n, Home: 0, End: n - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    this.#select(this.items[to].id);
    await this.updateComplete;
    this.renderRoot.querySelector('[aria-selected="true"]')?.focus();
  }

  updated(changed) {
    if (!changed.has('selected')) return;
    const row = this.renderRoot.querySelector('.tabs');
    const tab = this.renderRoot.querySelector('[aria-selected="true"]');
    if (!tab || row.scrollWidth <= row.clientWidth) return;
    row.scrollTo({ left: tab.offsetLeft - row.offsetLeft - (row.clientWidth - tab.offsetWidth) / 2 });
  }

  renderTabs() {
    return html`<div class="tabs ${this.look}" role="tablist" aria-label=${this.label || nothing}
      aria-orientation=${this.vertical ? 'vertical' : 'horizontal'} @keydown=${this.#key}>
      ${this.items.map((item) => {
        const on = item.id === this.selected;
        return html`<button type="button" role="tab" id="tab-${item.id}" aria-selected=${on ? 'true' : 'false'} aria-controls="panel"
          tabindex=${on ? '0' : '-1'} @click=${() => this.#select(item.id)}>
          ${item.icon ? html`<zwm-icon name=${item.icon}></zwm-icon>` : nothing}<span>${item.label}</span>
          ${item.badge ? html`<span class="badge">${item.badge}</span>` : nothing}</button>`;
      })}</div>`;
  }

  renderPanel() {
    return html`<div role="tabpanel" id="panel" aria-labelledby="tab-${this.selected}"><slot></slot><slot name=${this.selected}></slot></div>`;
  }

  render() {
    return this.look === 'bar' ? [this.renderPanel(), this.renderTabs()] : [this.renderTabs(), this.renderPanel()];
  }
}

define('zwm-tabs', ZwmTabs);
