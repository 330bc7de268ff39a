// <zwm-table label="接入审批" .columns .filters .source>: a list of the console, with filters, states, pages and export.
// It asks `source` for each page itself, and keeps filters, page and order in the address if it has the attribute `address`.
import { css, html, ifDefined, nothing } from './lit.js';
import { define, ZwmElement } from './element.js';
import { buttons } from './styles.js';
import { announce } from './live.js';
import { wasAborted } from './api.js';
import { count, orDash } from './text.js';
import './filters.js';
import './pager.js';
import './state.js';

const PHONE = matchMedia('(max-width: 767px)');

class ZwmTable extends ZwmElement {
  static properties = {
    label: {}, // what is listed; names the table
    // [{id, label, cell?: row => text or template, kind?: text | number | time | code | acts, sort?: true, phone?: false}]
    columns: { attribute: false },
    filters: { attribute: false }, // of zwm-filters
    // async ({filters, page, size, sort, cursor, signal}) => {items, total?, next?}: `next`, a cursor, leads to a further page
    source: { attribute: false },
    address: { type: Boolean }, // state in the address
    cursor: { type: Boolean }, // pages by cursor: forward and back only, and the address does not keep the page
    key: { attribute: false }, // row => what tells it from others
    emptyText: { attribute: 'empty-text' }, // how something gets there
    exportable: { type: Boolean }, // 「导出 CSV」: sends `zwm-export` with {filters, sort}
    rows: { state: true },
    status: { state: true }, // loading, ready, failed
    error: { state: true },
    query: { state: true }, // {filters, page, size, sort}
  };

  static styles = [...ZwmElement.styles, buttons, css`
    :host { display: grid; gap: var(--space-3); grid-template-columns: minmax(0, 1fr); }
    .card { border: 1px solid var(--line); border-radius: var(--radius-card); background: var(--surface); overflow: clip; }
    .scroll { position: relative; overflow: auto; max-height: max(26rem, 100dvh - 18.5rem); min-height: 15rem; overscroll-behavior-x: contain; }
    .scroll:focus-visible { outline-offset: -2px; border-radius: var(--radius-card); }
    table { width: 100%; border-collapse: separate; border-spacing: 0; font-variant-numeric: tabular-nums; }
    th, td { padding: var(--space-2) var(--space-3); text-align: start; border-block-end: 1px solid var(--line); white-space: nowrap; }
    th:first-child, td:first-child { padding-inline-start: var(--space-4); }
    th:last-child, td:last-child { padding-inline-end: var(--space-4); }
    td { height: calc(var(--target) + 1px); padding-block: var(--space-1); }
    td.text { white-space: normal; min-width: 8em; overflow-wrap: anywhere; }
    th { position: sticky; inset-block-start: 0; z-index: 1; height: var(--target); background: var(--bg); font-weight: 600; color: var(--text); }
    tbody tr:last-child td { border-block-end: 0; }
    tbody tr:hover td { background: var(--bg); }
    .number { text-align: end; }
    :is(th, td).acts { position: sticky; inset-inline-end: 0; background: var(--surface); border-inline-start: 1px solid var(--line); }
    th.acts { z-index: 2; background: var(--bg); }
    td.acts { padding-block: 0; }
    .code { font-family: var(--font-code); }
    .busy { opacity: .55; transition: opacity var(--motion); }
    .sort { display: inline-flex; gap: var(--space-1); align-items: center; min-height: var(--target); margin-block: calc(-1 * var(--space-2)); padding: 0; border: 0; background: none; font-weight: inherit; cursor: pointer; }
    .sort:hover { color: var(--primary); }
    .sort zwm-icon { color: var(--muted); }
    [aria-sort] .sort zwm-icon { color: var(--primary); }
    span.acts, .foot { display: flex; gap: var(--space-4); }
    .cards { display: grid; gap: var(--space-3); }
    .cards > li { padding: var(--space-4); }
    dl { display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: var(--space-1) var(--space-4); }
    dt { color: var(--muted); }
    dd { overflow-wrap: anywhere; }
    .foot { margin-block: var(--space-1) calc(-1 * var(--space-3)); gap: var(--space-6); }
    :is(td.acts, .foot) a { display: inline-flex; align-items: center; min-height: var(--target); }
  `];

