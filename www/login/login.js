// The login, /login/: at the identity provider, or, on a local instance, as one of the invented people (「示例登录」). With
// ?return_url= it is an application page's login: then follow the person's consent and the way back with a ticket.
import { css, html, nothing } from '/shared/lit.js';
import { define, ZwmElement } from '/shared/element.js';
import { call, setCsrfToken } from '/shared/api.js';
import { errorWords } from '/shared/errors.js';
import '/shared/button.js';
import '/shared/icon.js';
import '/shared/people.js';
import '/shared/state.js';
import './consent.js';

const TITLE = '政务服务码';
const CAME_BACK = {
  cancelled: '您已取消登录。', failed: '身份认证未通过，请重新登录。', busy: '身份认证服务繁忙，请稍后重试。',
};

const query = new URLSearchParams(location.search);
const returnUrl = query.get('return_url') ?? '';
// Only to a page of ours; the server looks at its own list once more.
const next = /^\/show\/(\?tab=[a-z]+)?$/.test(query.get('next') ?? '') ? query.get('next') : '/show/';

class ZwmLogin extends ZwmElement {
  static properties = { who: { state: true }, error: { state: true }, busy: { state: true }, asked: { state: true }, said: { state: true } };

  static styles = [...ZwmElement.styles, css`
    main { display: grid; gap: var(--space-4); grid-template-columns: minmax(0, 1fr); }
    .card { display: grid; gap: var(--space-4); grid-template-columns: minmax(0, 1fr); padding: var(--space-6) var(--space-4); border: 1px solid var(--line); border-radius: var(--radius-card); background: var(--surface); }
    h1 { margin: 0; font-size: var(--type-xl); font-weight: 600; line-height: 1.3; }
    .mark { display: inline-flex; gap: var(--space-2); align-items: center; justify-self: start; padding: var(--space-1) var(--space-3); border: 1px solid var(--warn); border-radius: 999px; color: var(--warn); font-weight: 600; }
    ul { display: grid; gap: var(--space-3); grid-template-columns: minmax(0, 1fr); }
    .said { display: flex; gap: var(--space-2); align-items: baseline; color: var(--bad); }
    .row { display: flex; flex-wrap: wrap; gap: var(--space-3); align-items: center; justify-content: space-between; }
  `];

  connectedCallback() {
    super.connectedCallback();
    this.said = CAME_BACK[query.get('error')] ?? '';
    this.#start();
  }

  async #start() {
    this.error = undefined;
    try {
      const { item } = await call('/login/api/who', { body: returnUrl ? { return_url: returnUrl } : {} });
      setCsrfToken(item.csrf);
      document.title = `登录 · ${item.system_name || TITLE}`;
      if (item.logged_in && (returnUrl || !item.sample)) await this.#go();
      this.who = item;
    } catch (error) {
      this.error = error;
    }
  }

  // Logged in: to the application with a ticket, once the person has agreed; else to the show page.
  async #go() {
    if (!returnUrl) {
      location.replace(next);
      return;
    }
    const { item } = await call('/user/api/ticket', { body: { return_url: returnUrl } });
    if (item.state === 'consent') this.asked = item;
    else location.replace(item.next);
  }

  async #as(person) {
    if (this.busy) return;
    this.busy = person.id;
    this.said = '';
    try {
      const { item } = await call('/login/api/sample', { body: { id: person.id } });
      setCsrfToken(item.csrf);
      await this.#go();
    } catch (error) {
      const words = errorWords(error);
      this.said = `登录未成功：${error.said || words.detail}`;
    } finally {
      this.busy = undefined;
    }
  }

  async #decide({ detail: decision }) {
    if (this.busy) return;
    this.busy = decision;
    this.said = '';
    try {
      const { item } = await call('/user/api/consent', { body: { app_id: this.asked.app_id, decision, return_url: returnUrl } });
      location.replace(item.next);
    } catch (error) {
      this.said = errorWords(error).detail;
    } finally {
      this.busy = undefined;
    }
  }

  #cancel() {
    if (this.who.cancel_url) location.replace(this.who.cancel_url);
    else if (history.length > 1) history.back();
    else location.replace('/');
  }

  #wrong() {
    return this.said ? html`<p class="said" role="alert"><zwm-icon name="exclamation-circle-fill"></zwm-icon>${this.said}</p>` : nothing;
  }

  #where() {
    const { app } = this.who;
    return app ? html`<p>登录后返回<strong>${app.org_name}</strong>的应用页面。</p>` : nothing;
  }

  #sample() {
    const { people = [], person, logged_in: already } = this.who;
    return html`<section class="card"><span class="mark"><zwm-icon name="info-circle-fill"></zwm-icon>示例登录</span>
      <h1>选择示例人员</h1>
      <p class="muted">仅限本机试用。以下人员均为虚构，选择一人即以其身份登录。</p>${this.#where()}${this.#wrong()}
      <ul>${people.map((one) => html`<li><zwm-button wide icon="person" ?busy=${this.busy === one.id} @click=${() => this.#as(one)}>${one.name}</zwm-button></li>`)}</ul>
      ${already && person ? html`<div class="row"><span class="muted">当前已登录：${person.name}</span><zwm-button href=${next}>继续亮码</zwm-button></div>` : nothing}
      <zwm-button variant="quiet" wide @click=${this.#cancel}>取消</zwm-button></section>`;
  }

  #provider() {
    return html`<section class="card"><h1>登录</h1>
      <p class="muted">将前往统一身份认证页面，登录后自动返回。本系统不接触您的密码。</p>${this.#where()}${this.#wrong()}
      <zwm-button wide variant="primary" href=${`/login/start?next=${encodeURIComponent(returnUrl ? location.pathname + location.search : next)}`}>统一身份认证登录</zwm-button>
      <zwm-button variant="quiet" wide @click=${this.#cancel}>取消</zwm-button></section>`;
  }

  #view() {
    if (this.error) return html`<h1 class="visually-hidden">登录</h1><zwm-state .error=${this.error} @zwm-action=${this.#start}></zwm-state>`;
    if (this.asked) return html`<zwm-consent .asked=${this.asked} .busy=${this.busy} .error=${this.said} @zwm-decide=${this.#decide}></zwm-consent>`;
    if (!this.who) return html`<h1 class="visually-hidden">登录</h1><zwm-state kind="loading"></zwm-state>`;
    if (this.who.sample) return this.#sample();
    if (this.who.oidc) return this.#provider();
    return html`<section class="card"><h1>暂不能登录</h1><p>本系统未设置身份认证服务，请从您常用的政务服务渠道打开服务码。</p>
      <zwm-button wide @click=${this.#cancel}>返回</zwm-button></section>`;
  }

  render() {
    return html`<zwm-people heading=${this.who?.system_name || TITLE}><main>${this.#view()}</main></zwm-people>`;
  }
}

define('zwm-login', ZwmLogin);
