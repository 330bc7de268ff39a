// 「授权记录」: who was given what, what for and when; every use and every refused try; taking back.
import { css, html, nothing, repeat } from '/shared/lit.js';
import { define, ZwmElement } from '/shared/element.js';
import { buttons } from '/shared/styles.js';
import { errorWords } from '/shared/errors.js';
import { toast } from '/shared/live.js';
import { ask } from '/shared/dialog.js';
import { dateOnly, dateTime, dayStart } from '/shared/time.js';
import '/shared/badge.js';
import '/shared/field.js';
import '/shared/icon.js';
import '/shared/state.js';

const DAY = 86400;
const PERIODS = [
  { value: 'all', label: '全部时间' }, { value: 'day', label: '今天' }, { value: 'week', label: '近 7 天' }, { value: 'month', label: '近 30 天' },
];
const STATES = [
  { value: 'all', label: '全部状态' }, { value: 'active', label: '有效' }, { value: 'used', label: '已使用' }, { value: 'expired', label: '已过期' },
  { value: 'revoked', label: '已撤销' },
];
const BADGES = { active: ['good', '有效'], used: ['off', '已使用'], expired: ['off', '已过期'], revoked: ['bad', '已撤销'], replaced: ['off', '已停用'] };
const ACTS = { verify: '验码', grant: '扫码授权', pickup: '取得', revoke: '撤销' };
const SHOWN = 20; // more at a press

const failed = (use) => Boolean(use.error_code) && use.error_code !== '0';
const byWhom = ({ interface: act }) => act === 'verify' || act === 'grant';

/** What a record is headed by: its first use that succeeded, else the last refused try; undefined if nobody has tried. */
function mainUse({ uses = [] }) {
  return uses.findLast((use) => byWhom(use) && !failed(use)) ?? uses.find((use) => use.interface !== 'revoke');
}

// A code that nobody has used or tried gave nothing to anybody: there is one a minute while codes are shown.
const tells = (record) => mainUse(record) !== undefined;

class ZwmShowRecords extends ZwmElement {
  static properties = {
    session: { attribute: false }, records: { state: true }, error: { state: true }, period: { state: true }, which: { state: true },
    most: { state: true }, revoking: { state: true },
  };

  static styles = [...ZwmElement.styles, buttons, css`
    :host { display: grid; gap: var(--space-3); grid-template-columns: minmax(0, 1fr); }
    .filters { display: grid; gap: var(--space-3); grid-template-columns: repeat(2, minmax(0, 1fr)); }
    ol { display: grid; gap: var(--space-3); grid-template-columns: minmax(0, 1fr); }
    li.record { padding: var(--space-4); border: 1px solid var(--line); border-radius: var(--radius-card); background: var(--surface); }
    .head { display: flex; flex-wrap: wrap; gap: var(--space-1) var(--space-3); align-items: baseline; justify-content: space-between; }
    h2 { font-size: var(--type-l); font-weight: 600; overflow-wrap: anywhere; }
    dl { display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: var(--space-1) var(--space-4); margin-block: var(--space-2); }
    dt { color: var(--muted); }
    dd { overflow-wrap: anywhere; }
    .uses { display: grid; gap: var(--space-1); padding-block: var(--space-2); border-block-start: 1px solid var(--line); }
    .uses li { display: flex; flex-wrap: wrap; gap: 0 var(--space-3); color: var(--muted); font-size: var(--type-s); overflow-wrap: anywhere; }
    .uses .refused { color: var(--bad); }
    .foot { display: flex; flex-wrap: wrap; gap: var(--space-2); align-items: center; justify-content: flex-end; margin-block-start: var(--space-2); }
    .more { justify-self: center; }
    .count { color: var(--muted); font-size: var(--type-s); }
  `];

  constructor() {
    super();
    this.period = 'all';
    this.which = 'all';
    this.most = SHOWN;
  }

  firstUpdated() {
    this.#load();
  }

