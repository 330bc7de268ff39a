// <zwm-people heading="示例政务服务码" .items=${tabs} selected="show">: the shell of pages for people. Phone first, at most
// 480 px wide in the middle of a desktop; with `wide` (the enterprise space) a column of functions stands at the left there.
// The page puts its <main> inside; content with slot="ID" shows with its tab, content without a slot always. Without tabs it
// is a plain page (login, consent).
import { css, html, nothing } from './lit.js';
import { define } from './element.js';
import { buttons } from './styles.js';
import { elder, setElder } from './prefs.js';
import { ZwmTabs } from './tabs.js';
import './icon.js';
import './settings.js';

const DESKTOP = matchMedia('(min-width: 768px)');

class ZwmPeople extends ZwmTabs {
  static properties = {
    heading: {}, // name of the system
    wide: { type: Boolean, reflect: true },
    bare: { type: Boolean, reflect: true }, // no switches: inside a frame of somebody else's page
  };

  static styles = [...ZwmTabs.styles, buttons, css`
    :host { display: flex; flex-direction: column; min-height: 100dvh; max-width: var(--phone); margin-inline: auto; }
    header { display: flex; flex-wrap: wrap; gap: 0 var(--space-1); align-items: center; padding: var(--space-2) var(--space-2) var(--space-2) var(--space-4); }
    .name { flex: 1 1 7em; min-width: 0; font-size: var(--type-l); font-weight: 600; line-height: 1.3; }
    .switches { display: flex; margin-inline-start: auto; }
    header .button { padding-inline: var(--space-2); }
    header .button[aria-pressed="true"] { border-color: var(--primary); background: var(--surface); }
    .page { flex: 1; min-width: 0; padding: var(--space-1) var(--space-4) var(--space-6); }
    nav {
      position: sticky; inset-block-end: 0; z-index: 5; padding-block-end: env(safe-area-inset-bottom);
      border-block-start: 1px solid var(--line); background: var(--surface);
    }
    @media (min-width: 481px) {
      nav { border: 1px solid var(--line); border-block-end: 0; border-radius: var(--radius-card) var(--radius-card) 0 0; }
    }
    @media (min-width: 768px) {
      :host([wide]) {
        display: grid; grid-template: auto 1fr / 13rem minmax(0, 1fr); gap: 0 var(--space-4); max-width: 75rem; padding-inline: var(--space-4);
      }
      :host([wide]) header { grid-column: 1 / 3; padding-inline: 0; }
      :host([wide]) nav { position: static; grid-area: 2 / 1; border: 0; background: none; }
      :host([wide]) .page { grid-area: 2 / 2; padding-inline: 0; }
      :host([wide]) .page.alone { grid-area: 2 / 1 / 3 / 3; }
      :host([wide]) .tabs { flex-direction: column; gap: var(--space-1); }
      :host([wide]) .tabs button {
        flex: none; flex-direction: row; gap: var(--space-3); justify-content: flex-start; padding-inline: var(--space-4);
        min-height: var(--target); border-radius: var(--radius); font-size: var(--type-m);
      }
      :host([wide]) .tabs button[aria-selected="true"] { background: var(--surface); }
      :host([wide]) .tabs zwm-icon { font-size: 1em; }
      :host([wide]) .tabs .badge { position: static; margin-inline-start: auto; }
    }
  `];

  #update = () => {
    this.vertical = this.wide && DESKTOP.matches;
    // Messages at the foot (live.js) keep clear of the bar.
    document.documentElement.style.setProperty('--bar', this.items.length && !this.vertical ? 'max(56px, var(--target))' : '0px');
    this.requestUpdate();
  };

  constructor() {
    super();
    this.heading = '';
    this.look = 'bar';
    this.label = '功能';
    this.wide = false;
    this.bare = false;
  }

  connectedCallback() {
    super.connectedCallback();
    window.addEventListener('zwm-prefs', this.#update);
    DESKTOP.addEventListener('change', this.#update);
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    window.removeEventListener('zwm-prefs', this.#update);
    DESKTOP.removeEventListener('change', this.#update);
    document.documentElement.style.removeProperty('--bar');
  }

  willUpdate(changed) {
    if (changed.has('items') || changed.has('wide')) this.#update();
  }

  #header() {
    const on = elder();
    return html`<header><div class="name">${this.heading}</div><slot name="header"></slot>
      ${this.bare ? nothing : html`<div class="switches">
        <button class="button quiet" type="button" aria-pressed=${on ? 'true' : 'false'} @click=${() => setElder(!elder())}>${
          on ? html`<zwm-icon name="check-lg"></zwm-icon>` : nothing}长辈版</button>
        <button class="button quiet" type="button" @click=${() => this.renderRoot.querySelector('zwm-settings').show()}><zwm-icon
          name="gear"></zwm-icon>设置</button></div>
`}</header>${this.bare ? nothing : html`<zwm-settings></zwm-settings>`}`;
  }

  render() {
    if (this.items.length === 0) return html`${this.#header()}<div class="page alone"><slot></slot></div>`;
    return html`${this.#header()}<div class="page" role="tabpanel" id="panel"><slot></slot><slot
      name=${this.selected}></slot></div><nav aria-label="主要功能">${this.renderTabs()}</nav>`;
  }
}

define('zwm-people', ZwmPeople);
