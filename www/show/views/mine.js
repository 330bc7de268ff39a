// 「我的」: who is logged in, what applications were told, how the pages look, 「退出」.
import { css, html, nothing } from '/shared/lit.js';
import { define, ZwmElement } from '/shared/element.js';
import { buttons } from '/shared/styles.js';
import { errorWords } from '/shared/errors.js';
import { toast } from '/shared/live.js';
import { ask } from '/shared/dialog.js';
import { dateTime } from '/shared/time.js';
import { elder, setElder, setTheme, theme } from '/shared/prefs.js';
import '/shared/choice.js';
import '/shared/icon.js';
import '/shared/state.js';

const THEMES = [{ value: 'system', label: '跟随系统' }, { value: 'light', label: '浅色' }, { value: 'dark', label: '深色' }];

class ZwmShowMine extends ZwmElement {
  static properties = {
    session: { attribute: false }, state: { attribute: false }, consents: { state: true }, error: { state: true }, busy: { state: true },
  };

  static styles = [...ZwmElement.styles, buttons, css`
    :host { display: grid; gap: var(--space-4); grid-template-columns: minmax(0, 1fr); }
    section { display: grid; gap: var(--space-3); grid-template-columns: minmax(0, 1fr); padding: var(--space-4); border: 1px solid var(--line); border-radius: var(--radius-card); background: var(--surface); }
    h2 { font-size: var(--type-l); font-weight: 600; }
    dl { display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: var(--space-2) var(--space-4); }
    dt { color: var(--muted); }
    dd { overflow-wrap: anywhere; }
    li { display: flex; flex-wrap: wrap; gap: var(--space-2) var(--space-4); align-items: center; padding-block: var(--space-2); }
    li + li { border-block-start: 1px solid var(--line); }
    li > div { flex: 1 1 12rem; min-width: 0; overflow-wrap: anywhere; }
    .button[aria-pressed="true"] { border-color: var(--primary); color: var(--primary); }
    .row { display: flex; flex-wrap: wrap; gap: var(--space-2) var(--space-3); align-items: center; }
    .leave { color: var(--bad); }
  `];

  #prefs = () => this.requestUpdate();

  connectedCallback() {
    super.connectedCallback();
    window.addEventListener('zwm-prefs', this.#prefs);
  }

  firstUpdated() {
    this.#load();
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    window.removeEventListener('zwm-prefs', this.#prefs);
  }

  async #load() {
    this.error = undefined;
    try {
      this.consents = (await this.session.call('consents')).items;
    } catch (error) {
      this.error = error;
    }
  }

  async #takeBack(consent) {
    const yes = await ask({
      heading: '撤销同意', yes: '确认撤销', danger: true,
      text: `撤销后，${consent.org_name}不能再取得您的用户信息；再次使用其应用时会重新询问您。`,
    });
    if (!yes) return;
    try {
      await this.session.call('consent-revoke', { app_id: consent.app_id });
      toast('已撤销同意');
      await this.#load();
    } catch (error) {
      toast(`撤销未成功：${errorWords(error).detail}`, { kind: 'bad' });
    }
  }

  async #leave() {
    const yes = await ask({ heading: '退出登录', yes: '退出', text: '退出后，正在展示的服务码立即停用，使用过您登录状态的应用也会收到通知。' });
    if (!yes) return;
    this.busy = true;
    try {
      location.assign(await this.session.leave() || '/login/');
    } catch (error) {
      toast(`退出未成功：${errorWords(error).detail}`, { kind: 'bad' });
    } finally {
      this.busy = false;
    }
  }

  #consents() {
    if (this.error) return html`<zwm-state compact .error=${this.error} @zwm-action=${this.#load}></zwm-state>`;
    if (!this.consents) return html`<zwm-state compact kind="loading"></zwm-state>`;
    if (this.consents.length === 0) return html`<p class="muted">尚未同意任何应用取得您的信息。应用首次请求时会征得您的同意。</p>`;
    return html`<ul>${this.consents.map((consent) => html`<li><div><strong>${consent.org_name}</strong><br>
      <span class="muted">${consent.what?.length ? html`${[consent.what].flat().join('、')}<br>` : nothing}${dateTime(consent.given_at)} 同意</span></div>
      <button class="button" type="button" @click=${() => this.#takeBack(consent)}>撤销</button></li>`)}</ul>`;
  }

  render() {
    const { person, acting } = this.state;
    const on = elder();
    return html`<section aria-labelledby="who"><h2 id="who">身份</h2><dl><dt>姓名</dt><dd>${person.name}</dd><dt>证件号码</dt><dd>${person.id_no}</dd>
        ${acting ? html`<dt>正在代表</dt><dd>${acting.name}（${acting.id_no}）</dd>` : nothing}</dl></section>
      <section aria-labelledby="told"><h2 id="told">已同意的应用</h2>${this.#consents()}</section>
      <section aria-labelledby="look"><h2 id="look">显示</h2>
        <div class="row"><button class="button" type="button" aria-pressed=${on ? 'true' : 'false'} @click=${() => setElder(!elder())}>${on
          ? html`<zwm-icon name="check-lg"></zwm-icon>` : nothing}长辈版</button> <span class="muted">文字和按钮更大</span></div>
        <zwm-choice label="外观" .options=${THEMES} .value=${theme()} @change=${(event) => setTheme(event.target.value)}></zwm-choice></section>
      <div><button class="button leave" type="button" ?disabled=${this.busy} @click=${this.#leave}><zwm-icon name="box-arrow-right"></zwm-icon>退出</button></div>`;
  }
}

define('zwm-show-mine', ZwmShowMine);
