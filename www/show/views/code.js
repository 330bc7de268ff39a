// 「亮码」: the code on show, in whatever state it is, and what the person can choose about it.
import { css, html, nothing } from '/shared/lit.js';
import { define, ZwmElement } from '/shared/element.js';
import { buttons } from '/shared/styles.js';
import { clock, dateTime } from '/shared/time.js';
import { errorWords } from '/shared/errors.js';
import '/shared/button.js';
import '/shared/choice.js';
import '/shared/icon.js';
import './classes.js';
import './enlarged.js';

const SYMBOLOGIES = [{ value: 'qr', label: 'QR 码' }, { value: 'hanxin', label: '汉信码' }, { value: 'gridmatrix', label: '网格矩阵码' }];
const RING = 2 * Math.PI * 9; // length of the ring's line

export const codeName = ({ symbology }, person) => `服务码，${SYMBOLOGIES.find(({ value }) => value === symbology).label}，${person}`;

class ZwmShowCode extends ZwmElement {
  static properties = {
    session: { attribute: false }, state: { attribute: false }, keeper: { attribute: false }, large: { state: true }, sheet: { state: true },
  };

  static styles = [...ZwmElement.styles, buttons, css`
    :host { display: grid; gap: var(--space-3); grid-template-columns: minmax(0, 1fr); }
    .card {
      display: grid; gap: var(--space-3); grid-template-columns: minmax(0, 1fr); justify-items: center; padding: var(--space-4);
      border: 1px solid var(--line); border-radius: var(--radius-card); background: var(--paper); color: var(--ink); text-align: center;
      color-scheme: light;
    }
    .who { display: flex; gap: var(--space-2) var(--space-3); flex-wrap: wrap; align-items: center; justify-content: center; font-size: var(--type-l); }
    .who .no { color: var(--ink-muted); }
    .place { display: grid; place-items: center; width: min(100%, 19rem); aspect-ratio: 1; }
    .place img { width: 100%; height: 100%; cursor: zoom-in; }
    .instead { display: grid; gap: var(--space-3); justify-items: center; padding: var(--space-2); text-wrap: balance; }
    .instead h2 { font-size: var(--type-xl); font-weight: 600; line-height: 1.35; overflow-wrap: anywhere; }
    .instead p { color: var(--ink-muted); overflow-wrap: anywhere; }
    .instead zwm-icon { font-size: var(--type-xxl); }
    .mark { display: inline-flex; padding: var(--space-3); border: 2px solid currentColor; border-radius: 50%; }
    .times { display: flex; flex-wrap: wrap; gap: 0 var(--space-4); align-items: center; justify-content: center; }
    .clock { font-size: var(--type-xxl); font-weight: 600; line-height: 1.3; font-variant-numeric: tabular-nums; }
    .timer { display: inline-flex; gap: var(--space-2); align-items: center; color: var(--ink-muted); font-variant-numeric: tabular-nums; }
    .timer.soon { color: var(--ink); font-weight: 600; }
    .ring { flex: none; width: 1.5em; height: 1.5em; rotate: -90deg; fill: none; stroke: var(--ink-primary); stroke-width: 3; }
    .ring .whole { stroke: var(--ink-muted); opacity: .3; }
    .good { color: var(--ink-good); }
    .acts { display: flex; flex-wrap: wrap; gap: var(--space-3); justify-content: center; }
    .acts .button, .instead .button { min-width: max(6em, var(--target)); }
    .card .button { border-color: var(--ink-muted); background: var(--paper); color: var(--ink); }
    .card .button.primary { border-color: var(--ink-primary); background: var(--ink-primary); color: var(--paper); }
    .card :focus-visible { outline-color: var(--ink); }
    .hint { color: var(--ink-muted); }
    .offline {
      display: flex; gap: var(--space-2); align-items: center; justify-self: stretch; justify-content: center; padding: var(--space-2) var(--space-3);
      border: 1px solid var(--ink-muted); border-radius: var(--radius); font-weight: 600;
    }
    .choose {
      display: flex; gap: var(--space-3); align-items: center; width: 100%; min-height: max(52px, var(--target)); padding: var(--space-2) var(--space-4);
      border: 1px solid var(--muted); border-radius: var(--radius-card); background: var(--surface); color: var(--text); text-align: start; cursor: pointer;
    }
    .choose:hover { border-color: var(--primary); }
    .choose span { flex: 1; min-width: 0; }
    .symbologies { padding-inline: var(--space-1); }
    .room { height: min(44dvh, 30rem); } /* below the page, so that the sheet covers nothing for good */
    @media (max-width: 359px) {
      .card { padding: var(--space-3) var(--space-2); }
      .acts { gap: var(--space-2); }
    }
    @media (orientation: landscape) and (max-height: 500px) and (min-width: 560px) {
      .card { grid-template: auto auto auto 1fr / auto minmax(0, 1fr); gap: var(--space-1) var(--space-3); padding: var(--space-2); align-items: center; }
      .place { grid-row: 1 / 6; align-self: start; width: min(19rem, 100dvh - 9.5rem); min-width: 200px; }
      .card > .acts, .card > .acts .button { min-width: 0; flex-wrap: nowrap; padding-inline: var(--space-2); }
    }
  `];

