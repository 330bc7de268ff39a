// What the tests of the show page have in common: a channel that opens sessions, a third party that verifies, a person each.
import { withKeyFile, System, expectDone, verifyBody } from '../../api/lib/system.mjs';
import { newKey } from '../../api/lib/client.mjs';
import { newUscc, otherPerson, residentId } from '../../api/lib/people.mjs';
import { readPicture } from './symbols.mjs';
import { open } from './browser.mjs';

export const CLASS = { id: '1.2.156.3002.9999.01.01', name: '居民基本信息（示例）' };

let day = Math.floor(Math.random() * 9000);

/** Somebody of this test only, so that the records are its own. */
export function somebody(more = {}) {
  day += 1;
  const birth = new Date(Date.UTC(1911, 0, 1 + day)).toISOString().slice(0, 10).replaceAll('-', '');
  return { ...otherPerson, name: '示例甲', id_no: residentId('110101', birth, '000'), ...more };
}

export class Stage {
  static async up() {
    const stage = new Stage();
    stage.zwm = System.fromEnvironment();
    stage.channel = await stage.zwm.app('channel', 'page-ch');
    stage.third = await stage.zwm.app('third-party', 'page-tp');
    stage.org = '测试page-tp';
    await stage.zwm.inForce();
    return stage;
  }

  /** A third party of any name, as an attacker would register it. */
  async named(appId, name) {
    const key = newKey();
    await withKeyFile(key, (file) => this.zwm.zwm('app', 'add', '--app-id', `${appId}-${this.zwm.tag}`, '--kind', 'third-party', '--name', name,
      '--uscc', newUscc(), '--public-key', file));
    await this.zwm.inForce();
    return this.zwm.client(`${appId}-${this.zwm.tag}`, key);
  }

  async session(subject = somebody(), more = {}) {
    const answer = await this.channel.call('/api/v1/show/session', { subject, ...more });
    expectDone(answer);
    return { ...answer.item, subject };
  }

  /** A watched page with a session opened in it. */
  async page(browser, { subject, session, path = '/show/', ...options } = {}) {
    const opened = session ?? await this.session(subject);
    const page = await open(browser, { size: [360, 740], ...options });
    page.session = opened;
    if (options.before) await options.before(page);
    await page.goto(`${path}#${opened.show_token}`);
    return page;
  }

  async verify(page, more = {}, by = this.third) {
    return by.verify(verifyBody(await codeText(page), more));
  }

  close() {
    this.zwm.close();
  }
}

export const image = (page) => page.getByRole('img', { name: /^服务码/ });

/** The text of the code on show, read from the screen. */
export async function codeText(page) {
  const [text] = await readPicture(await image(page).screenshot());
  if (!text) throw new Error('no QR code is read from the page');
  return text;
}

/** Whether any picture of a code is in the page, seen or not, through all shadow roots. */
export const codesInPage = (page) => page.evaluate(() => {
  let n = 0;
  const look = (root) => {
    for (const element of root.querySelectorAll('*')) {
      if (element.shadowRoot) look(element.shadowRoot);
      if (element.localName === 'img' || /data:image\/svg|<svg[^>]*viewBox="0 0 2/.test(element.getAttribute('src') ?? '')) n += 1;
    }
  };
  look(document);
  return n;
});

/** The browser says that the page went out of view, or came back. */
export const setVisible = (page, visible) => page.evaluate((state) => {
  Object.defineProperty(document, 'visibilityState', { configurable: true, get: () => state });
  Object.defineProperty(document, 'hidden', { configurable: true, get: () => state === 'hidden' });
  document.dispatchEvent(new Event('visibilitychange'));
}, visible ? 'visible' : 'hidden');
