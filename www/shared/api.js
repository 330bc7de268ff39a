// Calls of the pages to their own responders: JSON both ways, the answer's document as everywhere (interface 2). A failed
// call throws an ApiError (errors.js), whose words come from one table. Two events on the window:
//   zwm-session-ended   the session is unknown or over (8001): the page shows its login and keeps what was filled in
//   zwm-online          detail true or false: the network came back or went
import { ApiError, kindOf } from './errors.js';

export { ApiError, errorWords } from './errors.js';

let csrf = '';

/** The session's token against forged requests: from the answer that opens or tells of the session; kept in memory only. */
export function setCsrfToken(token) {
  csrf = token ?? '';
}

for (const name of ['online', 'offline']) {
  window.addEventListener(name, () => {
    window.dispatchEvent(new CustomEvent('zwm-online', { detail: name === 'online' }));
  });
}

// Ends with our time limit or the caller's own signal, whichever is first.
function limited(signal, timeoutMs) {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(new ApiError('timeout')), timeoutMs);
  const pass = () => controller.abort(signal.reason);
  if (signal?.aborted) pass();
  else signal?.addEventListener('abort', pass, { once: true });
  return {
    signal: controller.signal,
    free() {
      clearTimeout(timer);
      signal?.removeEventListener('abort', pass);
    },
  };
}

function address(path, query) {
  const url = new URL(path, location.origin);
  if (url.origin !== location.origin) throw new TypeError(`not an address of this system: ${path}`);
  for (const [name, value] of Object.entries(query ?? {})) {
    if (value !== undefined && value !== null && value !== '') url.searchParams.set(name, value);
  }
  return url;
}

async function documentOf(response) {
  let read;
  try {
    read = await response.json();
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
  return read?.process_response ?? (typeof read === 'object' && read !== null ? read : undefined);
}

// The field that an error message names behind its last colon: 「字段值无效：subject.id_no」.
const fieldOf = (message) => /：([A-Za-z_][\w.[\]]*)$/.exec(message ?? '')?.[1] ?? '';

function failure(response, answer) {
  const code = String(answer?.error_code ?? '');
  const error = new ApiError(kindOf(code, response.status), {
    code,
    status: response.status,
    message: answer?.error_msg ?? '',
    field: fieldOf(answer?.error_msg),
    requestId: answer?.request_id ?? '',
  });
  if (error.kind === 'ended') window.dispatchEvent(new CustomEvent('zwm-session-ended', { detail: { code } }));
  return error;
}

/**
 * @param {string} path of this origin
 * @param {object} [options]
 * @param {string} [options.method] POST if there is a body, else GET
 * @param {object} [options.body] sent as JSON; a FormData or Blob is sent as it is
 * @param {Record<string, unknown>} [options.query] empty values are left out
 * @param {AbortSignal} [options.signal] ending a call by it throws its reason (an AbortError), which no page shows
 * @param {number} [options.timeoutMs] for the whole call, 15000
 * @param {boolean} [options.keepalive] goes out even if the page is left meanwhile
 * @returns {Promise<{items: object[], item: object|undefined, inProgress: boolean, requestId: string, answer: object}>}
 * @throws {ApiError}
 */
export async function call(path, { method, body, query, signal, timeoutMs = 15000, keepalive = false } = {}) {
  const verb = method ?? (body === undefined ? 'GET' : 'POST');
  const headers = { Accept: 'application/json' };
  if (csrf && verb !== 'GET') headers['Zwm-Csrf'] = csrf;
  let sent = body;
  if (body !== undefined && !(body instanceof FormData) && !(body instanceof Blob)) {
    headers['Content-Type'] = 'application/json';
    sent = JSON.stringify(body);
  }
  const wasOffline = navigator.onLine === false;
  const limit = limited(signal, timeoutMs);
  try {
    const response = await fetch(address(path, query), {
      method: verb, headers, body: sent, signal: limit.signal, keepalive, cache: 'no-store', credentials: 'same-origin', redirect: 'error',
    });
    const answer = await documentOf(response);
    if (!response.ok || answer?.result_code === '102') throw failure(response, answer);
    if (!answer) throw new ApiError('failed', { status: response.status });
    const items = Array.isArray(answer.items) ? answer.items : [];
    return { items, item: items[0], inProgress: answer.result_code === '103', requestId: answer.request_id ?? '', answer };
  } catch (error) {
    if (limit.signal.aborted) throw limit.signal.reason;
    if (error instanceof TypeError && !/not an address/.test(error.message)) {
      // Whether a write that got no answer was done, nobody knows here.
      if (wasOffline) throw new ApiError('offline');
      throw new ApiError(verb === 'GET' ? (navigator.onLine === false ? 'offline' : 'network') : 'uncertain');
    }
    throw error;
  } finally {
    limit.free();
  }
}

/** True for what a page's own AbortController ended: nothing to show. */
export const wasAborted = (error) => error?.name === 'AbortError';
