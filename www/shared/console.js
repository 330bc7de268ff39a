// <zwm-console heading="示例政务服务码" .nav=${entries} current="/admin/review" user="王工" duty="系统管理员">: the shell of the
// console. Header, functions at the left (in a drawer under 1024 px), the page's <main> inside. Exactly one
// `nav` is there.
import { css, html, nothing } from './lit.js';
import { define, ZwmElement } from './element.js';
import { buttons } from './styles.js';
import './icon.js';
import './settings.js';

const WIDE = matchMedia('(min-width: 1024px)');
const PHONE = matchMedia('(max-width: 767px)'); // who is there and 「退出」 are in the drawer too

class ZwmConsole extends ZwmElement {
  static properties = {
    heading: {}, // name of the system; 「管理」 stands behind it
    section: {}, // instead of 「管理」
    nav: { attribute: false }, // [{href, label, icon?, badge?}]
    current: {}, // href of the entry this page belongs to
    user: {},
    duty: {}, // 系统管理员
    alarms: { attribute: false }, // {n, href}
    plain: { type: Boolean, reflect: true }, // header alone: login
  };

  static styles = [...ZwmElement.styles, buttons, css`
    :host { --body: var(--type-s); display: flex; flex-direction: column; min-height: 100dvh; }
    header {
      position: sticky; inset-block-start: 0; z-index: 6; display: flex; flex-wrap: wrap; gap: 0 var(--space-2); align-items: center;
      padding: var(--space-1) var(--space-4); border-block-end: 1px solid var(--line); background: var(--surface);
    }
    .name { font-size: var(--type-m); font-weight: 600; line-height: 1.3; padding-block: var(--space-2); }
    .section { font-weight: 400; color: var(--muted); }
    .end { display: flex; flex-wrap: wrap; gap: 0 var(--space-2); align-items: center; margin-inline-start: auto; }
    .who { display: inline-flex; gap: var(--space-1); align-items: center; padding-inline: var(--space-2); }
    .who zwm-icon { color: var(--muted); }
    header .button { padding-inline: var(--space-2); }
    header a.alarm { color: var(--bad); }
    .below { flex: 1; display: grid; grid-template-columns: minmax(0, 1fr); }
    .below.side { grid-template-columns: 13.5rem minmax(0, 1fr); }
    aside { border-inline-end: 1px solid var(--line); background: var(--surface); }
    nav { position: sticky; inset-block-start: calc(var(--target) + 2 * var(--space-1) + 1px); max-height: calc(100dvh - var(--target) - 2 * var(--space-1)); overflow: auto; padding: var(--space-3) var(--space-2); }
    dialog nav { position: static; max-height: none; padding-block-start: 0; }
    nav ul { display: grid; gap: 2px; }
    nav a {
      position: relative; display: flex; gap: var(--space-3); align-items: center; min-height: var(--target); padding: var(--space-1) var(--space-3); border-radius: var(--radius);
      color: var(--text); text-decoration: none;
    }
    nav a:hover { background: var(--bg); color: var(--primary); }
    nav a[aria-current] { background: var(--bg); color: var(--primary); font-weight: 600; }
    nav a[aria-current]::before { content: ""; position: absolute; inset: 20% auto 20% 0; border-inline-start: 3px solid var(--primary); border-radius: 2px; }
    nav a:focus-visible { outline-offset: -2px; }
    .badge { margin-inline-start: auto; padding: 0 .5em; border: 1px solid currentColor; border-radius: 1em; font-size: var(--type-s); line-height: 1.4; }
    .page { min-width: 0; padding: var(--space-5) var(--space-6) var(--space-8); }
    .skip { position: absolute; inset: var(--space-1) auto auto var(--space-1); z-index: 9; }
    .skip:not(:focus) { clip-path: inset(50%); }
    dialog { width: min(18rem, 100vw - var(--target)); height: 100dvh; max-height: none; margin: 0; padding: 0; border: 0; border-inline-end: 1px solid var(--line); background: var(--surface); color: var(--text); font-size: var(--body); }
    dialog[open] { display: flex; flex-direction: column; }
    dialog > nav { flex: 1; overflow: auto; }
    dialog::backdrop { background: var(--shade); }
    .foot { display: grid; gap: var(--space-1); padding: var(--space-3) var(--space-2); border-block-start: 1px solid var(--line); }
    .shut { align-self: start; margin: var(--space-2); }
    @media (max-width: 1023px) { .page { padding: var(--space-4); } }
    @media (max-width: 600px) {
      header { padding-inline: var(--space-2); }
    }
  `];