  #update = () => this.requestUpdate();

  // A press beside the sheet does what it does, and closes the sheet.
  #beside = (event) => {
    if (this.sheet && !event.composedPath().some((at) => at.localName === 'zwm-show-classes' || at.classList?.contains('choose'))) this.sheet = false;
  };

  connectedCallback() {
    super.connectedCallback();
    document.addEventListener('click', this.#beside);
    for (const name of ['change', 'tick']) this.keeper.addEventListener(name, this.#update);
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    document.removeEventListener('click', this.#beside);
    for (const name of ['change', 'tick']) this.keeper.removeEventListener(name, this.#update);
  }

  get #person() {
    return this.state.acting ?? this.state.person;
  }

  willUpdate() {
    if (!this.keeper.code) this.large = false; // gone, large or small
  }

  // --- what stands in the place of the code ---

  #instead({ icon, tone, heading, text, word, label, role }) {
    return html`<div class="instead" role=${role ?? nothing}><span class="mark ${tone ?? ''}"><zwm-icon name=${icon}></zwm-icon></span><h2>${heading}</h2>${text}
      ${word ? html`<button class="button primary" type="button" aria-label=${label ?? nothing}
        @click=${() => this.keeper.refresh()}>${word}</button>` : nothing}</div>`;
  }

  #used() {
    const { org_name: org, at, purpose, classes = [] } = this.keeper.used;
    return this.#instead({
      role: 'alert', icon: 'check-lg', tone: 'good', heading: html`已被 ${org || '接入方'} 使用`, word: '再次出示', label: '再次出示（刷新服务码）',
      text: html`<p>${dateTime(at)}${purpose ? html`<br>用途：${purpose}` : nothing}${classes.length
        ? html`<br>授权内容：${classes.join('、')}` : nothing}</p>`,
    });
  }

  #absent() {
    const { phase, error, busy } = this.keeper;
    switch (phase) {
      case 'used': return this.#used();
      case 'offline': return this.#instead({
        icon: 'wifi-off', heading: '无网络', text: html`<p>暂时不能展示服务码。请检查网络，恢复后将自动刷新。</p>`, word: busy ? '' : '刷新',
      });
      case 'elsewhere': return this.#instead({
        icon: 'qr-code', heading: '正在其他页面亮码', text: html`<p>同一时间只有一个页面展示服务码，此页的码已停用。</p>`, word: '在此页亮码', label: '在此页亮码（刷新服务码）',
      });
      case 'expired': return this.#instead({
        icon: 'clock-history', heading: '服务码已失效', text: html`<p>${busy ? '正在刷新。' : '请刷新后出示。'}</p>`, word: busy ? '' : '刷新',
      });
      case 'refused': {
        const words = errorWords(error);
        return this.#instead({
          icon: 'exclamation-circle-fill', heading: words.heading, word: busy ? '' : '刷新',
          text: html`<p>${words.detail}${words.requestId ? html`<br>请求编号 ${words.requestId}` : nothing}</p>`,
        });
      }
      default: return html`<div class="instead" role="status"><span class="mark"><zwm-icon name="hourglass-split"></zwm-icon></span>
        <p>正在取得服务码</p></div>`;
    }
  }

  // --- the code and its time ---

  #timer() {
    const { code, soon, online, seconds } = this.keeper;
    const whole = code.refreshAt - code.issuedAt || 1;
    const rest = Math.min(1, seconds.refresh / whole);
    const text = seconds.refresh > 0 || online ? `${seconds.refresh} 秒后刷新` : `${seconds.end} 秒后失效`;
    return html`<span class="timer ${soon ? 'soon' : ''}"><svg class="ring" viewBox="0 0 24 24" aria-hidden="true"><circle class="whole" cx="12" cy="12"
      r="9"></circle><circle cx="12" cy="12" r="9" stroke-dasharray=${`${rest * RING} ${RING}`}></circle></svg><span role="timer">${text}</span></span>`;
  }

  #times() {
    const { code } = this.keeper;
    return html`<div class="times"><span class="clock">${clock(this.session.clock.now() / 1000)}</span>${code ? this.#timer() : nothing}</div>`;
  }

  #live() {
    const { code } = this.keeper;
    if (!code) return html`<div class="place">${this.#absent()}</div>`;
    return html`<div class="place">${this.large ? nothing : html`<img src=${code.image} alt=${codeName(code, this.#person.name)} draggable="false"
      @click=${() => { this.large = true; }}>`}</div>`;
  }

  #card() {
    const { code, online, phase, busy } = this.keeper;
    const person = this.#person;
    return html`<section class="card" aria-label="服务码" aria-busy=${busy && !code ? 'true' : 'false'}>
      <div class="who"><span><strong>${person.name}</strong> <span class="no">${person.id_no}</span></span>${this.#change()}</div>
      ${this.#live()}
      ${this.#times()}
      ${online || phase === 'offline' ? nothing : html`<p class="offline" role="status"><zwm-icon name="wifi-off"></zwm-icon>无网络</p>`}
      ${code ? html`<div class="acts">
          <button class="button" type="button" @click=${() => this.keeper.refresh()}><zwm-icon name="arrow-clockwise"></zwm-icon>刷新</button>
          <button class="button" type="button" @click=${() => { this.large = true; }}><zwm-icon name="arrows-fullscreen"></zwm-icon>放大</button>
        </div><p class="hint">请调亮屏幕，向工作人员出示，勿截图</p>` : nothing}
    </section>`;
  }

  // --- for whom ---

  #change() {
    if (!this.state.enterprises?.length) return nothing;
    return html`<button class="button" type="button" @click=${this.#chooseWhom}><zwm-icon name="arrow-left-right"></zwm-icon>切换</button>`;
  }

  async #chooseWhom() {
    const { whom } = await import('./whom.js');
    const index = await whom(this.state);
    if (index !== undefined) await this.keeper.actFor(index);
  }

  // --- choices ---

  #classes() {
    const n = this.session.chosen.length;
    return html`<button class="choose" type="button" aria-expanded=${this.sheet ? 'true' : 'false'} @click=${this.#toggleSheet}>
        <span>授权内容 · ${n ? `${n} 项` : '仅身份信息'}</span><zwm-icon name=${this.sheet ? 'chevron-down' : 'chevron-right'}></zwm-icon></button>
      ${this.sheet ? html`<zwm-show-classes .session=${this.session} .classes=${this.state.classes ?? []}
        @zwm-close=${this.#closeSheet}></zwm-show-classes>` : nothing}`;
  }

  // The code stays in sight above the sheet.
  async #toggleSheet() {
    this.sheet = !this.sheet;
    await this.updateComplete;
    if (this.sheet) this.renderRoot.querySelector('.place').scrollIntoView({ block: 'start' });
  }

  async #closeSheet() {
    this.sheet = false;
    await this.updateComplete;
    this.renderRoot.querySelector('.choose').focus();
  }

  render() {
    const { code } = this.keeper;
    return html`${this.#card()}${this.#classes()}
      <div class="symbologies"><zwm-choice label="码制" label-hidden .options=${SYMBOLOGIES} .value=${this.keeper.symbology}
        @change=${(event) => this.keeper.show(event.target.value)}></zwm-choice></div>
      ${this.sheet ? html`<div class="room"></div>` : nothing}
      ${this.large && code ? html`<zwm-show-enlarged .image=${code.image} .name=${codeName(code, this.#person.name)}
        .time=${clock(this.session.clock.now() / 1000)} .left=${this.keeper.seconds.refresh} @zwm-close=${this.#closeLarge}></zwm-show-enlarged>` : nothing}`;
  }

  async #closeLarge() {
    this.large = false;
    await this.updateComplete;
    [...this.renderRoot.querySelectorAll('.acts .button')].at(-1)?.focus();
  }
}

define('zwm-show-code', ZwmShowCode);
