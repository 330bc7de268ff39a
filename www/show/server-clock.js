// The server's time, whatever the phone's clock says. Each answer with `now_ms` is a sample; the one that took least time on
// its way is the best. Two clocks of the phone are read, because one may be set by hand and the other may stand still while
// the phone sleeps: the one that has gone further counts, so that a code is never thought younger than it is.
const readings = () => [performance.now(), Date.now()];

const JUMP_MS = 2000; // the two clocks differ by more: somebody set one, or the phone slept
const KEEP_MS = 600000; // a sample older than this gives way to any new one

export class ServerClock {
  #sample;

  /** Call before the request is sent; give the result to sync(). */
  static start() {
    return readings();
  }

  sync(nowMs, sent) {
    const got = readings();
    const way = got[0] - sent[0];
    const old = this.#sample;
    if (!Number.isFinite(nowMs)) return;
    if (old && !this.jumped() && way > old.way && got[0] - old.at[0] < KEEP_MS) return;
    this.#sample = { nowMs, way, at: got };
  }

  get #elapsed() {
    const [steady, wall] = readings();
    const { at } = this.#sample;
    return Math.max(steady - at[0], wall - at[1]);
  }

  /** True if the phone slept or its clock was set since the sample: ask the server again. */
  jumped() {
    if (!this.#sample) return true;
    const [steady, wall] = readings();
    return Math.abs((wall - this.#sample.at[1]) - (steady - this.#sample.at[0])) > JUMP_MS;
  }

  get known() {
    return this.#sample !== undefined;
  }

  /** Unix milliseconds, the best guess: for what is shown. */
  now() {
    return this.#sample ? this.#sample.nowMs + this.#sample.way / 2 + this.#elapsed : Date.now();
  }

  /** Unix milliseconds, never behind the server's: for whether something is over. */
  latest() {
    return this.#sample ? this.#sample.nowMs + this.#sample.way + this.#elapsed : Date.now();
  }
}
