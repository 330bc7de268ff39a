// A person's session, and the calls made in it. token.js has taken the token out of the address; the session's
// key is in a cookie that no script sees; the token against forged requests comes with what opens or resumes it.
//
// Events: `state` when there is a new one, `ended` when the session is over.
import { ApiError, call, setCsrfToken } from '/shared/api.js';
import { ServerClock } from './server-clock.js';

const TOKEN = /^#([A-Za-z0-9_-]{43})$/;

/** The token that the page was opened with, or that was put into its address since; once. @returns {string} '' if there is none */
export function takeToken() {
  const token = TOKEN.exec(location.hash)?.[1] ?? window.zwmToken ?? '';
  delete window.zwmToken;
  if (location.hash) history.replaceState(null, '', location.pathname + location.search);
  return token;
}

export class Session extends EventTarget {
  /** What the server last told; undefined before the first answer. */
  state;

  clock = new ServerClock();

  ended = false;

  #choosing = Promise.resolve();

  #wanted; // classes that are being saved: an answer on its way may not know of them

  constructor() {
    super();
    window.addEventListener('zwm-session-ended', () => {
      if (this.state) this.end();
    });
  }

  /** One call of the show page. Whatever answer tells the time sets the clock. */
  async call(name, body = {}, options = {}) {
    const sent = ServerClock.start();
    const answer = await call(`/show/api/${name}`, { body, ...options });
    this.clock.sync(answer.item?.now_ms, sent);
    return answer;
  }

  #take({ item }) {
    if (item.csrf) setCsrfToken(item.csrf);
    this.state = this.#wanted ? { ...item, classes: this.#marked(item.classes) } : item;
    this.ended = false;
    this.dispatchEvent(new Event('state'));
    return item;
  }

  #marked(classes = []) {
    return classes.map((c) => ({ ...c, chosen: this.#wanted.has(c.class) }));
  }

  /** Opens the session of a token. */
  async enter(token) {
    setCsrfToken('');
    return this.#take(await this.call('enter', { token }));
  }

  /**
   * Goes on with the session of the cookie, after a login or when the page is loaded again.
   * @throws {ApiError} of kind `ended` if there is none
   */
  async resume() {
    const { item } = await call('/login/api/who', { body: {} });
    if (!item.logged_in) throw new ApiError('ended');
    setCsrfToken(item.csrf);
    return this.look();
  }

  /** Asks for the state. */
  async look() {
    return this.#take(await this.call('state'));
  }

  /** Saves what codes are for, from the next one on; one after the other, so that the last choice is the one that stays. */
  choose(classes, acting) {
    const wanted = new Set(classes);
    this.#wanted = wanted;
    this.#take({ item: this.state });
    const mine = this.#choosing.then(async () => {
      try {
        const answer = await this.call('choose', acting === undefined ? { classes } : { classes, acting });
        if (this.#wanted === wanted) this.#wanted = undefined;
        return this.#take(answer);
      } finally {
        if (this.#wanted === wanted) this.#wanted = undefined;
      }
    });
    this.#choosing = mine.catch(() => {});
    return mine;
  }

  /** Resolves when no choice is under way any more. */
  get saved() {
    return this.#choosing;
  }

  get chosen() {
    return (this.state?.classes ?? []).filter((c) => c.chosen).map((c) => c.class);
  }

  /** 「退出」: the server forgets the session. @returns {Promise<string>} where to log out too, '' if nowhere */
  async leave() {
    const { item } = await this.call('end');
    this.end();
    return /^https?:\/\//.test(item?.next ?? '') ? item.next : '';
  }

  /** The session is over: nothing of it is kept. */
  end() {
    if (this.ended) return;
    this.ended = true;
    setCsrfToken('');
    this.dispatchEvent(new Event('ended'));
  }
}
