// <zwm-chart heading="验码量" unit="次" .x=${[seconds…]} .series=${[{label, values, tone?}]}>: numbers over time, as a
// picture (uPlot) and as a table: 「图」「表」. Values may be null where nothing is known.
import { css, html, nothing } from './lit.js';
import { define, ZwmElement } from './element.js';
import { dateTime } from './time.js';
import { number } from './text.js';
import './choice.js';
import './state.js';

const UPLOT = '/vendor/uplot-1.6.32/dist/uPlot.esm.js'; // fetched when the first chart is shown
const UPLOT_CSS = '/vendor/uplot-1.6.32/dist/uPlot.min.css';
const VIEWS = [{ value: 'chart', label: '图' }, { value: 'table', label: '表' }];
// Lines differ by colour and by pattern: tone names a token.
const TONES = ['primary', 'text', 'good', 'warn', 'bad', 'muted'];
const DASHES = [[], [8, 4], [2, 3], [10, 3, 2, 3], [5, 5], [1, 4]];

class ZwmChart extends ZwmElement {
  static properties = {
    heading: {},
    unit: {},
    x: { attribute: false }, // Unix seconds, ascending
    series: { attribute: false }, // [{label, values, tone?: one of TONES}]
    kind: {}, // line, bar (one series, or side by side as a table only)
    view: { reflect: true }, // chart, table
    at: { state: true }, // index under the pointer
    failed: { state: true },
  };

  static styles = [...ZwmElement.styles, css`
    :host { padding: var(--space-4); border: 1px solid var(--line); border-radius: var(--radius-card); background: var(--surface); }
    header { display: flex; flex-wrap: wrap; gap: var(--space-2) var(--space-4); align-items: center; justify-content: space-between; margin-block-end: var(--space-2); }
    h2 { font-size: var(--type-m); font-weight: 600; }
    .plot { height: 15rem; min-width: 0; }
    .plot .uplot { font: inherit; }
    .legend { display: flex; flex-wrap: wrap; gap: var(--space-1) var(--space-5); min-height: 1.5em; }
    .legend li { display: inline-flex; gap: var(--space-2); align-items: center; }
    .legend svg { width: 28px; height: 4px; overflow: visible; }
    .legend line { stroke-width: 2; }
    .primary { stroke: var(--primary); } .text { stroke: var(--text); } .good { stroke: var(--good); }
    .warn { stroke: var(--warn); } .bad { stroke: var(--bad); } .muted-line { stroke: var(--muted); }
    .when { color: var(--muted); }
    .scroll { position: relative; overflow: auto; height: calc(15rem + 1.5em); }
    table { width: 100%; border-collapse: separate; border-spacing: 0; font-variant-numeric: tabular-nums; }
    th, td { padding: var(--space-1) var(--space-3); border-block-end: 1px solid var(--line); text-align: end; white-space: nowrap; }
    th:first-child, td:first-child { text-align: start; }
    thead th { position: sticky; inset-block-start: 0; background: var(--surface); }
    tbody th { font-weight: 400; }
  `];

  #plot;

  #made = 0;

  #watch = new ResizeObserver(() => this.#fit());

  #redraw = () => this.#draw();

  constructor() {
    super();
    this.heading = '';
    this.unit = '';
    this.x = [];
    this.series = [];
    this.kind = 'line';
    this.view = 'chart';
    this.failed = false;
  }

  connectedCallback() {
    super.connectedCallback();
    window.addEventListener('zwm-prefs', this.#redraw); // other colours
    if (this.hasUpdated) this.#draw();
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    window.removeEventListener('zwm-prefs', this.#redraw);
    this.#watch.disconnect();
    this.#drop();
  }

  updated(changed) {
    if (['x', 'series', 'kind', 'view', 'unit'].some((name) => changed.has(name))) this.#draw();
  }

  #drop() {
    this.#plot?.destroy();
    this.#plot = undefined;
  }

  get #box() {
    return this.renderRoot?.querySelector('.plot');
  }

  #fit() {
    const box = this.#box;
    if (box && this.#plot) this.#plot.setSize({ width: box.clientWidth, height: box.clientHeight });
  }

