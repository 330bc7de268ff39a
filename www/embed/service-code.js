// <service-code token scene symbology>: shows a person's service code on a portal's page.
//
// The code lives in a frame of the code system's own origin. The page that stands around it can neither see nor use what is in
// there: it hands a show token in, and gets events out. See /embed/ for how to use it.
const SYSTEM = new URL(import.meta.url).origin;
const HERE = location.origin;
const ANSWER_MS = 8000; // a frame that is loaded and says nothing so long was refused to this page
const EVENTS = {
  shown: ['sqbh', 'deadline'], used: ['sqbh'], expired: [], 'token-needed': [], error: ['error_code'],
};

const sheet = new CSSStyleSheet();
sheet.replaceSync(`:host { display: block; min-width: 240px; max-width: 400px; }
:host([hidden]) { display: none; }
iframe { display: block; width: 100%; height: 440px; border: 0; color-scheme: light; }`);

class ServiceCode extends HTMLElement {
  static observedAttributes = ['token', 'scene', 'symbology'];

  #frame;

  #port; // to the frame, once it has answered

  #token; // not handed over yet

  #given; // the last one that was

  #timer;

  #hear = (event) => {
    if (event.source === this.#frame?.contentWindow && event.origin === SYSTEM && event.data === 'zwm-ready') this.#connect();
  };

  constructor() {
    super();
    this.attachShadow({ mode: 'open' }).adoptedStyleSheets = [sheet];
  }

  get token() { return this.getAttribute('token') ?? ''; }

  set token(value) { this.setAttribute('token', value); }

  get scene() { return this.getAttribute('scene') ?? ''; }

  set scene(value) { this.setAttribute('scene', value); }

  get symbology() { return this.getAttribute('symbology') || 'qr'; }

  set symbology(value) { this.setAttribute('symbology', value); }

  /**
   * Opens the session of a show token; the one before it is left.
   * @param {string} token
   */
  open(token) {
    this.#token = String(token);
    this.#hand();
  }

  connectedCallback() {
    window.addEventListener('message', this.#hear);
    const frame = document.createElement('iframe');
    frame.title = '服务码';
    frame.allow = 'screen-wake-lock';
    frame.addEventListener('load', () => {
      clearTimeout(this.#timer);
      if (!this.#port) this.#timer = setTimeout(() => this.#tell({ event: 'error', error_code: '8008' }), ANSWER_MS);
    });
    frame.src = `${SYSTEM}/embed/frame?origin=${HERE}`;
    this.#frame = frame;
    this.shadowRoot.replaceChildren(frame);
    if (this.token && this.token !== this.#given) this.#token = this.token;
    // Moved to another place: the frame is a new one, and the session is gone with the old.
    else if (this.#given) queueMicrotask(() => this.#tell({ event: 'token-needed' }));
  }

  disconnectedCallback() {
    window.removeEventListener('message', this.#hear);
    this.#leave();
    this.#frame?.remove();
    this.#frame = undefined;
  }

  attributeChangedCallback(name, before, now) {
    if (before === now || !this.#frame) return;
    if (name === 'token') {
      if (now) this.open(now);
    } else this.#port?.postMessage({ scene: this.scene, symbology: this.symbology });
  }

  #leave() {
    clearTimeout(this.#timer);
    this.#port?.close();
    this.#port = undefined;
  }

  // The frame has been loaded, for the first time or again: what is said from now on goes through a channel of its own.
  #connect() {
    this.#leave();
    const { port1, port2 } = new MessageChannel();
    this.#port = port1;
    port1.onmessage = ({ data }) => this.#tell(data);
    this.#frame.contentWindow.postMessage('zwm-port', SYSTEM, [port2]);
    this.#hand();
  }

  #hand() {
    if (!this.#port || this.#token === undefined) return;
    this.#port.postMessage({ token: this.#token, scene: this.scene, symbology: this.symbology });
    this.#given = this.#token;
    this.#token = undefined;
  }

  #tell(data) {
    if (!this.isConnected) return;
    if (data.height > 0) this.#frame.style.setProperty('height', `${Math.ceil(data.height)}px`);
    const members = EVENTS[data.event];
    if (!members) return;
    this.dispatchEvent(new CustomEvent(`zwm-${data.event}`, {
      bubbles: true, composed: true, detail: Object.fromEntries(members.map((name) => [name, data[name]])),
    }));
  }
}

if (!customElements.get('service-code')) customElements.define('service-code', ServiceCode);
