// <zwm-show-camera>: the picture of the camera, and `zwm-read` {text} for a code in it. It starts by itself only if the person
// allowed it before. For the scan page, whose policy alone lets the reader run.
import { css, html, nothing } from '/shared/lit.js';
import { define, ZwmElement } from '/shared/element.js';
import { qrReader } from '/shared/qr-reader.js';
import { buttons } from '/shared/styles.js';
import '/shared/icon.js';

const LOOK_MS = 150; // between two pictures that are read
const SIDE = 640; // pixels; more does not read better, only slower

const REASONS = {
  NotAllowedError: '未获得相机权限。可在浏览器设置中允许使用相机，或在下方输入请求码。',
  NotFoundError: '此设备没有可用的相机，请在下方输入请求码。',
};

class ZwmShowCamera extends ZwmElement {
  static properties = { on: { state: true }, reason: { state: true }, starting: { state: true } };

  static styles = [...ZwmElement.styles, buttons, css`
    .view {
      position: relative; display: grid; place-items: center; gap: var(--space-3); min-height: 15rem; max-height: 50dvh; overflow: hidden;
      border: 1px solid var(--line); border-radius: var(--radius-card); background: var(--surface); text-align: center;
    }
    video { width: 100%; height: 100%; max-height: 50dvh; object-fit: cover; }
    .closed { display: grid; gap: var(--space-3); justify-items: center; padding: var(--space-4); }
    .closed > zwm-icon { font-size: var(--type-xxl); color: var(--muted); }
    p { color: var(--muted); text-wrap: balance; }
  `];

  #stream;

  #timer;

  #canvas = document.createElement('canvas');

  #hidden = () => {
    if (document.visibilityState === 'hidden') this.stop();
  };

  connectedCallback() {
    super.connectedCallback();
    document.addEventListener('visibilitychange', this.#hidden);
    navigator.permissions?.query({ name: 'camera' }).then(({ state }) => {
      if (state === 'granted' && this.isConnected) this.start();
    }).catch(() => {});
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    document.removeEventListener('visibilitychange', this.#hidden);
    this.stop();
  }

  async start() {
    if (this.on || this.starting) return;
    this.starting = true;
    this.reason = '';
    const reader = qrReader();
    reader.catch(() => {});
    try {
      if (!navigator.mediaDevices) throw new DOMException('', 'NotFoundError');
      this.#stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: 'environment' }, audio: false });
      this.on = true;
      await this.updateComplete;
      const video = this.renderRoot.querySelector('video');
      video.srcObject = this.#stream;
      await video.play();
      this.#look(video, await reader);
    } catch (error) {
      this.stop();
      this.reason = REASONS[error?.name] ?? '相机未能打开，请在下方输入请求码。';
    } finally {
      this.starting = false;
    }
  }

  stop() {
    clearTimeout(this.#timer);
    this.#stream?.getTracks().forEach((track) => track.stop());
    this.#stream = undefined;
    this.on = false;
  }

  async #look(video, read) {
    if (!this.on) return;
    const { videoWidth: w, videoHeight: h } = video;
    if (w > 0) {
      const scale = Math.min(1, SIDE / Math.min(w, h));
      Object.assign(this.#canvas, { width: Math.round(w * scale), height: Math.round(h * scale) });
      const context = this.#canvas.getContext('2d', { willReadFrequently: true });
      context.drawImage(video, 0, 0, this.#canvas.width, this.#canvas.height);
      const [text] = await read(context.getImageData(0, 0, this.#canvas.width, this.#canvas.height)).catch(() => []);
      if (!this.on) return;
      if (text) this.emit('zwm-read', { text });
    }
    this.#timer = setTimeout(() => this.#look(video, read), LOOK_MS);
  }

  render() {
    return html`<div class="view">${this.on
      ? html`<video playsinline muted aria-label="相机画面"></video>`
      : html`<div class="closed"><zwm-icon name="qr-code-scan"></zwm-icon><p>${this.reason || '打开相机，对准接入方出示的请求码'}</p>
        <button class="button" type="button" ?disabled=${this.starting} @click=${this.start}>${this.starting ? '正在打开' : '打开相机'}</button></div>`}</div>
      ${this.on ? html`<p class="small">请将请求码放入画面</p>` : nothing}`;
  }
}

define('zwm-show-camera', ZwmShowCamera);
