// <zwm-consent .asked=${{org_name, what}}>: whether an application may have the person's information. Sends `zwm-decide` with
// grant or refuse; both are the same size.
import { css, html, nothing } from '/shared/lit.js';
import { define, ZwmElement } from '/shared/element.js';
import '/shared/button.js';
import '/shared/icon.js';

class ZwmConsent extends ZwmElement {
  static properties = { asked: { attribute: false }, busy: { attribute: false }, error: { attribute: false } };

  static styles = [...ZwmElement.styles, css`
    section { display: grid; gap: var(--space-4); grid-template-columns: minmax(0, 1fr); padding: var(--space-6) var(--space-4); border: 1px solid var(--line); border-radius: var(--radius-card); background: var(--surface); }
    h1 { margin: 0; font-size: var(--type-xl); font-weight: 600; line-height: 1.35; overflow-wrap: anywhere; text-wrap: balance; }
    ul { display: grid; gap: var(--space-2); padding: var(--space-3) var(--space-4); border: 1px solid var(--line); border-radius: var(--radius); }
    li { display: flex; gap: var(--space-2); align-items: baseline; overflow-wrap: anywhere; }
    li zwm-icon { color: var(--primary); }
    .decide { display: grid; gap: var(--space-3); grid-template-columns: 1fr 1fr; }
    .error { color: var(--bad); }
  `];

  #tell(decision) {
    this.emit('zwm-decide', decision);
  }

  render() {
    const { org_name: org, what = [] } = this.asked;
    return html`<section><h1>${org} 请求取得您的信息</h1>
      <p>同意后，将向该应用提供：</p>
      <ul>${what.map((text) => html`<li><zwm-icon name="check-lg"></zwm-icon><span>${text}</span></li>`)}</ul>
      <p class="muted">同意后会记住您的选择，可随时在「我的」中撤销。</p>
      ${this.error ? html`<p class="error" role="alert">${this.error}</p>` : nothing}
      <div class="decide">
        <zwm-button wide ?busy=${this.busy === 'refuse'} @click=${() => this.#tell('refuse')}>拒绝</zwm-button>
        <zwm-button wide variant="primary" ?busy=${this.busy === 'grant'} @click=${() => this.#tell('grant')}>同意</zwm-button>
      </div></section>`;
  }
}

define('zwm-consent', ZwmConsent);
