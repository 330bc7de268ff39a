// 「扫一扫」: reads or takes a request code, says who asks for what, and lets the person decide.
import { css, html, nothing } from '/shared/lit.js';
import { define, ZwmElement } from '/shared/element.js';
import { errorWords } from '/shared/errors.js';
import { announce } from '/shared/live.js';
import { dateOnly, dateTime } from '/shared/time.js';
import '/shared/button.js';
import '/shared/check.js';
import '/shared/field.js';
import '/shared/icon.js';
import '/shared/state.js';
import './camera.js';

const REQUEST = /^ZWR1[0-9A-Za-z]{9,90}$/;
const KINDS = { data: '信息', file: '证照文件' };

class ZwmShowScan extends ZwmElement {
  static properties = {
    session: { attribute: false }, request: { state: true }, done: { state: true }, busy: { state: true }, error: { state: true },
  };

  static styles = [...ZwmElement.styles, css`
    :host, form { display: grid; gap: var(--space-4); grid-template-columns: minmax(0, 1fr); }
    .card { display: grid; gap: var(--space-4); padding: var(--space-4); border: 1px solid var(--line); border-radius: var(--radius-card); background: var(--surface); }
    h2 { font-size: var(--type-xl); font-weight: 600; line-height: 1.35; overflow-wrap: anywhere; text-wrap: balance; }
    h2:focus { outline: none; }
    dl { display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: var(--space-2) var(--space-4); }
    dt { color: var(--muted); }
    dd { overflow-wrap: anywhere; }
    legend { margin-block-end: var(--space-1); font-weight: 600; }
    .decide { display: grid; gap: var(--space-3); grid-template-columns: 1fr 1fr; }
    .error { display: flex; gap: var(--space-2); align-items: baseline; color: var(--bad); }
    .done { display: grid; gap: var(--space-3); justify-items: center; padding-block: var(--space-8); text-align: center; }
    .done > zwm-icon { font-size: var(--type-xxl); color: var(--good); }
    .done.no > zwm-icon { color: var(--muted); }
  `];

  #code = '';

  #taken = new Set();

  // --- reading ---

  async #ask(text) {
    const code = text.trim();
    const field = this.renderRoot.querySelector('zwm-field');
    if (!REQUEST.test(code)) {
      if (field) field.error = code ? '这不是授权请求码，请求码以 ZWR1 开头' : '请输入请求码';
      return;
    }
    if (this.busy) return;
    this.busy = true;
    this.error = '';
    try {
      const { item } = await this.session.call('request', { request_code: code });
      this.#code = code;
      this.#taken = new Set((item.classes ?? []).map((c) => c.class));
      this.request = item;
      await this.updateComplete;
      this.renderRoot.querySelector('h2').focus();
    } catch (error) {
      const words = errorWords(error);
      if (field) field.error = error.said ? `${error.said}，请接入方重新出示请求码` : `${words.heading}。${words.detail}`;
    } finally {
      this.busy = false;
    }
  }

  #entry() {
    return html`<zwm-show-camera @zwm-read=${(event) => this.#read(event.detail.text)}></zwm-show-camera>
      <form @submit=${(event) => { event.preventDefault(); this.#ask(this.renderRoot.querySelector('zwm-field').value); }}>
        <zwm-field label="请求码" name="code" hint="也可输入接入方提供的请求码" placeholder="ZWR1" autocomplete="off" maxlength="100"></zwm-field>
        <zwm-button type="submit" variant="primary" wide ?busy=${this.busy}>查看请求</zwm-button>
      </form>`;
  }

  #last = '';

  // The camera sees the same code many times a second.
  #read(text) {
    if (text === this.#last) return;
    this.#last = text;
    const field = this.renderRoot.querySelector('zwm-field');
    if (field && REQUEST.test(text.trim())) field.value = text.trim();
    this.#ask(text);
  }

  // --- deciding ---

  async #decide(decision) {
    if (this.busy) return;
    if (decision === 'grant' && this.#taken.size === 0) {
      this.error = '请至少选择一项授权内容，或选择拒绝';
      return;
    }
    this.busy = true;
    this.error = '';
    try {
      await this.session.call('decide', { request_code: this.#code, decision, ...(decision === 'grant' && { classes: [...this.#taken] }) });
      this.done = decision;
      this.request = undefined;
      announce(decision === 'grant' ? '已同意授权' : '已拒绝授权');
      await this.updateComplete;
      this.renderRoot.querySelector('h2').focus();
    } catch (error) {
      const words = errorWords(error);
      this.error = error.said || `${words.heading}。${words.detail}`;
    } finally {
      this.busy = false;
    }
  }

  #again() {
    Object.assign(this, { request: undefined, done: undefined, error: '' });
    this.#last = '';
  }

  #asked() {
    const { org_name: org, uscc, since, purpose, classes = [], expires_at: until } = this.request;
    return html`<section class="card" aria-label="授权请求">
      <h2 tabindex="-1">${org} 请求取得您的信息</h2>
      <dl>
        <dt>用途</dt><dd>${purpose}</dd>
        <dt>信用代码</dt><dd>${uscc}</dd>
        ${since ? html`<dt>登记时间</dt><dd>${dateOnly(since)}</dd>` : nothing}
        <dt>有效至</dt><dd>${dateTime(until)}</dd>
      </dl>
      <fieldset><legend>授权内容</legend>
        ${classes.map((c) => html`<zwm-check label=${c.name} value=${c.class} checked
          @change=${(event) => { if (event.target.checked) this.#taken.add(c.class); else this.#taken.delete(c.class); }}>${KINDS[c.kind] ?? nothing}</zwm-check>`)}
      </fieldset>
      ${this.error ? html`<p class="error" role="alert"><zwm-icon name="exclamation-circle-fill"></zwm-icon>${this.error}</p>` : nothing}
      <div class="decide">
        <zwm-button wide ?busy=${this.busy} @click=${() => this.#decide('refuse')}>拒绝</zwm-button>
        <zwm-button wide variant="primary" ?busy=${this.busy} @click=${() => this.#decide('grant')}>同意</zwm-button>
      </div>
    </section><zwm-button variant="quiet" icon="chevron-left" @click=${this.#again}>返回扫一扫</zwm-button>`;
  }

  #ended() {
    const yes = this.done === 'grant';
    return html`<section class="card done ${yes ? '' : 'no'}"><zwm-icon name=${yes ? 'check-circle-fill' : 'dash-circle'}></zwm-icon>
      <h2 tabindex="-1">${yes ? '已同意授权' : '已拒绝授权'}</h2>
      <p class="muted">${yes ? '可在「授权记录」中查看和撤销。' : '接入方未取得您的任何信息。'}</p>
      <zwm-button @click=${this.#again}>继续扫一扫</zwm-button></section>`;
  }

  render() {
    if (this.done) return this.#ended();
    return this.request ? this.#asked() : this.#entry();
  }
}

define('zwm-show-scan', ZwmShowScan);
