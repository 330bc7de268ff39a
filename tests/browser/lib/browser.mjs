// A headless Chromium for the tests. Every page is watched: a violation of the content security policy, an uncaught error, an
// error on the console or a request to another origin fails the test that opened it.
import assert from 'node:assert/strict';
import { createHash, X509Certificate } from 'node:crypto';
import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { chromium } from 'playwright-core';

export const BASE = process.env.ZWM_BASE_URL;
const VAR = process.env.ZWM_VAR;
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

// The keys of this instance's certificates: the one thing beyond a usual browser's trust that is accepted.
function trustedKeys() {
  return ['server.crt', 'ca.crt'].map((name) => {
    const key = new X509Certificate(readFileSync(path.join(VAR, 'tls', name))).publicKey;
    return createHash('sha256').update(key.export({ type: 'spki', format: 'der' })).digest('base64');
  }).join(',');
}

/** Starts a browser with an empty directory of its own. `args` adds to its command line (a fake camera). */
export function launch({ args = [] } = {}) {
  return chromium.launch({
    executablePath: process.env.ZWM_CHROMIUM ?? '/usr/bin/chromium',
    headless: true,
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
      '--disable-component-update', '--disable-sync', `--ignore-certificate-errors-spki-list=${trustedKeys()}`, ...args],
  });
}

/** The sizes and themes each page is looked at in. `elder` is the attribute of prefs.js. */
export const WIDTHS = [[360, 740], [768, 1024], [1440, 900]];
export const MODES = [{ name: 'light' }, { name: 'dark', colorScheme: 'dark' }, { name: 'elder', elder: true }];

/**
 * Opens a page that is watched.
 * @param {import('playwright-core').Browser} browser
 * @param {object} [options]
 * @param {[number, number]} [options.size]
 * @param {'light'|'dark'} [options.colorScheme]
 * @param {boolean} [options.elder]
 * @param {object} [options.context] further options of the context
 * @param {string[]} [options.origins] other origins that the page may ask
 * @param {RegExp[]} [options.allow] errors on the console that belong to the test (a refused call)
 * @returns {Promise<import('playwright-core').Page & {troubles: string[], finish: () => Promise<void>}>} finish() closes it and
 *   fails if there was trouble
 */
export async function open(browser, { size = [1440, 900], colorScheme = 'light', elder = false, context: more = {}, allow = [], origins = [] } = {}) {
  const context = await browser.newContext({
    viewport: { width: size[0], height: size[1] }, colorScheme, locale: 'zh-CN', timezoneId: 'America/New_York',
    reducedMotion: 'reduce', baseURL: BASE, ...more,
  });
  const page = await context.newPage();
  const troubles = [];
  page.troubles = troubles;
  await context.exposeBinding('zwmViolation', (source, text) => { troubles.push(`policy: ${text}`); });
  await context.addInitScript(() => {
    document.addEventListener('securitypolicyviolation', (event) => {
      window.zwmViolation(`${event.effectiveDirective} ${event.blockedURI} ${event.sourceFile}:${event.lineNumber} ${event.sample}`);
    });
  });
  if (elder) {
    await context.addInitScript(() => { try { localStorage.setItem('zwm.elder', '1'); } catch { /* a blank page has none */ } });
  }
  page.on('pageerror', (error) => troubles.push(`error: ${error.stack ?? error}`));
  page.on('console', (message) => {
    if (message.type() !== 'error' && message.type() !== 'warning') return;
    if (!allow.some((pattern) => pattern.test(message.text()))) troubles.push(`console: ${message.text()} ${message.location().url}`);
  });
  page.on('request', (request) => {
    if (![BASE, ...origins].some((origin) => request.url().startsWith(`${origin}/`)) && !/^(data|blob|about):/.test(request.url())) troubles.push(`request to ${request.url()}`);
  });
  page.finish = async () => {
    await context.close();
    assert.deepEqual(troubles, []);
  };
  return page;
}

/** The policy that nginx really sends with the pages. */
export async function policy(page) {
  const answer = await page.context().request.get('/', { ignoreHTTPSErrors: true });
  return answer.headers()['content-security-policy'];
}

/** Serves files that are in no product under the instance's own origin and with its own policy: for pages of tests. */
export async function serve(page, prefix, directory) {
  const csp = await policy(page);
  const types = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript', '.css': 'text/css' };
  await page.route((url) => url.pathname.startsWith(prefix), (route) => {
    const name = path.join(directory, new URL(route.request().url()).pathname.slice(prefix.length) || 'index.html');
    return route.fulfill({ body: readFileSync(name), contentType: types[path.extname(name)], headers: { 'Content-Security-Policy': csp } });
  });
}

/**
 * axe-core on what is shown now; fails with what it finds. Without its preloading of style sheets, which writes a style
 * element of its own and so breaks the policy.
 */
export async function assertAccessible(page, what = page.url()) {
  const session = await page.context().newCDPSession(page);
  const evaluate = async (expression) => {
    const { result, exceptionDetails } = await session.send('Runtime.evaluate', { expression, awaitPromise: true, returnByValue: true });
    assert.equal(exceptionDetails, undefined, exceptionDetails?.exception?.description);
    return result.value;
  };
  await evaluate(`if (!window.axe) { ${AXE}; } null`);
  const found = JSON.parse(await evaluate(`axe.run(document, {resultTypes: ['violations'], preload: false}).then((r) => JSON.stringify(r.violations
    .map((v) => ({rule: v.id, help: v.help, nodes: v.nodes.map((n) => n.target.flat().join(' ') + ' | ' + n.failureSummary)}))))`));
  await session.detach();
  assert.deepEqual(found, [], `axe-core: ${what}`);
}

/** Keeps a picture of the whole page, if the run wants pictures. */
export async function shot(page, name) {
  const directory = process.env.ZWM_SHOTS;
  if (!directory) return;
  mkdirSync(directory, { recursive: true });
  await page.screenshot({ path: path.join(directory, `${name}.png`), fullPage: true });
}

/** Nothing sticks out at the side. */
export async function assertFits(page, what = page.url()) {
  const [scroll, client] = await page.evaluate(() => [document.documentElement.scrollWidth, document.documentElement.clientWidth]);
  assert.ok(scroll <= client, `${what}: ${scroll} px wide in a window of ${client}`);
}

/** Elder mode: no text under 18 px, nothing pressed under 60 px, through all shadow roots. */
export async function assertElder(page, what = page.url()) {
  const small = await page.evaluate(() => {
    const found = [];
    const shown = (element) => element.checkVisibility({ checkOpacity: false, checkVisibilityCSS: true });
    const look = (root) => {
      for (const element of root.querySelectorAll('*')) {
        if (element.shadowRoot) look(element.shadowRoot);
        if (!shown(element)) continue;
        const style = getComputedStyle(element);
        const clipped = style.clipPath !== 'none' || element.closest('.visually-hidden');
        const text = [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
        if (text && !clipped && parseFloat(style.fontSize) < 17.99) found.push(`${style.fontSize} ${element.localName}: ${element.textContent.trim().slice(0, 20)}`);
        if (element.matches('button, a.button, select') && !clipped) {
          const { width, height } = element.getBoundingClientRect();
          if (height < 59.9 || width < 59.9) found.push(`${Math.round(width)}x${Math.round(height)} ${element.localName}: ${element.textContent.trim().slice(0, 20)}`);
        }
      }
    };
    look(document);
    return found;
  });
  assert.deepEqual(small, [], what);
}
