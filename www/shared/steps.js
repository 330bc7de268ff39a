// <zwm-steps .items=${[{label: '申请', at: 1763791200, state: 'done'}, …]}>: a life cycle as a line of steps with dates.
// state: done, now, bad, todo. By the side on a desktop, one below the other on a phone.
import { css, html, nothing } from './lit.js';
import { define, ZwmElement } from './element.js';
import { dateTime } from './time.js';
import './icon.js';

const WORDS = { done: '已完成', now: '进行中', bad: '未通过', todo: '未开始' };
const ICONS = { done: 'check-lg', bad: 'x-lg' };

class ZwmSteps extends ZwmElement {
  static properties = { items: { attribute: false }, label: {} };

  static styles = [...ZwmElement.styles, css`
    :host { container-type: inline-size; }
    ol { display: flex; }
    li { position: relative; flex: 1; min-width: 0; padding-inline-end: var(--space-3); }
    li::before {
      content: ""; position: absolute; inset-block-start: calc(.875em - 1px); inset-inline: calc(1.75em + var(--space-2)) var(--space-2);
      border-block-start: 2px solid var(--line);
    }
    li:last-child::before { display: none; }
    li.done::before { border-color: var(--primary); }
    .mark {
      display: grid; place-items: center; width: 1.75em; height: 1.75em; margin-block-end: var(--space-1); border: 2px solid var(--muted);
      border-radius: 50%; background: var(--surface); color: var(--muted); font-size: 1em; font-weight: 600; line-height: 1;
    }
    .mark zwm-icon { font-size: .875em; vertical-align: 0; }
    .done .mark { border-color: var(--primary); color: var(--primary); }
    .now .mark { border-color: var(--primary); background: var(--primary); color: var(--on-primary); }
    .bad .mark { border-color: var(--bad); background: var(--bad); color: var(--on-bad); }
    .name { display: block; }
    .todo .name { color: var(--muted); }
    .now .name { font-weight: 600; }
    .small { display: block; }
    @container (max-width: 600px) {
      ol { flex-direction: column; }
      li { display: grid; grid-template-columns: auto minmax(0, 1fr); gap: 0 var(--space-3); padding-block-end: var(--space-4); }
      li::before {
        inset: calc(1.75em + var(--space-1)) auto var(--space-1) calc(.875em - 1px); border-block-start: 0; border-inline-start: 2px solid var(--line);
      }
      .mark { grid-row: 1 / 3; margin: 0; }
    }
  `];

  constructor() {
    super();
    this.items = [];
    this.label = '办理进度';
  }

  render() {
    return html`<ol aria-label=${this.label}>${this.items.map((item, i) => html`
      <li class=${item.state} aria-current=${item.state === 'now' ? 'step' : nothing}>
        <span class="mark" aria-hidden="true">${ICONS[item.state]
          ? html`<zwm-icon name=${ICONS[item.state]}></zwm-icon>` : i + 1}</span>
        <div><span class="name">${item.label}<span class="visually-hidden">，${WORDS[item.state]}</span></span>
        ${item.at ? html`<span class="small muted">${dateTime(item.at)}</span>` : nothing}
        ${item.note ? html`<span class="small muted">${item.note}</span>` : nothing}</div>
      </li>`)}</ol>`;
  }
}

define('zwm-steps', ZwmSteps);
