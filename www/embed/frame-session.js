// A person's session in the frame: its key, its calls, the server's time. The key is never kept anywhere but here.
import { ApiError, kindOf } from '/shared/errors.js';

const CALL_MS = 15000;
const readings = () => [performance.now(), Date.now()];

export class FrameSession {
  state; // what the server last told

  #key;

  #sample; // {nowMs, sent}

  /** Opens the session of a show token that was made for the page at `origin`. */
  async enter(token, origin) {
    this.#key = undefined;
    const state = await this.call('enter', { token, origin });
    this.#key = state.key;
    this.state = { ...state, key: undefined };
  }

  async look() {
    this.state = await this.call('state');
    return this.state;
  }

  get open() {
    return this.#key !== undefined;
  }

  close() {
    this.#key = undefined;
    this.state = undefined;
  }

  /** Unix milliseconds by the server's clock, never behind it, whatever the device's clock says and if it slept. */
  now() {
    if (!this.#sample) return Date.now();
    const [steady, wall] = readings();
    const { nowMs, sent } = this.#sample;
    return nowMs + Math.max(steady - sent[0], wall - sent[1]);
  }

  /** @throws {ApiError} */
  async call(name, body = {}, { keepalive = false } = {}) {
    const sent = readings();
    const headers = { Accept: 'application/json', 'Content-Type': 'application/json' };
    if (this.#key) headers['Zwm-Session'] = this.#key;
    let status;
    let answer;
    try {
      const response = await fetch(`/show/api/${name}`, {
        method: 'POST', headers, body: JSON.stringify(body), keepalive, credentials: 'omit', cache: 'no-store', redirect: 'error',
        signal: keepalive ? undefined : AbortSignal.timeout(CALL_MS),
      });
      status = response.status;
      answer = (await response.json()).process_response;
    } catch (error) {
      if (status === undefined || !(error instanceof SyntaxError)) throw new ApiError('network');
    }
    if (answer?.result_code !== '100') {
      const code = String(answer?.error_code ?? '');
      throw new ApiError(kindOf(code, status), { code, status, message: answer?.error_msg ?? '', requestId: answer?.request_id ?? '' });
    }
    const item = answer.items[0] ?? {};
    if (Number.isFinite(item.now_ms)) this.#sample = { nowMs: item.now_ms, sent };
    return item;
  }
}
