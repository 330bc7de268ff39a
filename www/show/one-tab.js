// Of several pages of one browser, one shows a code: the last that the person came to. A page that goes out of view lets go
// when its code has died, so that the next one's code is not taken for the old one.
const NAME = 'zwm-show';
const WAIT_MS = 1000;

export class OneTab {
  #release;

  #lost;

  /** @param {() => void} lost called when another page has taken over */
  constructor(lost) {
    this.#lost = lost;
  }

  #ask(options) {
    return new Promise((resolve) => {
      let held = false;
      navigator.locks.request(NAME, options, () => {
        held = true;
        const done = new Promise((release) => { this.#release = release; });
        resolve(true);
        return done;
      }).catch(() => {
        if (!held) resolve(false);
        else if (this.#release) {
          this.#release = undefined;
          this.#lost();
        }
      });
    });
  }

  /** Becomes the page that shows. */
  async take() {
    if (this.#release || !navigator.locks) return;
    if (!await this.#ask({ signal: AbortSignal.timeout(WAIT_MS) })) await this.#ask({ steal: true });
  }

  letGo() {
    this.#release?.();
    this.#release = undefined;
  }
}
