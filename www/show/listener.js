// Tells at once that something happened to the session's code: pushed by the server where that gets through, else by asking
// each two seconds. `look` is called to ask, `told` with what was pushed.
const ASK_MS = 2000;
const AGAIN_MS = 10000; // a stream that the server refused is asked for again
const SPREAD_MS = 500; // after a break all pages come back at one moment: not all ask in it

export class Listener {
  #source;

  #timer;

  #path;

  #opened = 0;

  constructor({ look, told }) {
    Object.assign(this, { look, told });
  }

  /** @param {string} [path] of the server's events, of this origin; without it the server is asked */
  start(path) {
    if (this.#timer && path === this.#path) return;
    this.stop();
    this.#path = path;
    if (path && 'EventSource' in window) this.#listen(path);
    this.#timer = setInterval(() => {
      if (this.#source?.readyState === EventSource.OPEN) return;
      if (this.#source?.readyState === EventSource.CLOSED && performance.now() - this.#opened > AGAIN_MS) this.#listen(path);
      this.look();
    }, ASK_MS);
  }

  #listen(path) {
    const url = new URL(path, location.origin);
    if (url.origin !== location.origin) return;
    this.#opened = performance.now();
    this.#source = new EventSource(url);
    // What was said while nobody listened is lost.
    this.#source.onopen = () => setTimeout(() => this.look(), Math.random() * SPREAD_MS);
    this.#source.onmessage = ({ data }) => {
      try {
        this.told(JSON.parse(data));
      } catch {
        this.look();
      }
    };
  }

  stop() {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#source?.close();
    this.#source = undefined;
  }
}