  #tone(i) {
    return this.series[i].tone ?? TONES[i % TONES.length];
  }

  #options(uPlot, box) {
    const style = getComputedStyle(this);
    const token = (name) => style.getPropertyValue(`--${name}`).trim();
    const font = `${parseFloat(getComputedStyle(this.renderRoot.querySelector('.legend')).fontSize)}px ${token('font')}`;
    const axis = { stroke: token('muted'), font, grid: { stroke: token('line'), width: 1 }, ticks: { show: false } };
    const days = (this.x.at(-1) - this.x[0]) / 86400;
    const short = (sec) => { // midnight is the day that begins
      const text = dateTime(sec);
      return days > 4 || text.endsWith('00:00') ? text.slice(5, 10) : text.slice(11);
    };
    const step = this.x.length > 1 ? this.x[1] - this.x[0] : 3600;
    const fontPx = parseFloat(font);
    const bars = this.kind === 'bar' ? uPlot.paths.bars({ size: [0.7, 48] }) : undefined;
    return {
      width: box.clientWidth,
      height: box.clientHeight,
      tzDate: (sec) => uPlot.tzDate(new Date(sec * 1000), 'Asia/Shanghai'),
      legend: { show: false },
      cursor: { y: false, drag: { setScale: false }, points: { size: 8 } },
      scales: { x: { range: (u, min, max) => (bars ? [min - step / 2, max + step / 2] : [min, max]) }, y: { range: (u, min, max) => (max > 0 || min < 0 ? [Math.min(0, min), Math.max(max * 1.1, 1)] : [0, 1]) } },
      axes: [
        { ...axis, size: fontPx * 2.2, space: fontPx * 5, values: (u, ticks) => ticks.map(short) },
        { ...axis, size: (u, values) => 16 + Math.max(2, ...(values ?? []).map((v) => String(v).length)) * fontPx * 0.6,
          space: fontPx * 3, values: (u, ticks) => ticks.map(number) },
      ],
      series: [{}, ...this.series.map((s, i) => ({
        label: s.label,
        stroke: token(this.#tone(i)),
        fill: bars ? token(this.#tone(i)) : undefined,
        width: 2,
        dash: DASHES[i % DASHES.length],
        paths: bars,
        points: { show: this.x.length < 3 },
        spanGaps: false,
      }))],
      hooks: { setCursor: [(u) => { this.at = u.cursor.idx ?? undefined; }] },
    };
  }

  async #draw() {
    this.#made += 1;
    const turn = this.#made;
    this.#watch.disconnect();
    if (this.view !== 'chart' || this.x.length === 0) return this.#drop();
    let uPlot;
    try {
      uPlot = (await import(UPLOT)).default;
    } catch {
      this.failed = true;
      this.view = 'table'; // the numbers are there all the same
      return undefined;
    }
    const box = this.#box;
    if (turn !== this.#made || !box || !this.isConnected) return undefined;
    this.#drop();
    this.#plot = new uPlot(this.#options(uPlot, box), [this.x, ...this.series.map((s) => s.values)], box);
    this.#watch.observe(box);
    return undefined;
  }

  // What a person who does not see the picture is told: the last values and the largest.
  #summary() {
    const told = this.series.map((s) => {
      const known = s.values.filter((v) => Number.isFinite(v));
      if (known.length === 0) return `${s.label}：无数据`;
      return `${s.label}：最新 ${number(known.at(-1))}${this.unit}，最大 ${number(Math.max(...known))}${this.unit}`;
    });
    return `${this.heading}，${dateTime(this.x[0])} 至 ${dateTime(this.x.at(-1))}。${told.join('；')}。切换到「表」可查看全部数值。`;
  }

  #legend() {
    const at = this.at;
    return html`<ul class="legend small" aria-hidden="true">
      ${this.series.map((s, i) => html`<li><svg viewBox="0 0 28 4"><line x1="0" y1="2" x2="28" y2="2"
        class=${this.#tone(i) === 'muted' ? 'muted-line' : this.#tone(i)} stroke-dasharray=${DASHES[i % DASHES.length].join(' ') || nothing}></line></svg>
        <span>${s.label}${at === undefined ? '' : ` ${number(s.values[at])}${this.unit}`}</span></li>`)}
      ${at === undefined ? nothing : html`<li class="when">${dateTime(this.x[at])}</li>`}</ul>`;
  }

  #chart() {
    return html`<div role="img" aria-label=${this.#summary()}>${this.#legend()}<div class="plot"></div></div>`;
  }

  #table() {
    return html`<div class="scroll" tabindex="0" role="region" aria-label=${`${this.heading}，数值表`}><table aria-label=${this.heading}>
      <thead><tr><th scope="col">时间</th>${this.series.map((s) => html`<th scope="col">${s.label}${this.unit ? `（${this.unit}）` : ''}</th>`)}</tr></thead>
      <tbody>${this.x.map((sec, i) => html`<tr><th scope="row">${dateTime(sec)}</th>${this.series.map((s) => html`
        <td>${number(s.values[i])}</td>`)}</tr>`)}</tbody></table></div>`;
  }

  render() {
    const empty = this.x.length === 0;
    return html`<link rel="stylesheet" href=${UPLOT_CSS}>
      <header><h2>${this.heading}${this.unit ? html`<span class="muted small">（${this.unit}）</span>` : nothing}</h2>
        <zwm-choice look="segments" label=${`${this.heading}的显示方式`} label-hidden .options=${VIEWS} .value=${this.view}
          @change=${(event) => { this.view = event.target.value; }}></zwm-choice></header>
      ${this.failed ? html`<p class="small muted">图形未能加载，请查看数值。</p>` : nothing}
      ${empty ? html`<zwm-state compact kind="empty" heading="暂无数据" detail="所选时间内没有记录。"></zwm-state>`
        : this.view === 'chart' ? this.#chart() : this.#table()}`;
  }
}

define('zwm-chart', ZwmChart);