  #controller;

  #cursors = [undefined]; // of each page seen, by cursor

  #next;

  #onPhone = () => this.requestUpdate();

  #onBack = () => { this.query = this.#fromAddress(); this.reload(); };

  constructor() {
    super();
    this.label = '';
    this.columns = [];
    this.filters = [];
    this.address = false;
    this.cursor = false;
    this.emptyText = '';
    this.exportable = false;
    this.rows = [];
    this.status = 'loading';
  }

  connectedCallback() {
    super.connectedCallback();
    PHONE.addEventListener('change', this.#onPhone);
    if (this.address) window.addEventListener('popstate', this.#onBack);
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    PHONE.removeEventListener('change', this.#onPhone);
    window.removeEventListener('popstate', this.#onBack);
    this.#controller?.abort();
  }

  firstUpdated() {
    if (!this.query) this.query = this.#fromAddress();
    this.reload();
  }

  // --- where the list stands ---

  #initial() {
    return { filters: Object.fromEntries(this.filters.map((f) => [f.id, f.initial ?? ''])), page: 1, size: 20, sort: '' };
  }

  #fromAddress() {
    const query = this.#initial();
    if (!this.address) return query;
    const from = new URLSearchParams(location.search);
    for (const { id } of this.filters) if (from.has(id)) query.filters[id] = from.get(id);
    const whole = (name, most) => Math.min(Math.max(1, Number.parseInt(from.get(name), 10) || query[name]), most);
    if (!this.cursor) query.page = whole('page', 1e6);
    query.size = whole('size', 100);
    query.sort = from.get('sort') ?? '';
    return query;
  }

  #intoAddress() {
    if (!this.address) return;
    const url = new URL(location.href);
    const first = this.#initial();
    const put = (name, value, dflt) => {
      if (String(value) === String(dflt)) url.searchParams.delete(name);
      else url.searchParams.set(name, value);
    };
    for (const { id } of this.filters) put(id, this.query.filters[id] ?? '', first.filters[id]);
    for (const name of this.cursor ? ['size', 'sort'] : ['page', 'size', 'sort']) put(name, this.query[name], first[name]);
    if (url.href !== location.href) history.pushState(null, '', url);
  }

  #ask(change) {
    if (!('page' in change) || change.size !== undefined && change.size !== this.query.size) this.#cursors = [undefined];
    this.query = { ...this.query, page: 1, ...change };
    this.#intoAddress();
    this.reload({ tell: true });
  }

  // --- asking ---

