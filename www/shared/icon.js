// <zwm-icon name="search">: a symbol of shared/icons.svg (www/vendor.json lists them). Always beside a word that says the
// same, so it is hidden from assistive technology.
import { css, html } from './lit.js';
import { define, ZwmElement } from './element.js';

class ZwmIcon extends ZwmElement {
  static properties = { name: {} };

  static styles = [css`
    :host { display: inline-block; width: 1.125em; height: 1.125em; line-height: 0; vertical-align: -.2em; }
    svg { width: 100%; height: 100%; fill: currentColor; }
  `];

  constructor() {
    super();
    this.name = '';
  }

  render() {
    return html`<svg aria-hidden="true" focusable="false"><use href="/shared/icons.svg#${this.name}"></use></svg>`;
  }
}

define('zwm-icon', ZwmIcon);
