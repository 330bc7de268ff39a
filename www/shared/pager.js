// <zwm-pager>: 「共 N 条」, pages, rows a page, and what stands in the slot at the right. Sends `zwm-page` {page, size}.
// Without `total` (a list by cursor) it knows only whether there is more.
import { css, html, nothing } from './lit.js';
import { define, ZwmElement } from './element.js';
import { buttons, fields } from './styles.js';
import { count } from './text.js';
import './icon.js';

const SIZES = [20, 50, 100];

/** Pages to show: 1 … 4 5 6 … 20; 0 stands for a gap. */
export function pagesAround(page, last) {
  const wanted = [...new Set([1, page - 1, page, page + 1, last])].filter((p) => p >= 1 && p <= last).sort((a, b) => a - b);
  return wanted.flatMap((p, i) => {
    const gap = p - (wanted[i - 1] ?? 0);
    if (gap === 2) return [p - 1, p];
    return gap > 2 ? [0, p] : [p];
  });
}

class ZwmPager extends ZwmElement {
  static properties = {
    total: { type: Number }, // undefined: not known
    page: { type: Number }, // from 1
    size: { type: Number },
    more: { type: Boolean }, // there is a further page, if the total does not say
    steps: { type: Boolean }, // forward and back only, as a cursor allows
    shown: { type: Number }, // rows on this page
  };

  static styles = [...ZwmElement.styles, buttons, fields, css`
    .whole { display: flex; flex-wrap: wrap; gap: var(--space-2) var(--space-4); align-items: center; }
    nav ul { display: flex; flex-wrap: wrap; gap: var(--space-1); align-items: center; }
    nav .button { padding-inline: var(--space-2); border-color: transparent; background: none; font-weight: 400; }
    nav .button:hover:not(:disabled) { border-color: var(--primary); }
    nav .button:disabled { border-color: transparent; background: none; }
    nav .button[aria-current] { border-color: var(--primary); color: var(--primary); font-weight: 600; }
    .gap { min-width: 1.5em; text-align: center; color: var(--muted); }
    .size { position: relative; }
    .size .control { width: auto; }
    .size zwm-icon { position: absolute; inset: 50% var(--space-3) auto auto; translate: 0 -50%; pointer-events: none; color: var(--muted); }
    slot { display: block; margin-inline-start: auto; }
  `];

  constructor() {
    super();
    this.page = 1;
    this.size = SIZES[0];
    this.more = false;
    this.steps = false;
    this.shown = 0;
  }

  #go(page, size = this.size) {
    this.emit('zwm-page', { page, size });
  }

  #step(word, icon, page, possible) {
    return html`<li><button class="button" type="button" ?disabled=${!possible} @click=${() => this.#go(page)}>
      ${icon === 'chevron-left' ? html`<zwm-icon name=${icon}></zwm-icon>` : nothing}<span>${word}</span>
      ${icon === 'chevron-right' ? html`<zwm-icon name=${icon}></zwm-icon>` : nothing}</button></li>`;
  }

  #pages(last) {
    return pagesAround(this.page, last).map((p) => (p === 0 ? html`<li class="gap" aria-hidden="true">…</li>`
      : html`<li><button class="button" type="button" aria-label="第 ${p} 页" aria-current=${p === this.page ? 'page' : nothing}
        @click=${() => this.#go(p)}>${p}</button></li>`));
  }

  render() {
    const known = Number.isFinite(this.total);
    const last = known ? Math.max(1, Math.ceil(this.total / this.size)) : undefined;
    const further = known && !this.steps ? this.page < last : this.more;
    const one = this.page === 1 && !further;
    return html`<div class="whole">
      <span>${known ? `共 ${count(this.total)} 条` : `本页 ${count(this.shown)} 条`}</span>
      ${one ? nothing : html`<nav aria-label="分页"><ul>
        ${this.#step('上一页', 'chevron-left', this.page - 1, this.page > 1)}
        ${known && !this.steps ? this.#pages(last) : html`<li class="gap" aria-current="page">第 ${this.page} 页</li>`}
        ${this.#step('下一页', 'chevron-right', this.page + 1, further)}</ul></nav>`}
      <label class="size"><span class="visually-hidden">每页条数</span><select class="control"
        @change=${(event) => this.#go(1, Number(event.target.value))}>
        ${SIZES.map((n) => html`<option value=${n} ?selected=${n === this.size}>${n} 条/页</option>`)}</select><zwm-icon
        name="chevron-down"></zwm-icon></label>
      <slot></slot>
    </div>`;
  }
}

define('zwm-pager', ZwmPager);
