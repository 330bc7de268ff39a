// The other side of index.js in the show page: answers application pages that stand in frames of the scene zone.
//
// A page is answered if it is in one of the frames that `frames` gives and is still at that frame's own origin; the server is told
// the origin that the browser names, and gives a ticket for the app that registered it, to nobody else.
import { call } from '/shared/api.js';
import { errorWords } from '/shared/errors.js';

const isEnded = (error) => error?.kind === 'ended';

/**
 * @param {object} options
 * @param {() => Iterable<HTMLIFrameElement>} options.frames the frames in which application pages stand now
 * @param {(asked: {org_name: string, what: string[]}) => Promise<boolean>} options.consent asks the person
 * @param {() => void} options.login leads to the login: the session has ended
 * @param {(act: 'close'|'show'|'hide', frame: HTMLIFrameElement) => void} [options.navigate] what a page asks of its surroundings
 * @param {(next?: string) => void} [options.left] the person has logged out by a page; `next`: where to go, at the identity provider
 * @returns {() => void} stops it
 */
export function hostApps({ frames, consent, login, navigate, left }) {
  async function ticket(origin) {
    const { item } = await call('/user/api/ticket', { body: { origin } });
    if (item.state !== 'consent') return item;
    const agreed = await consent({ org_name: item.org_name, what: item.what ?? [] });
    const decided = await call('/user/api/consent', { body: { app_id: item.app_id, decision: agreed ? 'grant' : 'refuse', origin } });
    return { dialect: item.dialect, ...decided.item };
  }

  const ACTS = {
    hello: () => ({}),
    state: async () => {
      await call('/show/api/state', { body: {} });
      return { state: 'in' };
    },
    ticket: async (origin) => {
      const { state, ticket: given, type, dialect } = await ticket(origin);
      return { state, ticket: given, type, dialect };
    },
    login: () => {
      login();
      return {};
    },
    logout: async () => {
      const { item } = await call('/show/api/end', { body: {} });
      left?.(item?.next);
      return { state: 'out' };
    },
  };
  for (const act of ['close', 'show', 'hide']) {
    ACTS[act] = (origin, frame) => {
      navigate?.(act, frame);
      return {};
    };
  }

  async function hear(event) {
    const { zwm, id, act } = event.data ?? {};
    if (zwm !== 'jssdk' || !Object.hasOwn(ACTS, act)) return;
    const frame = [...frames()].find((one) => one.contentWindow === event.source);
    if (!frame || new URL(frame.src).origin !== event.origin) return;
    let answer;
    try {
      answer = await ACTS[act](event.origin, frame);
    } catch (error) {
      answer = isEnded(error) ? { state: 'none' } : { error: errorWords(error).heading };
    }
    event.source.postMessage({ ...answer, zwm: 'jssdk', id }, event.origin);
  }

  window.addEventListener('message', hear);
  return () => window.removeEventListener('message', hear);
}