  /** Asks for the page again; after an act that changed a row. */
  async reload({ tell = false } = {}) {
    this.#controller?.abort();
    const controller = new AbortController();
    this.#controller = controller;
    this.status = 'loading';
    this.error = undefined;
    try {
      const { page } = this.query;
      const got = await this.source({ ...this.query, cursor: this.#cursors[page - 1], signal: controller.signal });
      if (this.#controller !== controller) return;
      this.rows = got.items;
      this.total = got.total;
      this.#next = got.next;
      this.#cursors[page] = got.next;
      this.status = 'ready';
      if (tell) announce(Number.isFinite(got.total) ? `共 ${count(got.total)} 条` : `本页 ${count(got.items.length)} 条`);
    } catch (error) {
      if (this.#controller !== controller || wasAborted(error)) return;
      this.error = error;
      this.status = 'failed';
    }
  }

  #sort(id) {
    const next = { [id]: `-${id}`, [`-${id}`]: '' };
    this.#ask({ sort: next[this.query.sort] ?? id });
  }

  // --- showing ---

  #cell(column, row) {
    return column.cell ? column.cell(row) : orDash(row[column.id]);
  }

  #head(column) {
    const sort = this.query?.sort;
    const order = sort === column.id ? 'ascending' : sort === `-${column.id}` ? 'descending' : undefined;
    return html`<th scope="col" class=${column.kind ?? ''} aria-sort=${ifDefined(order)}>${column.sort
      ? html`<button class="sort" type="button" @click=${() => this.#sort(column.id)}>${column.label}<zwm-icon
        name=${order === 'ascending' ? 'sort-up' : 'sort-down'}></zwm-icon></button>` : column.label}</th>`;
  }

  #table() {
    return html`<div class="card"><div class="scroll" tabindex="0" role="region" aria-label=${`${this.label}，可滚动`}>
      <table aria-label=${this.label} aria-busy=${this.status === 'loading' ? 'true' : 'false'}>
        <thead><tr>${this.columns.map((column) => this.#head(column))}</tr></thead>
        <tbody class=${this.status === 'loading' ? 'busy' : ''}>${this.rows.map((row) => html`<tr>${this.columns.map((column) => html`
          <td class=${column.kind ?? 'text'}>${column.kind === 'acts' ? html`<span class="acts">${this.#cell(column, row)}</span>`
            : this.#cell(column, row)}</td>`)}</tr>`)}</tbody>
      </table></div></div>`;
  }

  #cards() {
    const facts = this.columns.filter((column) => column.phone !== false && column.kind !== 'acts');
    const acts = this.columns.find((column) => column.kind === 'acts');
    return html`<ul class="cards ${this.status === 'loading' ? 'busy' : ''}" aria-label=${this.label}>${this.rows.map((row) => html`
      <li class="card"><dl>${facts.map((column) => html`<dt>${column.label}</dt><dd class=${column.kind === 'code' ? 'code' : ''}>${
        this.#cell(column, row)}</dd>`)}</dl>
        ${acts ? html`<div class="foot">${this.#cell(acts, row)}</div>` : nothing}</li>`)}</ul>`;
  }

  #rowsOrState() {
    if (this.status === 'failed') {
      return html`<div class="card"><zwm-state .error=${this.error} @zwm-action=${() => this.reload()}></zwm-state></div>`;
    }
    if (this.rows.length > 0) return PHONE.matches ? this.#cards() : this.#table();
    if (this.status === 'loading') return html`<div class="card"><zwm-state kind="loading"></zwm-state></div>`;
    const narrowed = this.filters.some((f) => (this.query.filters[f.id] ?? '') !== (f.initial ?? ''));
    return html`<div class="card"><zwm-state kind="empty" heading=${narrowed ? '没有符合条件的记录' : '暂无记录'}
      detail=${narrowed ? '请调整筛选条件后重新查询。' : this.emptyText}><slot name="empty"></slot></zwm-state></div>`;
  }

  render() {
    if (!this.query) return nothing;
    return html`
      ${this.filters.length ? html`<zwm-filters .filters=${this.filters} .values=${this.query.filters}
        @zwm-search=${(event) => this.#ask({ filters: event.detail })}></zwm-filters>` : nothing}
      ${this.#rowsOrState()}
      ${this.status === 'failed' || this.rows.length === 0 ? nothing : html`<zwm-pager .total=${this.total} .page=${this.query.page}
        .size=${this.query.size} .shown=${this.rows.length} .more=${Boolean(this.#next)}
        .steps=${this.cursor}
        @zwm-page=${(event) => this.#ask(event.detail)}>
        ${this.exportable ? html`<button class="button" type="button" @click=${() => this.emit('zwm-export',
          { filters: this.query.filters, sort: this.query.sort })}><zwm-icon name="download"></zwm-icon>导出 CSV</button>` : nothing}
      </zwm-pager>`}`;
  }
}

define('zwm-table', ZwmTable);
