// Style sheets that several elements adopt. Colours and sizes come from tokens.css through inheritance.
import { css } from './lit.js';

export const reset = css`
  *, ::before, ::after { box-sizing: border-box; }
  :host { display: block; font-size: var(--body); line-height: var(--leading); color: var(--text); }
  :host([hidden]), [hidden] { display: none !important; }
  h2, h3, p, ul, ol, dl, dd, fieldset, legend, figure { margin: 0; padding: 0; }
  ul, ol { list-style: none; }
  fieldset { border: 0; min-width: 0; }
  a { color: var(--primary); text-underline-offset: .2em; }
  button, input, select, textarea { font: inherit; color: inherit; letter-spacing: inherit; }
  zwm-icon { flex: none; }
  :focus { outline: none; }
  :focus-visible { outline: 2px solid var(--primary); outline-offset: 2px; }
  .visually-hidden {
    position: absolute; width: 1px; height: 1px; margin: -1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap;
  }
  .muted { color: var(--muted); }
  .small { font-size: var(--type-s); }
`;

/** `class="button"`, with `primary`, `danger`, `quiet` beside: for buttons inside other elements. */
export const buttons = css`
  .button {
    display: inline-flex; align-items: center; justify-content: center; gap: var(--space-2);
    min-height: var(--target); min-width: var(--target); padding: var(--space-1) var(--space-4); margin: 0;
    border: 1px solid var(--muted); border-radius: var(--radius); background: var(--surface); color: var(--text);
    font-weight: 500; line-height: 1.3; text-decoration: none; white-space: nowrap; cursor: pointer; user-select: none;
    transition: border-color var(--motion), background-color var(--motion), color var(--motion);
  }
  .button:hover { border-color: var(--primary); color: var(--primary); }
  .button:active { background: var(--bg); }
  .button.primary { border-color: var(--primary); background: var(--primary); color: var(--on-primary); }
  .button.danger { border-color: var(--bad); background: var(--bad); color: var(--on-bad); }
  .button.quiet { border-color: transparent; background: transparent; color: var(--primary); padding-inline: var(--space-3); }
  .button.quiet:hover { background: var(--bg); }
  .button.primary:hover, .button.danger:hover { text-decoration: underline; text-underline-offset: .2em; }
  .button:disabled { border-color: var(--line); background: var(--bg); color: var(--muted); cursor: not-allowed; text-decoration: none; }
  .button[aria-disabled="true"] { cursor: progress; text-decoration: none; }
  @media (forced-colors: active) { .button { border-color: ButtonText; } }
`;

/** Text fields, lists of choices and what stands around them. */
export const fields = css`
  .control {
    display: block; width: 100%; min-height: var(--target); padding: var(--space-2) var(--space-3); margin: 0;
    border: 1px solid var(--muted); border-radius: var(--radius); background: var(--surface); color: var(--text);
    transition: border-color var(--motion);
  }
  .control:hover:not(:disabled) { border-color: var(--primary); }
  .control:focus-visible { outline-offset: 2px; }
  .control::placeholder { color: var(--muted); opacity: 1; }
  .control:disabled, .control:read-only:not(select) { background: var(--bg); }
  .control:disabled { color: var(--muted); border-color: var(--line); cursor: not-allowed; }
  .control[aria-invalid="true"] { border-color: var(--bad); box-shadow: inset 0 0 0 1px var(--bad); }
  textarea.control { resize: vertical; min-height: calc(var(--target) * 2); }
  select.control { appearance: none; padding-inline-end: var(--space-10); }
  .name { display: block; margin-block-end: var(--space-1); }
  .label { font-weight: 500; }
  .required { color: var(--bad); margin-inline-start: var(--space-1); }
  .hint { margin-block-start: var(--space-1); font-size: var(--type-s); color: var(--muted); }
  .error {
    display: flex; gap: var(--space-1); align-items: baseline; margin-block-start: var(--space-1);
    font-size: var(--type-s); color: var(--bad);
  }
  .error zwm-icon { translate: 0 .15em; }
`;
