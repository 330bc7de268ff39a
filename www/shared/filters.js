// <zwm-filters>: the row of filters above a list, with 「查询」 and 「重置」. Used by zwm-table, usable alone (records, cards).
// Sends `zwm-search` with the values once somebody asks, not at every key.
import { css, html, nothing } from './lit.js';
import { define, ZwmElement } from './element.js';
import { buttons } from './styles.js';
import './field.js';
import './icon.js';

class ZwmFilters extends ZwmElement {
  static properties = {
    filters: { attribute: false }, // [{id, label, type: text | select | date | number, options?, placeholder?, initial?}]
    values: { attribute: false }, // {id: value} in force; '' is none
    busy: { type: Boolean },
    open: { state: true }, // on a phone
  };

  static styles = [...ZwmElement.styles, buttons, css`
    :host { container-type: inline-size; }
    form { display: flex; flex-wrap: wrap; gap: var(--space-3) var(--space-4); align-items: center; }
    zwm-field { flex: 0 1 auto; width: max-content; max-width: 100%; }
    zwm-field::part(box) { min-width: 8em; }
    .acts { display: flex; gap: var(--space-2); }
    .toggle { display: none; }
    @container (max-width: 600px) {
      .toggle { display: inline-flex; width: 100%; }
      form { flex-direction: column; align-items: stretch; margin-block-start: var(--space-3); }
      form.closed { display: none; }
      zwm-field { width: auto; }
      .acts > * { flex: 1; }
    }
  `];

  constructor() {
    super();
    this.filters = [];
    this.values = {};
    this.busy = false;
    this.open = false;
  }

  /** What each filter is without a choice. */
  get initial() {
    return Object.fromEntries(this.filters.map((f) => [f.id, f.initial ?? '']));
  }

  #send(values) {
    this.values = values;
    this.emit('zwm-search', values);
  }

  #submit(event) {
    event.preventDefault();
    const given = [...this.renderRoot.querySelectorAll('zwm-field')].map((field) => [field.name, String(field.value ?? '').trim()]);
    this.#send(Object.fromEntries(given));
  }

  async #reset() {
    for (const field of this.renderRoot.querySelectorAll('zwm-field')) field.value = this.initial[field.name];
    this.#send(this.initial);
  }

  render() {
    const initial = this.initial;
    const used = this.filters.filter((f) => (this.values[f.id] ?? initial[f.id]) !== initial[f.id]).length;
    return html`
      <button class="button toggle" type="button" aria-expanded=${this.open ? 'true' : 'false'} aria-controls="form"
        @click=${() => { this.open = !this.open; }}><zwm-icon name="funnel"></zwm-icon>筛选${used ? `（已选 ${used} 项）` : ''}</button>
      <form id="form" class=${this.open ? '' : 'closed'} role="search" aria-label="筛选" @submit=${this.#submit}>
        ${this.filters.map((f) => html`<zwm-field inline name=${f.id} label=${f.label} type=${f.type ?? 'text'} .options=${f.options ?? []}
          .value=${this.values[f.id] ?? initial[f.id]} placeholder=${f.placeholder ?? nothing}></zwm-field>`)}
        <div class="acts"><button class="button" type="submit" ?disabled=${this.busy}><zwm-icon name="search"></zwm-icon>查询</button>
        <button class="button quiet" type="button" @click=${this.#reset}>重置</button></div>
      </form>`;
  }
}

define('zwm-filters', ZwmFilters);
