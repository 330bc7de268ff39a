// <zwm-settings>: the sheet 「显示设置」 with theme and elder mode; show() opens it. Used by both shells.
import { css, html } from './lit.js';
import { define, ZwmElement } from './element.js';
import { elder, setElder, setTheme, theme } from './prefs.js';
import './check.js';
import './choice.js';
import './dialog.js';

const THEMES = [{ value: 'system', label: '跟随系统' }, { value: 'light', label: '浅色' }, { value: 'dark', label: '深色' }];

class ZwmSettings extends ZwmElement {
  static styles = [...ZwmElement.styles, css`
    :host { display: contents; }
  `];

  #update = () => this.requestUpdate();

  connectedCallback() {
    super.connectedCallback();
    window.addEventListener('zwm-prefs', this.#update);
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    window.removeEventListener('zwm-prefs', this.#update);
  }

  async show() {
    await this.updateComplete;
    return this.renderRoot.querySelector('zwm-dialog').show();
  }

  render() {
    return html`<zwm-dialog heading="显示设置" look="sheet" no="" .content=${html`
      <zwm-choice label="外观" look="list" .options=${THEMES} .value=${theme()} @change=${(event) => setTheme(event.target.value)}></zwm-choice>
      <zwm-check label="长辈版" .checked=${elder()} @change=${(event) => setElder(event.target.checked)}>文字和按钮更大</zwm-check>
    `}></zwm-dialog>`;
  }
}

define('zwm-settings', ZwmSettings);