  #update = () => this.requestUpdate();

  constructor() {
    super();
    this.heading = '';
    this.section = '管理';
    this.nav = [];
    this.current = '';
    this.user = '';
    this.duty = '';
    this.plain = false;
  }

  connectedCallback() {
    super.connectedCallback();
    for (const query of [WIDE, PHONE]) query.addEventListener('change', this.#update);
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    for (const query of [WIDE, PHONE]) query.removeEventListener('change', this.#update);
  }

  get #drawer() {
    return this.renderRoot.querySelector('dialog');
  }

  #nav() {
    return html`<nav aria-label="功能"><ul>${this.nav.map((entry) => html`<li><a href=${entry.href}
      aria-current=${entry.href === this.current ? 'page' : nothing} @click=${() => this.#drawer?.close()}>
      ${entry.icon ? html`<zwm-icon name=${entry.icon}></zwm-icon>` : nothing}<span>${entry.label}</span>
      ${entry.badge ? html`<span class="badge">${entry.badge}</span>` : nothing}</a></li>`)}</ul></nav>`;
  }

  #skip(event) {
    event.preventDefault();
    const main = this.querySelector('main');
    main?.setAttribute('tabindex', '-1');
    main?.focus();
  }

  #settings() {
    this.#drawer?.close();
    this.renderRoot.querySelector('zwm-settings').show();
  }

  #who() {
    return this.user ? html`<span class="who"><zwm-icon name="person"></zwm-icon><span>${this.user}<span
      class="muted">（${this.duty}）</span></span></span>` : nothing;
  }

  #acts() {
    return html`<button class="button quiet" type="button" @click=${this.#settings}><zwm-icon name="gear"></zwm-icon>设置</button>
      ${this.user ? html`<button class="button quiet" type="button" @click=${() => this.emit('zwm-logout')}><zwm-icon
        name="box-arrow-right"></zwm-icon>退出</button>` : nothing}`;
  }

  #header(drawer, phone) {
    return html`<header>
      <a class="button skip" href="#main" @click=${this.#skip}>跳到主要内容</a>
      ${drawer ? html`<button class="button quiet" type="button" aria-haspopup="dialog"
        @click=${() => this.#drawer.showModal()}><zwm-icon name="list"></zwm-icon>菜单</button>` : nothing}
      <div class="name">${this.heading}<span class="section"> · ${this.section}</span></div>
      <div class="end"><slot name="header"></slot>
        ${this.alarms?.n > 0 ? html`<a class="button quiet alarm" href=${this.alarms.href}><zwm-icon name="bell"></zwm-icon>告警 ${this.alarms.n}</a>` : nothing}
        ${drawer && phone ? nothing : [this.#who(), this.#acts()]}</div></header><zwm-settings></zwm-settings>`;
  }

  render() {
    const drawer = !WIDE.matches && !this.plain;
    const side = WIDE.matches && !this.plain;
    const phone = PHONE.matches;
    return html`${this.#header(drawer, phone)}
      ${drawer ? html`<dialog aria-label="菜单" closedby="any"><button class="button quiet shut" type="button"
        @click=${() => this.#drawer.close()}><zwm-icon name="x-lg"></zwm-icon>关闭</button>${this.#nav()}
        ${phone ? html`<div class="foot">${this.#who()}<div>${this.#acts()}</div></div>` : nothing}</dialog>` : nothing}
      <div class="below ${side ? 'side' : ''}">
        ${side ? html`<aside>${this.#nav()}</aside>` : nothing}
        <div class="page"><slot></slot></div>
      </div>`;
  }
}

define('zwm-console', ZwmConsole);
