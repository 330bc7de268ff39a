// The code on show: asks for it, has it replaced before it ends, takes it away when it is used, when the page goes out of
// view, when another page shows one, when its time is over. A code stands in `code` only as long as it is live.
//
// Event `change` for everything that a view shows but the seconds; `tick` each second.
import { announce } from '/shared/live.js';
import { Listener } from './listener.js';
import { OneTab } from './one-tab.js';

const TICK_MS = 200;
const AGAIN_MS = 3000; // between tries while the network is away or the system is busy
const SOON_SEC = 10;
const AWAY = new Set(['offline', 'network', 'timeout', 'uncertain']);

// Nothing came back; an answer, whatever it says, shows that the network is there.
const isAway = (error) => AWAY.has(error?.kind) && !error.status;

const dataAddress = (svg) => `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svg)}`;

export class CodeKeeper extends EventTarget {
  /** loading, live, used, expired, offline, elsewhere, refused, ended */
  phase = 'loading';

  code; // {sqbh, image, symbology, issuedAt, deadline, refreshAt}, Unix seconds; undefined unless live

  used; // {org_name, purpose, at, classes} with phase used

  error; // an ApiError with phase refused and offline

  online = navigator.onLine !== false;

  symbology = 'qr';

  busy = false;

  #session;

  #wanted = false; // a view wants a code

  #queue = Promise.resolve();

  #timer;

  #second;

  #again = 0; // performance.now() before which nothing is tried again

  #said; // the code of which ten seconds were announced

  #wake;

  #tab = new OneTab(() => this.#drop('elsewhere'));

  #listener = new Listener({ look: () => this.look(), told: (what) => this.#told(what) });

