// The show page, /show/, and its scan page, /show/scan/: the same program, whose second document alone may run the reader
// of pictures. Shell, tabs and what stands there if there is no session; each view is a file of views/.
import { css, html, nothing } from '/shared/lit.js';
import { define, ZwmElement } from '/shared/element.js';
import { CodeKeeper } from './keeper.js';
import { Session, takeToken } from './session.js';
import '/shared/people.js';
import '/shared/state.js';
import './views/code.js';

const SCAN = '/show/scan/';
const HERE_SCANS = location.pathname === SCAN;
const TABS = [
  { id: 'show', label: '亮码', icon: 'qr-code' },
  { id: 'scan', label: '扫一扫', icon: 'qr-code-scan' },
  { id: 'records', label: '授权记录', icon: 'clock-history' },
  { id: 'mine', label: '我的', icon: 'person' },
];
const TITLE = '政务服务码';
const FOCUS = 'zwm.tab'; // the tab was chosen by a key in the other document: the focus stays on the tabs

const token = takeToken();

// Loaded when first needed.
const VIEWS = { records: () => import('./views/records.js'), mine: () => import('./views/mine.js'), scan: () => import('./views/scan.js') };

function tabOfAddress() {
  if (HERE_SCANS) return 'scan';
  const asked = new URLSearchParams(location.search).get('tab');
  return TABS.some(({ id }) => id === asked && id !== 'scan') ? asked : 'show';
}

const addressOf = (tab) => (tab === 'scan' ? SCAN : tab === 'show' ? '/show/' : `/show/?tab=${tab}`);

class ZwmShow extends ZwmElement {
  static properties = { tab: { state: true }, problem: { state: true }, ready: { state: true } };

  static styles = [...ZwmElement.styles, css`
    h1 { position: absolute; width: 1px; height: 1px; margin: -1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
    .back { white-space: nowrap; }
    main { display: block; }
  `];

  #session = new Session();

  #keeper = new CodeKeeper(this.#session);

  constructor() {
    super();
    this.tab = tabOfAddress();
    this.problem = undefined;
    this.ready = false;
    this.#session.addEventListener('state', () => this.requestUpdate());
    this.#session.addEventListener('ended', () => {
      this.ready = false;
      this.problem = { kind: 'ended' };
    });
  }

  #byKey = false;

  connectedCallback() {
    super.connectedCallback();
    window.addEventListener('keydown', () => { this.#byKey = true; }, true);
    window.addEventListener('pointerdown', () => { this.#byKey = false; }, true);
    window.addEventListener('hashchange', () => {
      const next = takeToken();
      if (next) this.#open(next);
    });
    this.#open(token);
  }

  async #open(withToken) {
    this.problem = undefined;
    this.ready = false;
    this.#keeper.want(false);
    try {
      await Promise.all([withToken ? this.#session.enter(withToken) : this.#session.resume(), VIEWS[this.tab]?.()]);
      document.title = this.#session.state.system_name || TITLE;
      this.ready = true;
      this.#keeper.want(this.tab === 'show');
      this.#keepFocus();
    } catch (error) {
      this.problem = { error, kind: withToken && error.code === '8007' ? 'token' : error.kind, token: withToken };
    }
  }

  async #keepFocus() {
    let asked;
    try {
      asked = sessionStorage.getItem(FOCUS);
      sessionStorage.removeItem(FOCUS);
    } catch {
      return;
    }
    if (!asked) return;
    await this.updateComplete;
    const shell = this.renderRoot.querySelector('zwm-people');
    await shell.updateComplete;
    shell.renderRoot.querySelector('[aria-selected="true"]')?.focus();
  }

  async #select(event) {
    if (event.target.localName !== 'zwm-people') return;
    const { id } = event.detail;
    if (id === 'scan' || HERE_SCANS) {
      this.#keeper.want(false);
      try {
        if (this.#byKey) sessionStorage.setItem(FOCUS, id);
      } catch {
        // The focus begins at the top.
      }
      location.assign(addressOf(id));
      return;
    }
    await VIEWS[id]?.();
    this.tab = id;
    history.replaceState(null, '', addressOf(id));
    this.#keeper.want(id === 'show' && this.ready);
    window.scrollTo(0, 0);
  }

  #away() {
    const { kind, error, token: used } = this.problem;
    if (kind === 'token') {
      return html`<zwm-state kind="ended" heading="亮码链接已失效" detail="此链接已使用过或已超过有效时间，未展示服务码。请回到原页面重新打开，或登录后亮码。"
        request-id=${error.requestId}>${this.#login()}</zwm-state>`;
    }
    if (kind === 'ended') {
      return html`<zwm-state kind="ended" heading=${error ? '请先登录' : '会话已结束'}
        detail=${error ? '登录后可展示服务码、查看和撤销授权。' : '为保护您的信息，服务码已停用。请重新登录，或回到原页面重新打开。'}>${this.#login()}</zwm-state>`;
    }
    const offline = ['offline', 'network', 'timeout', 'uncertain'].includes(kind) && !error.status;
    return offline
      ? html`<zwm-state kind="offline" heading="无网络" detail="未能连接服务，暂时不能展示服务码。请检查网络设置后重试。" action="重试"
        @zwm-action=${() => this.#open(used)}></zwm-state>`
      : html`<zwm-state .error=${error} @zwm-action=${() => this.#open(used)}></zwm-state>`;
  }

  #login() {
    const back = this.#back();
    return html`<zwm-button variant="primary" href="/login/">登录</zwm-button>${back ? html` <zwm-button href=${back}>返回原页面</zwm-button>` : nothing}`;
  }

  // Of the channel's own registered origin; looked at once more here.
  #back() {
    const url = URL.parse?.(this.#session.state?.return_url ?? '') ?? undefined;
    return url && (url.protocol === 'https:' || url.protocol === 'http:') ? url.href : '';
  }

  #view() {
    const session = this.#session;
    const { state } = session;
    if (this.tab === 'records') return html`<zwm-show-records .session=${session} ></zwm-show-records>`;
    if (this.tab === 'mine') return html`<zwm-show-mine .session=${session} .state=${state}></zwm-show-mine>`;
    if (this.tab === 'scan') return html`<zwm-show-scan .session=${session}></zwm-show-scan>`;
    return html`<zwm-show-code .session=${session} .state=${state} .keeper=${this.#keeper}></zwm-show-code>`;
  }

  render() {
    const { state } = this.#session;
    const back = this.#back();
    return html`<zwm-people heading=${state?.system_name || TITLE} .items=${this.ready ? TABS : []} selected=${this.tab}
      ?bare=${this.ready && this.tab === 'mine'} @zwm-select=${this.#select}>
      ${back && this.ready ? html`<zwm-button class="back" slot="header" variant="quiet" icon="chevron-left" href=${back}>返回</zwm-button>` : nothing}
      <main><h1>${TABS.find(({ id }) => id === this.tab).label}</h1>${this.ready ? this.#view()
        : this.problem ? this.#away() : html`<zwm-state kind="loading"></zwm-state>`}</main>
    </zwm-people>`;
  }
}

define('zwm-show', ZwmShow);
