// The code on show in the frame: asked for, replaced before it ends, taken away when it is used, over or out of view. A code
// stands in `code` only as long as it is live.
import { FrameSession } from './frame-session.js';

const TICK_MS = 250;
const ASK_MS = 2000; // between questions, where what happens is not pushed
const AGAIN_MS = 3000; // between tries while the network is away or the system is busy
const SPREAD_MS = 500; // after a break all pages come back at one moment

export class CodeKeeper extends EventTarget {
  /** waiting, loading, live, used, expired, offline, refused, ended */
  phase = 'waiting';

  code; // {sqbh, image, deadline, refreshAt, issuedAt}, Unix seconds

  used; // {org_name, at}, with phase used

  error; // an ApiError, with phase refused

  busy = false;

  session = new FrameSession();

  #origin;

  #tell;

  #scene = '';

  #symbology = 'qr';

  #queue = Promise.resolve();

  #again = 0; // performance.now() before which nothing is tried again

  #asked = 0; // performance.now() of the next question, where nothing is pushed

  #news = Infinity; // performance.now() of the next question, where it is: something was said

  #source;

  constructor({ origin, tell }) {
    super();
    this.#origin = origin;
    this.#tell = tell;
    document.addEventListener('visibilitychange', () => this.#seen());
    window.addEventListener('pagehide', () => this.#leave());
    window.addEventListener('online', () => { this.#again = 0; });
    setInterval(() => this.#tick(), TICK_MS);
  }

  /** Seconds until the code on show is replaced. */
  get left() {
    return this.code ? Math.max(0, Math.ceil(this.code.refreshAt - this.session.now() / 1000)) : 0;
  }

  // --- what the page around and the person want ---

  choose(scene, symbology, renew) {
    const same = scene === this.#scene && symbology === this.#symbology;
    this.#scene = scene;
    this.#symbology = symbology;
    if (renew && !same && this.phase !== 'used') this.refresh();
  }

  open(token) {
    this.#do(async () => {
      this.#leave();
      this.session.close();
      this.#source?.close();
      this.used = undefined;
      this.#set('loading');
      await this.session.enter(token, this.#origin);
      this.#listen();
      await this.#issue();
    });
  }

  refresh() {
    this.#again = 0;
    this.#do(() => (this.session.open ? this.#renew() : undefined));
  }

  // --- one thing after the other ---

  #do(task) {
    this.#queue = this.#queue.then(async () => {
      this.busy = true;
      try {
        await task();
      } catch (error) {
        this.#failed(error);
      } finally {
        this.busy = false;
        this.dispatchEvent(new Event('change'));
      }
    });
  }

  #set(phase) {
    this.phase = phase;
    this.dispatchEvent(new Event('change'));
  }

  #drop(phase) {
    this.code = undefined;
    this.#set(phase);
  }

  #failed(error) {
    if (error?.kind === 'ended') {
      this.#end();
      return;
    }
    this.#again = performance.now() + AGAIN_MS;
    this.error = error;
    if (error?.kind === 'network') {
      // What surely was not sent changed nothing; else nobody knows whether a new code took this one's place.
      if (this.code && navigator.onLine === false) return;
      this.#expire('offline');
    } else if (error?.kind === 'busy') {
      if (!this.code) this.#set('refused');
    } else {
      this.#expire('refused');
      this.#tell('error', { error_code: error?.code || '9003' });
    }
  }

  #expire(phase) {
    const was = this.code;
    this.#drop(phase);
    if (was) this.#tell('expired');
  }

  #end() {
    if (!this.session.open) return;
    this.session.close();
    this.#source?.close();
    this.#drop('ended');
    this.#tell('token-needed');
  }

  // --- in view and out of it ---

  #seen() {
    if (document.visibilityState !== 'visible') this.#leave();
    else if (this.session.open && this.phase !== 'used') this.refresh();
  }

  // Gone here at once, and dead at the server. Sent now: a page that is being left sends nothing later.
  #leave() {
    if (!this.code) return;
    this.#drop('loading');
    this.session.call('hide', {}, { keepalive: true }).catch(() => {}); // else it dies by itself within the minute
  }

  // --- the code ---

  // The first look tells whether the old one was used meanwhile: that must be said, not passed over.
  async #renew() {
    const before = this.code;
    if (before) await this.#look();
    if (before && this.phase === 'used') return;
    await this.#issue();
  }

  async #issue() {
    if (document.visibilityState !== 'visible' || !this.session.open) return;
    const item = await this.session.call('code', { symbology: this.#symbology, ...(this.#scene && { scene: this.#scene }) });
    if (document.visibilityState !== 'visible') {
      await this.session.call('hide');
      return;
    }
    this.used = undefined;
    this.code = {
      sqbh: item.sqbh, image: `data:image/svg+xml;charset=utf-8,${encodeURIComponent(item.svg)}`, deadline: item.deadline,
      issuedAt: item.issued_at, refreshAt: item.issued_at + item.refresh_after_sec,
    };
    this.#set('live');
    this.#tell('shown', { sqbh: item.sqbh, deadline: item.deadline });
  }

  // --- what became of it ---

  async #look() {
    this.#asked = performance.now() + ASK_MS;
    this.#news = Infinity;
    const { code } = this;
    const { code: now } = await this.session.look();
    if (!code || this.code !== code) return;
    if (now?.sqbh === code.sqbh && now.state === 'used') {
      this.used = now.used ?? {};
      this.#drop('used');
      this.#tell('used', { sqbh: code.sqbh });
    } else if (now?.sqbh !== code.sqbh || now.state !== 'live') this.#expire('expired');
  }

  // Pushed if that gets through; else the server is asked.
  #listen() {
    const { events } = this.session.state;
    this.#source = undefined;
    if (!events?.startsWith('/') || events.startsWith('//')) return;
    this.#source = new EventSource(events);
    this.#source.onopen = () => { this.#news = performance.now() + Math.random() * SPREAD_MS; };
    this.#source.onmessage = () => { this.#news = 0; };
  }

  get #mustAsk() {
    if (this.busy || !this.session.open || document.visibilityState !== 'visible') return false;
    return performance.now() >= (this.#source?.readyState === EventSource.OPEN ? this.#news : this.#asked);
  }

  #tick() {
    const { code } = this;
    if (code && this.session.now() >= code.deadline * 1000) this.#expire(navigator.onLine === false ? 'offline' : 'expired');
    const due = this.code ? this.left <= 0 : ['expired', 'offline'].includes(this.phase) || (this.phase === 'refused' && this.error?.kind === 'busy');
    if (due && this.session.open && !this.busy && performance.now() >= this.#again) {
      this.#again = performance.now() + AGAIN_MS;
      this.#do(() => this.#renew());
    } else if (this.#mustAsk) this.#do(() => this.#look());
    this.dispatchEvent(new Event('tick'));
  }
}