  constructor(session) {
    super();
    this.#session = session;
    document.addEventListener('visibilitychange', () => this.#shown());
    window.addEventListener('pagehide', () => this.#leave());
    window.addEventListener('pageshow', (event) => { if (event.persisted) this.#shown(); });
    window.addEventListener('zwm-online', ({ detail }) => this.#network(detail));
    session.addEventListener('ended', () => { this.#drop('ended'); });
  }

  get #inView() {
    return this.#wanted && document.visibilityState === 'visible';
  }

  /** Seconds until it is replaced, and until it ends. */
  get seconds() {
    if (!this.code) return { refresh: 0, end: 0 };
    const now = this.#session.clock.latest() / 1000;
    return { refresh: Math.max(0, Math.ceil(this.code.refreshAt - now)), end: Math.max(0, Math.ceil(this.code.deadline - now)) };
  }

  get soon() {
    return this.code !== undefined && this.seconds.refresh <= SOON_SEC;
  }

  /** A view begins or ceases to show the code. */
  want(on) {
    if (this.#wanted === on) return;
    this.#wanted = on;
    this.#shown();
  }

  /** 「刷新」「再次出示」「在此页亮码」: the person asks for a new code. */
  refresh() {
    this.#again = 0;
    return this.#do(() => this.#renew(true));
  }

  show(symbology) {
    this.symbology = symbology;
    return this.refresh();
  }

  /** For whom codes are: himself (-1) or an enterprise. The code on show was the other's. */
  actFor(index) {
    return this.#do(async () => {
      this.#drop('loading');
      await this.#session.call('hide');
      await this.#session.choose(this.#session.chosen, index);
      this.used = undefined;
      await this.#issue();
    });
  }

  // --- coming and going ---

  #shown() {
    if (!this.#inView) {
      this.#leave();
      return;
    }
    this.#timer ??= setInterval(() => this.#tick(), TICK_MS);
    if (this.phase !== 'used' && this.phase !== 'ended') this.#do(() => this.#renew(false));
  }

  // Out of view: gone here at once, and dead at the server. What was used stays said until the person asks for a new one.
  #leave() {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#listener.stop();
    this.#sleep();
    let hidden;
    if (this.code) {
      this.#drop('loading');
      // Sent now: a page that is being left sends nothing later. If it fails, the code dies by itself within the minute.
      hidden = this.#session.call('hide', {}, { keepalive: true }).catch(() => {});
    }
    this.#do(async () => {
      await hidden;
      if (!this.#inView) this.#tab.letGo();
    });
  }

  // One after the other: a code that is asked for must not be ended by a leave that began before it.
  #do(task) {
    const mine = this.#queue.then(async () => {
      try {
        await task();
      } catch (error) {
        this.#failed(error);
      }
    });
    this.#queue = mine;
    return mine;
  }

  #set(phase) {
    this.phase = phase;
    this.dispatchEvent(new Event('change'));
  }

  // Takes the code off the page.
  #drop(phase) {
    this.code = undefined;
    this.#listener.stop();
    this.#sleep();
    this.#set(phase);
  }

  #network(on) {
    this.online = on;
    this.#again = 0;
    if (on && this.#inView && this.phase !== 'used' && this.phase !== 'ended') this.#do(() => this.#renew(false));
    else this.dispatchEvent(new Event('change'));
  }

  // --- asking ---

  // The first look tells whether the old one was used meanwhile: that must be said, not passed over.
  async #renew(asked) {
    if (!this.#inView || this.#session.ended) return;
    if (navigator.onLine === false) {
      this.online = false;
      if (this.code) this.dispatchEvent(new Event('change'));
      else this.#set(this.phase === 'used' ? 'used' : 'offline');
      return;
    }
    this.busy = true;
    this.dispatchEvent(new Event('change'));
    try {
      await this.#tab.take();
      if (this.code) {
        await this.#compare(this.code);
        if (this.phase === 'used') return;
      } else if (!asked && this.#session.state?.code?.state === 'used') {
        this.#wasUsed(this.#session.state.code);
        return;
      }
      await this.#issue();
    } finally {
      this.busy = false;
      this.dispatchEvent(new Event('change'));
    }
  }

  async #issue() {
    await this.#session.saved; // what the person has just chosen holds from this code on
    const { symbology, code: before } = this;
    const { item } = await this.#session.call('code', { symbology });
    this.online = true;
    // Gone out of view meanwhile; or the old one was used in this very moment, which is to be said first.
    if (!this.#inView || (before && this.phase === 'used')) {
      await this.#session.call('hide');
      return;
    }
    this.used = undefined;
    this.error = undefined;
    this.code = {
      sqbh: item.sqbh, image: dataAddress(item.svg), symbology, issuedAt: item.issued_at, deadline: item.deadline, refreshAt: item.issued_at + item.refresh_after_sec,
    };
    this.#set('live');
    this.#listener.start(this.#session.state?.events);
    this.#stayAwake();
    announce('新服务码已显示');
  }

  #failed(error) {
    const away = isAway(error);
    if (error?.kind === 'ended') return;
    this.error = error;
    this.#again = performance.now() + AGAIN_MS;
    if (away || error?.kind === 'busy') {
      this.online = !away;
      // Nobody knows whether a new one took the old one's place; what surely was not sent changed nothing.
      if (this.code && (error.kind === 'offline' || error.kind === 'busy')) this.dispatchEvent(new Event('change'));
      else if (this.phase !== 'used') this.#drop(away ? 'offline' : 'refused');
      return;
    }
    this.online = true;
    this.#drop('refused');
  }

  // --- what became of it ---

  /** Asks the server whether the code on show is still good. */
  async look() {
    const { code } = this;
    if (!code || this.busy || !this.#inView) return;
    try {
      await this.#compare(code);
      if (!this.online) {
        this.online = true;
        this.dispatchEvent(new Event('change'));
      }
    } catch (error) {
      if (!isAway(error) || this.code !== code) return;
      this.online = false;
      this.dispatchEvent(new Event('change'));
    }
  }

  async #compare(code) {
    const { code: now } = await this.#session.look();
    if (this.code !== code) return; // another one since the question was put
    if (now?.sqbh !== code.sqbh) this.#drop(now ? 'elsewhere' : 'expired');
    else if (now.state === 'used') this.#wasUsed(now);
    else if (now.state !== 'live') this.#drop(now.state === 'replaced' ? 'elsewhere' : 'expired');
  }

  #told({ what }) {
    if (what === 'ended') this.#session.end();
    else this.look();
  }

  #wasUsed({ used }) {
    this.used = used ?? {};
    this.#drop('used');
  }

  // --- time ---

  #tick() {
    const { clock } = this.#session;
    const { code } = this;
    if (code && clock.latest() >= code.deadline * 1000) this.#drop(this.online ? 'expired' : 'offline');
    const { refresh } = this.seconds;
    const due = code ? refresh <= 0 : ['expired', 'offline', 'refused'].includes(this.phase) && this.#triesAgain();
    if (due && !this.busy && performance.now() >= this.#again) {
      this.#again = performance.now() + AGAIN_MS;
      this.#do(() => this.#renew(false));
    }
    if (this.code && refresh > 0 && refresh <= SOON_SEC && this.#said !== this.code) {
      this.#said = this.code;
      announce(`还剩 ${SOON_SEC} 秒，将自动刷新`);
    }
    const second = Math.floor(clock.now() / 1000);
    if (second === this.#second) return;
    this.#second = second;
    this.dispatchEvent(new Event('tick'));
  }

  // By itself, only where nothing but time or the network stood in the way.
  #triesAgain() {
    return this.phase !== 'refused' || this.error?.kind === 'busy';
  }

  // --- the screen ---

  async #stayAwake() {
    if (this.#wake || !navigator.wakeLock) return;
    try {
      const wake = await navigator.wakeLock.request('screen');
      wake.addEventListener('release', () => { this.#wake = undefined; });
      if (this.code) this.#wake = wake;
      else await wake.release();
    } catch {
      // Battery saver: the screen goes dark when it wants to.
    }
  }

  #sleep() {
    this.#wake?.release().catch(() => {});
    this.#wake = undefined;
  }
}
