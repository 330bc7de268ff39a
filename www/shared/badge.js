// <zwm-badge kind="good">已发布</zwm-badge>: a state as a word with a shape. Kinds: good, warn, bad, now, off.
import { css, html } from './lit.js';
import { define, ZwmElement } from './element.js';
import './icon.js';

const ICONS = {
  good: 'check-circle-fill', warn: 'exclamation-triangle-fill', bad: 'exclamation-circle-fill', now: 'hourglass-split', off: 'dash-circle',
};

class ZwmBadge extends ZwmElement {
  static properties = { kind: { reflect: true } };

  static styles = [...ZwmElement.styles, css`
    :host { display: inline-flex; gap: var(--space-1); align-items: center; font-size: inherit; white-space: nowrap; }
    zwm-icon { font-size: .9em; }
    :host([kind="good"]) { color: var(--good); }
    :host([kind="warn"]) { color: var(--warn); }
    :host([kind="bad"]) { color: var(--bad); }
    :host([kind="now"]) { color: var(--primary); }
    :host([kind="off"]) { color: var(--muted); }
  `];

  constructor() {
    super();
    this.kind = 'off';
  }

  render() {
    return html`<zwm-icon name=${ICONS[this.kind] ?? ICONS.off}></zwm-icon><slot></slot>`;
  }
}

define('zwm-badge', ZwmBadge);
