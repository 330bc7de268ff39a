// Each element in its states, on a page of the tests alone. /gallery/#NAME shows one of them.
import { html, render } from '/shared/lit.js';
import { ApiError } from '/shared/api.js';
import { ask } from '/shared/dialog.js';
import { announce, toast } from '/shared/live.js';
import '/shared/badge.js';
import '/shared/button.js';
import '/shared/chart.js';
import '/shared/check.js';
import '/shared/choice.js';
import '/shared/console.js';
import '/shared/field.js';
import '/shared/people.js';
import '/shared/state.js';
import '/shared/steps.js';
import '/shared/table.js';
import '/shared/tabs.js';
import { relative } from '/shared/time.js';

const TABS = [
  { id: 'show', label: '亮码', icon: 'qr-code' }, { id: 'scan', label: '扫一扫', icon: 'qr-code-scan' },
  { id: 'records', label: '授权记录', icon: 'clock-history', badge: 2 }, { id: 'me', label: '我的', icon: 'person' },
];
const SCENES = ['通用', '就医', '乘车', '图书馆', '社保', '公积金', '不动产', '住宿登记'].map((label, i) => ({ id: `s${i}`, label }));
const NAV = [
  { href: '#table', label: '概览', icon: 'speedometer2' }, { href: '#review', label: '接入审批', icon: 'check-circle-fill', badge: 12 },
  ...['接入方', '接口', '信息服务', '渠道', '码系统', '场景与规则', '静态码', '亮码记录', '验码与代取记录', '移动端备案', '告警', '设置']
    .map((label) => ({ href: `#${label}`, label, icon: 'list' })),
];
const NOW = 1795500180; // 2026-11-24 14:03 in China
const ROWS = Array.from({ length: 37 }, (_, i) => ({
  no: String(241 - i).padStart(4, '0'), kind: ['密钥', '应用', '接口', '路由'][i % 4],
  org: ['示例卫生健康委员会', '示例市政务服务中心', '示例市公积金管理中心', '示例市交通运输局'][i % 4],
  what: ['更换公钥', '新增应用「示例就医」', '登记接口地址', '开通码路由'][i % 4],
  at: NOW - 7200 * (i + 1), calls: (i * 7919) % 40000, state: ['now', 'good', 'warn', 'bad', 'off'][i % 5],
}));
const STATE_WORDS = { now: '待复核', good: '已通过', warn: '待补正', bad: '已退回', off: '已撤回' };
const COLUMNS = [
  { id: 'no', label: '编号', kind: 'code', sort: true }, { id: 'kind', label: '类型' }, { id: 'org', label: '机构', kind: 'text' },
  { id: 'what', label: '事项', kind: 'text' }, { id: 'at', label: '提交', kind: 'time', sort: true, cell: (row) => relative(row.at, NOW) },
  { id: 'calls', label: '近 7 天调用', kind: 'number', cell: (row) => row.calls.toLocaleString('zh-CN') },
  { id: 'state', label: '状态', cell: (row) => html`<zwm-badge kind=${row.state}>${STATE_WORDS[row.state]}</zwm-badge>` },
  { id: 'acts', label: '操作', kind: 'acts', cell: (row) => html`<a href=${`#review-${row.no}`}>查看<span class="visually-hidden"> ${row.no}</span></a>` },
];
const FILTERS = [
  { id: 'kind', label: '类型', type: 'select', options: ['', '密钥', '应用', '接口', '路由'].map((v) => ({ value: v, label: v || '全部' })) },
  { id: 'state', label: '状态', type: 'select', options: [['', '全部'], ...Object.entries(STATE_WORDS)].map(([value, label]) => ({ value, label })) },
  { id: 'org', label: '机构', placeholder: '名称' },
  { id: 'since', label: '时间', type: 'select', initial: '7', options: [{ value: '7', label: '近 7 天' }, { value: '30', label: '近 30 天' }, { value: '', label: '全部' }] },
];

window.asked = []; // what the tables asked for
async function source({ filters, page, size, sort, signal }) {
  window.asked.push({ filters, page, size, sort });
  await new Promise((resolve) => { setTimeout(resolve, window.slow ?? 0); });
  signal.throwIfAborted();
  if (window.failWith) throw new ApiError(...window.failWith);
  const found = ROWS.filter((row) => (!filters.kind || row.kind === filters.kind) && (!filters.state || row.state === filters.state) &&
    (!filters.org || row.org.includes(filters.org)));
  if (sort) found.sort((a, b) => (a[sort.replace('-', '')] > b[sort.replace('-', '')] ? 1 : -1) * (sort[0] === '-' ? -1 : 1));
  return { items: found.slice((page - 1) * size, page * size), total: found.length };
}

const table = () => html`<zwm-table address exportable label="接入审批" .columns=${COLUMNS} .filters=${FILTERS} .source=${source}
  empty-text="接入方提交申请后，会列在这里。"></zwm-table>`;

const hours = Array.from({ length: 48 }, (_, i) => NOW - 180 - 3600 * (47 - i));
const wave = (size, shift) => hours.map((h, i) => (i === 20 ? null : Math.round(size * (1.2 + Math.sin((i + shift) / 4)))));

const PAGES = {
  forms: () => html`<zwm-people heading="示例政务服务码"><main class="stack">
    <h1>登记应用</h1>
    <form class="card stack" @submit=${(event) => { event.preventDefault(); window.sent = Object.fromEntries(new FormData(event.target)); }}>
      <zwm-field name="app" label="应用标识" required pattern="[A-Z][A-Z0-9]{2,15}" pattern-text="应用标识由 3 至 16 位大写字母和数字组成，以字母开头"
        hint="提交后不能修改"></zwm-field>
      <zwm-field name="name" label="应用名称" required maxlength="40" value="示例就医"></zwm-field>
      <zwm-field name="kind" label="类型" type="select" required .options=${[{ value: '', label: '请选择' }, { value: 'channel', label: '渠道' }, { value: 'third', label: '接入方' }]}></zwm-field>
      <zwm-field name="pause" label="间隔" type="number" min="1" step="1" value="30" unit="秒"></zwm-field>
      <zwm-field name="password" label="口令" type="password" autocomplete="new-password" required></zwm-field>
      <zwm-field name="why" label="用途" type="textarea" placeholder="说明取得信息的用途" error="用途不能少于 10 个字"></zwm-field>
      <zwm-field name="fixed" label="统一社会信用代码" value="91999999MA0000001N" disabled></zwm-field>
      <zwm-choice name="symbology" label="码制" value="qr" .options=${[{ value: 'qr', label: 'QR 码' }, { value: 'hanxin', label: '汉信码' }, { value: 'gridmatrix', label: '网格矩阵码' }]}></zwm-choice>
      <div><zwm-check name="class" value="01" label="居民基本信息（示例）" checked>姓名、证件号码、住址</zwm-check>
      <zwm-check name="class" value="03" label="不动产权证书附图（示例）"></zwm-check>
      <zwm-check name="agree" label="我已阅读并同意提供以上信息" required></zwm-check></div>
      <div class="row"><zwm-button variant="primary" type="submit">提交申请</zwm-button><zwm-button type="reset">重置</zwm-button></div>
    </form>
    <div class="card stack"><h2>按钮</h2><div class="row">
      <zwm-button variant="primary" icon="check-lg">同意</zwm-button><zwm-button>拒绝</zwm-button><zwm-button variant="danger">确认撤销</zwm-button>
      <zwm-button variant="quiet" icon="arrow-clockwise">刷新</zwm-button><zwm-button disabled>不可用</zwm-button>
      <zwm-button variant="primary" busy>正在提交</zwm-button><zwm-button href="#forms">链接</zwm-button></div></div>
  </main></zwm-people>`,
  people: () => html`<zwm-people heading="示例政务服务码" .items=${TABS} selected="show">
    <main slot="show" class="stack"><h1 class="visually-hidden">亮码</h1>
      <zwm-tabs look="pills" label="切码导航" .items=${SCENES} selected="s0">
        <div class="card stack"><div class="row"><strong>张**</strong><span class="muted">1101*****</span>
          <zwm-button class="end" variant="quiet" icon="arrow-left-right">切换</zwm-button></div>
          <zwm-state kind="loading" heading="正在生成服务码"></zwm-state>
          <div class="row"><zwm-button icon="arrow-clockwise">刷新</zwm-button><zwm-button icon="arrows-fullscreen">放大</zwm-button></div></div>
      </zwm-tabs>
      <zwm-button wide icon="list" @click=${() => document.querySelector('#sheet').show()}>授权内容 · 2 项</zwm-button>
      <zwm-dialog id="sheet" look="sheet" heading="授权内容" yes="确定" .content=${html`<div>
        <zwm-check label="居民基本信息（示例）" checked>姓名、证件号码、住址</zwm-check>
        <zwm-check label="机动车驾驶证（示例）" checked></zwm-check></div>`} @zwm-submit=${() => document.querySelector('#sheet').close('ok')}></zwm-dialog>
    </main>
    <main slot="records" class="stack"><h1>授权记录</h1>
      <article class="card stack"><div class="row"><h2>示例区政务服务中心</h2><zwm-badge class="end" kind="good">有效</zwm-badge></div>
        <dl class="facts"><dt>用途</dt><dd>办理居住证签注</dd><dt>信息</dt><dd>居民基本信息（示例）</dd><dt>时间</dt><dd>2026-11-24 14:03</dd></dl>
        <div class="row"><zwm-button class="end" @click=${async () => { window.answer = await ask({ heading: '撤销授权', danger: true, yes: '确认撤销',
          text: '撤销后，示例区政务服务中心不能再取得这次授权的信息。已经取走的信息不受影响。' }); }}>撤销</zwm-button></div></article></main>
    <main slot="scan" class="stack"><h1>扫一扫</h1></main><main slot="me" class="stack"><h1>我的</h1></main>
  </zwm-people>`,
  space: () => html`<zwm-people wide heading="示例政务服务码 · 企业空间" .items=${TABS} selected="records">
    <main slot="records" class="stack"><h1>授权记录</h1><div class="columns"><div class="card"><h2>待办</h2><p class="muted">营业执照将于 2026-12-01 到期</p></div>
      <div class="card"><h2>服务码</h2><p class="muted">示**</p></div></div></main></zwm-people>`,
  table: () => html`<zwm-console heading="示例政务服务码" .nav=${NAV} current="#review" user="王工" duty="系统管理员" .alarms=${{ n: 3, href: '#alarms' }}><main class="stack"><div class="row"><h1>接入审批</h1><zwm-button class="end" variant="primary" icon="plus-lg">新建申请</zwm-button></div>${table()}</main></zwm-console>`,
  charts: () => html`<zwm-console heading="示例政务服务码" .nav=${NAV} current="#table" user="王工" duty="系统管理员"><main class="stack"><h1>概览</h1><div class="columns">
    <zwm-chart heading="亮码与验码" unit="次" .x=${hours} .series=${[{ label: '亮码', values: wave(3200, 0) }, { label: '验码', values: wave(2600, 2) }]}></zwm-chart>
    <zwm-chart heading="拒绝" unit="次" kind="bar" .x=${hours} .series=${[{ label: '拒绝', values: wave(20, 9), tone: 'bad' }]}></zwm-chart>
    <zwm-chart heading="响应时间" unit="毫秒" view="table" .x=${hours} .series=${[{ label: 'p50', values: wave(8, 1) }, { label: 'p99', values: wave(21, 1) }]}></zwm-chart>
    <zwm-chart heading="代取" unit="次" .x=${[]} .series=${[]}></zwm-chart></div></main></zwm-console>`,
  detail: () => html`<zwm-console heading="示例政务服务码" .nav=${NAV} current="#review" user="王工" duty="系统管理员"><main class="stack"><h1>申请 0241</h1>
    <div class="card"><zwm-steps .items=${[{ label: '申请', at: NOW - 900000, state: 'done' }, { label: '接口注册', at: NOW - 600000, state: 'done' },
      { label: '审核', at: NOW - 7200, state: 'now', note: '王工 处理中' }, { label: '已发布', state: 'todo' }]}></zwm-steps></div>
    <div class="columns"><div class="card stack"><h2>申请内容</h2><dl class="facts"><dt>机构</dt><dd>示例卫生健康委员会</dd><dt>事项</dt><dd>更换公钥</dd></dl></div>
    <div class="card stack"><h2>办理</h2><zwm-button variant="primary" @click=${() => document.querySelector('#decide').show()}>通过</zwm-button></div></div>
    <zwm-dialog id="decide" heading="通过申请" yes="确定" .content=${html`<p>通过后，该应用的新公钥立即生效，旧公钥停止使用。</p>
      <zwm-field autofocus label="理由" name="reason" type="textarea" required></zwm-field><zwm-field label="外部文号" name="ref"></zwm-field>`}
      @zwm-submit=${(event) => { window.sent = event.detail; document.querySelector('#decide').close('done'); }}></zwm-dialog>
    </main></zwm-console>`,
  states: () => html`<zwm-people wide heading="示例政务服务码"><main class="stack"><h1>状态</h1><div class="columns">
    ${['loading', 'empty', 'offline', 'network', 'timeout', 'busy', 'ended', 'forbidden', 'missing', 'conflict', 'uncertain'].map((kind) => html`
      <div class="card"><zwm-state kind=${kind}></zwm-state></div>`)}
    <div class="card"><zwm-state .error=${new ApiError('failed', { message: '信息服务不可用', requestId: '86f07fa6b790960f0effea6f22d60d3f' })}></zwm-state></div>
    <div class="card row">${Object.entries(STATE_WORDS).map(([kind, word]) => html`<zwm-badge kind=${kind}>${word}</zwm-badge>`)}</div>
  </div></main></zwm-people>`,
};

function show() {
  const name = location.hash.slice(1).split('-')[0];
  if (name in PAGES) render(PAGES[name](), document.body);
}
Object.assign(window, { toast, announce });
window.addEventListener('hashchange', show);
show();