  async #load() {
    this.error = undefined;
    try {
      const { items } = await this.session.call('records', { kind: 'all' });
      this.records = items.filter(tells);
    } catch (error) {
      this.error = error;
    }
  }

  #since() {
    const now = this.session.clock.now() / 1000;
    if (this.period === 'day') return dayStart(dateOnly(now));
    return { week: now - 7 * DAY, month: now - 30 * DAY }[this.period] ?? 0;
  }

  get #listed() {
    const since = this.#since();
    return this.records.filter((record) => (this.which === 'all' || record.state === this.which)
      && mainUse(record).at >= since);
  }

  async #revoke(record) {
    const use = mainUse(record);
    const names = (record.classes ?? []).map((c) => c.name).join('、');
    const yes = await ask({
      heading: '撤销授权', yes: '确认撤销', danger: true,
      text: `撤销后，${use.org_name}不能再凭此次授权取得${names || '您的信息'}；已经取得的内容不受影响。撤销后不能恢复，需要时请重新出示。`,
    });
    if (!yes) return;
    this.revoking = record.sqbh;
    try {
      await this.session.call('revoke', { sqbh: record.sqbh });
      toast('已撤销授权');
      await this.#load();
    } catch (error) {
      const words = errorWords(error);
      toast(`撤销未成功：${words.detail}`, { kind: 'bad' });
    } finally {
      this.revoking = undefined;
    }
  }

  async #correct(record) {
    const { correct } = await import('./correct.js');
    await correct(this.session, record);
  }

  #use(use) {
    const no = failed(use);
    return html`<li class=${no ? 'refused' : ''}><span>${dateTime(use.at)}</span><span>${use.org_name ?? '本人'}</span>
      <span>${ACTS[use.interface] ?? ''}${use.class_name ? `「${use.class_name}」` : ''}${no ? ` · 未通过（${use.error_code}）` : ''}</span></li>`;
  }

  #record(record) {
    const use = mainUse(record);
    const [kind, word] = BADGES[record.state] ?? ['off', record.state];
    const rest = (record.uses ?? []).filter((other) => other !== use);
    const refused = failed(use);
    return html`<li class="record">
      <div class="head"><h2>${use.org_name}</h2><span><zwm-badge kind=${kind}>${word}</zwm-badge>${refused
        ? html` <zwm-badge kind="bad">使用未通过</zwm-badge>` : nothing}</span></div>
      <dl>
        <dt>用途</dt><dd>${use.purpose || '未说明'}</dd>
        <dt>授权内容</dt><dd>${(record.classes ?? []).map((c) => c.name).join('、') || '仅身份信息'}</dd>
        <dt>时间</dt><dd>${dateTime(use.at)}</dd>
      </dl>
      ${rest.length ? html`<ul class="uses" aria-label="使用情况">${rest.map((other) => this.#use(other))}</ul>` : nothing}
      <div class="foot">
        ${refused || !record.classes?.length ? nothing : html`<button class="button quiet" type="button" @click=${() => this.#correct(record)}>纠错</button>`}
        ${record.state === 'revoked' ? nothing : html`<button class="button" type="button" ?disabled=${this.revoking === record.sqbh}
          @click=${() => this.#revoke(record)}>撤销</button>`}
      </div>
    </li>`;
  }

  #list() {
    if (this.error) return html`<zwm-state .error=${this.error} @zwm-action=${this.#load}></zwm-state>`;
    if (!this.records) return html`<zwm-state kind="loading"></zwm-state>`;
    const listed = this.#listed;
    if (listed.length === 0) {
      return this.records.length === 0
        ? html`<zwm-state kind="empty" heading="暂无授权记录" detail="向接入方出示服务码，或同意其扫码授权请求后，记录将在此列出。"></zwm-state>`
        : html`<zwm-state kind="empty" heading="没有符合条件的记录" detail="请更换时间或状态后查看。"></zwm-state>`;
    }
    return html`<p class="count" role="status">共 ${listed.length} 条</p>
      <ol>${repeat(listed.slice(0, this.most), (record) => record.sqbh, (record) => this.#record(record))}</ol>
      ${listed.length > this.most ? html`<button class="button more" type="button"
        @click=${() => { this.most += SHOWN; }}>查看更早的记录</button>` : nothing}`;
  }

  render() {
    return html`<div class="filters">
        <zwm-field label="时间" type="select" .options=${PERIODS} .value=${this.period}
          @change=${(event) => { this.period = event.target.value; this.most = SHOWN; }}></zwm-field>
        <zwm-field label="状态" type="select" .options=${STATES} .value=${this.which}
          @change=${(event) => { this.which = event.target.value; this.most = SHOWN; }}></zwm-field>
      </div>${this.#list()}`;
  }
}

define('zwm-show-records', ZwmShowRecords);
