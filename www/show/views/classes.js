// 「授权内容」: what the next code is for. A sheet over the foot of the page that leaves the code above in sight; each choice is
// saved at once.
import { css, html, nothing } from '/shared/lit.js';
import { define, ZwmElement } from '/shared/element.js';
import { buttons } from '/shared/styles.js';
import { errorWords } from '/shared/errors.js';
import { toast } from '/shared/live.js';
import '/shared/check.js';
import '/shared/icon.js';

const KINDS = { data: '信息', file: '证照文件' };

class ZwmShowClasses extends ZwmElement {
  static properties = { session: { attribute: false }, classes: { attribute: false } };

  static styles = [...ZwmElement.styles, buttons, css`
    section {
      position: fixed; inset-block-end: calc(var(--bar, 0px) + env(safe-area-inset-bottom)); inset-inline-start: 50%; translate: -50%; z-index: 4;
      display: grid; grid-template: auto minmax(0, 1fr) / minmax(0, 1fr); width: min(100vw, var(--phone)); max-height: min(44dvh, 30rem);
      border: 1px solid var(--line); border-radius: var(--radius-card) var(--radius-card) 0 0; background: var(--surface); box-shadow: 0 -4px 16px var(--shade);
    }
    .head { display: flex; gap: var(--space-3); align-items: center; padding: var(--space-2) var(--space-2) 0 var(--space-4); }
    h2 { flex: 1; font-size: var(--type-l); font-weight: 600; }
    h2:focus { outline: none; }
    .body { padding: 0 var(--space-4) var(--space-4); overflow: auto; overscroll-behavior: contain; }
    .body > p { padding-block-end: var(--space-2); color: var(--muted); }
  `];

  firstUpdated() {
    this.renderRoot.querySelector('h2').focus({ preventScroll: true });
  }

  async #choose(entry, on) {
    const chosen = new Set(this.session.chosen);
    if (on) chosen.add(entry.class);
    else chosen.delete(entry.class);
    try {
      await this.session.choose([...chosen]);
    } catch (error) {
      const words = errorWords(error);
      toast(`未能保存授权内容：${words.heading}`, { kind: 'bad' });
      await this.session.look().catch(() => {});
    }
  }

  render() {
    return html`<section aria-labelledby="heading" @keydown=${(event) => { if (event.key === 'Escape') this.emit('zwm-close'); }}>
      <div class="head"><h2 id="heading" tabindex="-1">选择授权内容</h2>
        <button class="button quiet" type="button" @click=${() => this.emit('zwm-close')}><zwm-icon name="x-lg"></zwm-icon>关闭</button></div>
      <div class="body" tabindex="0" role="group" aria-labelledby="heading">
        <p>接入方验码后，只能取得您勾选的内容；授权仅限当次使用。选择从下次刷新起生效。</p>
        ${this.classes.length ? this.classes.map((c) => html`<zwm-check label=${c.name} value=${c.class} .checked=${Boolean(c.chosen)}
          @change=${(event) => this.#choose(c, event.target.checked)}>${KINDS[c.kind] ?? nothing}</zwm-check>`) : html`<p>暂无可授权的内容，出示时仅表明身份。</p>`}
      </div></section>`;
  }
}

define('zwm-show-classes', ZwmShowClasses);
