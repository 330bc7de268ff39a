// <service-code> on pages of portals: what it shows and says, and what sites of others try (interface-people 2).
import assert from 'node:assert/strict';
import https from 'node:https';
import { after, before, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { expectDone, System, until, verifyBody } from '../api/lib/system.mjs';
import { otherPerson, residentId } from '../api/lib/people.mjs';
import { assertAccessible, assertFits, BASE, launch, open, shot } from './lib/browser.mjs';
import { embedding, site } from './lib/portal.mjs';
import { readPicture } from './lib/picture.mjs';

const zwm = System.fromEnvironment();
let browser;
let channel;
let other;
let third;
let portal;
let foreign;
let evil; // registered by nobody
let nth = 0;

before(async () => {
  browser = await launch();
  [portal, foreign, evil] = await Promise.all([site({}), site({}, '127.0.0.1'), site({})]);
  channel = await zwm.app('channel', 'embed-ch');
  other = await zwm.app('channel', 'embed-other');
  third = await zwm.app('third-party', 'embed-tp');
  await zwm.zwm('app', 'origins', channel.appId, '--set', portal.origin);
  await zwm.zwm('app', 'origins', other.appId, '--set', foreign.origin);
  await zwm.inForce();
});
after(async () => {
  await browser?.close();
  for (const one of [portal, foreign, evil]) one?.close();
  zwm.close();
});

const somebody = () => {
  nth += 1;
  return { ...otherPerson, name: '示例甲', id_no: residentId('110101', `1912${String(1 + (nth % 12)).padStart(2, '0')}01`, '000') };
};

async function session(app = channel, more = {}) {
  const answer = await app.call('/api/v1/show/session', { subject: somebody(), embed_origin: portal.origin, ...more });
  expectDone(answer);
  return answer.item;
}

// What the element says, with the time it took, kept by a listener on the page.
async function listen(page) {
  await page.addInitScript(() => {
    window.heard = [];
    for (const name of ['shown', 'used', 'expired', 'token-needed', 'error']) {
      document.addEventListener(`zwm-${name}`, (event) => window.heard.push({ name, detail: event.detail, element: event.target.localName }));
    }
  });
}
const heard = (page, name) => until(`zwm-${name}`, async () => (await page.evaluate(() => window.heard)).find((event) => event.name === name));

async function openPortal({ at = portal, token, symbology, path = '/', ...options } = {}) {
  at.pages[path] = embedding(BASE, { token, symbology });
  const page = await open(browser, { size: [360, 740], origins: [portal.origin, foreign.origin, evil.origin], ...options });
  await listen(page);
  await page.goto(at.origin + path);
  return page;
}
const frameOf = (page) => page.frameLocator('service-code >> iframe');
const image = (page) => frameOf(page).getByRole('img', { name: /^服务码/ });

const ask = (target, { headers = {}, body } = {}) => new Promise((resolve, reject) => {
  const request = https.request(`${BASE}${target}`, { method: body ? 'POST' : 'GET', headers: { ...(body && { 'Content-Type': 'application/json' }), ...headers } }, (answer) => {
    const parts = [];
    answer.on('data', (part) => parts.push(part));
    answer.on('end', () => resolve({ status: answer.statusCode, headers: answer.headers, text: Buffer.concat(parts).toString() }));
  });
  request.on('error', reject);
  request.end(body && JSON.stringify(body));
});

// --- what it does ---

test('a portal with the strictest policy shows a code, which is verified, and hears of it', async () => {
  const opened = await session();
  const page = await openPortal({ token: opened.show_token });
  const shown = await heard(page, 'shown');
  assert.deepEqual(Object.keys(shown.detail).sort(), ['deadline', 'sqbh']);
  assert.equal(shown.element, 'service-code');
  assert.match(shown.detail.sqbh, /^[0-9a-f]{32}$/);
  assert.ok(Math.abs(shown.detail.deadline - zwm.now() - 60) < 60);
  await image(page).waitFor();
  assert.match(await frameOf(page).getByRole('timer').textContent(), /^\d+ 秒后刷新$/);
  await assertFits(page);
  await assertAccessible(page);
  await shot(page, 'embed-live-360');
  const [code] = await readPicture(await image(page).screenshot());
  const began = performance.now();
  expectDone(await third.verify(verifyBody(code)));
  assert.deepEqual((await heard(page, 'used')).detail, { sqbh: shown.detail.sqbh });
  assert.ok(performance.now() - began < 3000);
  await frameOf(page).getByText('已被 测试embed-tp 使用').waitFor();
  assert.equal(await image(page).count(), 0);
  await assertAccessible(page);
  await shot(page, 'embed-used-360');
  await frameOf(page).getByRole('button', { name: '再次出示' }).click();
  await image(page).waitFor();
  await page.finish();
});

test('a spent token is 8007; the same element opens with a new one', async () => {
  const opened = await session();
  const first = await openPortal({ token: opened.show_token });
  await heard(first, 'shown');
  const page = await openPortal({ token: opened.show_token, path: '/again', allow: [/404/] });
  assert.deepEqual((await heard(page, 'error')).detail, { error_code: '8007' });
  assert.equal(await image(page).count(), 0);
  await shot(page, 'embed-spent-360');
  const next = await session();
  await page.evaluate((token) => document.querySelector('service-code').open(token), next.show_token);
  await heard(page, 'shown');
  await first.finish();
  await page.finish();
});

test('after `end` the element asks for a token within ten seconds, also after a use', async () => {
  for (const use of [false, true]) {
    const opened = await session();
    const page = await openPortal({ token: opened.show_token, allow: [/401/] });
    await image(page).waitFor();
    if (use) {
      const [code] = await readPicture(await image(page).screenshot());
      expectDone(await third.verify(verifyBody(code)));
      await heard(page, 'used');
    }
    const began = performance.now();
    expectDone(await channel.call('/api/v1/show/end', { session_no: opened.session_no }));
    assert.deepEqual((await heard(page, 'token-needed')).detail, {});
    assert.ok(performance.now() - began < 10000);
    assert.equal(await image(page).count(), 0);
    const next = await session();
    await page.evaluate((token) => { document.querySelector('service-code').setAttribute('token', token); }, next.show_token);
    await image(page).waitFor();
    await page.finish();
  }
});

test('a code that ends unused is taken away and said to have expired; a new one comes by itself', async () => {
  const opened = await session();
  const page = await openPortal({ token: opened.show_token, allow: [/ERR_FAILED|Failed to load/] });
  await image(page).waitFor();
  // No call gets through until the code is over: nothing replaces it.
  await page.route('**/show/api/**', (route) => route.abort());
  await until('the code is gone', async () => (await image(page).count()) === 0, { seconds: 70 });
  assert.deepEqual((await heard(page, 'expired')).detail, {});
  await frameOf(page).getByText('无网络').waitFor();
  await shot(page, 'embed-offline-360');
  await page.unroute('**/show/api/**');
  await image(page).waitFor();
  assert.equal((await page.evaluate(() => window.heard)).filter(({ name }) => name === 'shown').length, 2);
  await page.finish();
});

test('symbologies; one that is not there is an error', async () => {
  const opened = await session();
  const page = await openPortal({ token: opened.show_token, symbology: 'hanxin', allow: [/400/] });
  const first = await heard(page, 'shown');
  const before = await image(page).getAttribute('src');
  await page.evaluate(() => { document.querySelector('service-code').symbology = 'gridmatrix'; });
  await until('another picture', async () => (await image(page).getAttribute('src')) !== before);
  assert.notEqual((await page.evaluate(() => window.heard)).at(-1).detail.sqbh, first.detail.sqbh);
  await page.evaluate(() => { document.querySelector('service-code').symbology = 'aztec'; });
  assert.deepEqual((await heard(page, 'error')).detail, { error_code: '1003' });
  await page.finish();
});

test('an element that is moved asks for a token; its old code is dead', async () => {
  const opened = await session();
  const page = await openPortal({ token: opened.show_token });
  await image(page).waitFor();
  const [code] = await readPicture(await image(page).screenshot());
  await page.evaluate(() => document.body.append(document.querySelector('service-code')));
  await heard(page, 'token-needed');
  await until('the old code is dead', async () => (await third.verify(verifyBody(code))).error === '3006');
  await page.finish();
});

test('it works where third-party cookies are blocked, and sets none', async () => {
  const opened = await session();
  const page = await openPortal({ token: opened.show_token });
  await image(page).waitFor();
  assert.deepEqual(await page.context().cookies(), []);
  // This browser gives a frame of another site no storage at all.
  const stored = await page.frames()[1].evaluate(() => { try { return localStorage.length; } catch (error) { return error.name; } });
  assert.equal(stored, 'SecurityError');
  await page.finish();
});

// --- what others try ---

test('a page of another origin cannot frame it', async () => {
  for (const [at, named] of [[evil, portal], [evil, evil], [foreign, portal]]) {
    at.pages['/steal'] = `<!doctype html><title>x</title><iframe src="${BASE}/embed/frame?origin=${named.origin}"></iframe>`;
    const page = await open(browser, { origins: [evil.origin, foreign.origin], allow: [/frame-ancestors|ERR_BLOCKED/] });
    await page.goto(`${at.origin}/steal`, { waitUntil: 'load' });
    const answer = await ask(`/embed/frame?origin=${named.origin}`);
    assert.match(answer.headers['content-security-policy'], named === evil ? /frame-ancestors 'none';/ : new RegExp(`frame-ancestors ${named.origin};`));
    assert.ok(!page.frames().some((frame) => frame.url().startsWith(BASE)), `${at.origin} frames for ${named.origin}`);
    await page.context().close();
  }
});

test('nor can one around the portal\'s own page', async () => {
  const opened = await session();
  portal.pages['/inner'] = embedding(BASE, { token: opened.show_token });
  evil.pages['/outer'] = `<!doctype html><title>x</title><iframe src="${portal.origin}/inner"></iframe>`;
  const page = await open(browser, { origins: [evil.origin, portal.origin], allow: [/frame-ancestors|ERR_BLOCKED/] });
  await page.goto(`${evil.origin}/outer`, { waitUntil: 'load' });
  const inner = page.frames().find((frame) => frame.url().startsWith(portal.origin));
  await inner.waitForFunction(() => document.querySelector('service-code')?.shadowRoot?.querySelector('iframe'));
  await page.waitForLoadState('networkidle');
  assert.ok(!page.frames().some((frame) => frame.url().startsWith(BASE)));
  // nothing was spent
  const mine = await openPortal({ token: opened.show_token, path: '/mine' });
  await heard(mine, 'shown');
  await mine.finish();
  await page.context().close();
});

test('a stolen token opens at no other place, and is not spent by the try', async () => {
  const opened = await session();
  // on a page of another app that is registered
  const thief = await openPortal({ at: foreign, token: opened.show_token, allow: [/404/] });
  assert.deepEqual((await heard(thief, 'error')).detail, { error_code: '8007' });
  await thief.finish();
  // at our own address, and by calls that say what they like
  for (const body of [{}, { origin: foreign.origin }, { origin: `${portal.origin}/` }, { origin: portal.origin.toUpperCase() }]) {
    const answer = await ask('/show/api/enter', { body: { token: opened.show_token, ...body } });
    assert.equal(JSON.parse(answer.text).process_response.error_code, '8007', JSON.stringify(body));
  }
  // a script of the portal's own page or of another site is no page of ours
  for (const headers of [{ Origin: portal.origin }, { Origin: evil.origin }, { Origin: 'null' }, { 'Sec-Fetch-Site': 'cross-site' }]) {
    const answer = await ask('/show/api/enter', { headers, body: { token: opened.show_token, origin: portal.origin } });
    assert.equal(JSON.parse(answer.text).process_response.error_code, '8001', JSON.stringify(headers));
  }
  // a token for our own address opens in no frame
  const own = await session(channel, { embed_origin: undefined });
  const answer = await ask('/show/api/enter', { body: { token: own.show_token, origin: portal.origin } });
  assert.equal(JSON.parse(answer.text).process_response.error_code, '8007');
  const mine = await openPortal({ token: opened.show_token, path: '/mine' });
  await heard(mine, 'shown');
  await mine.finish();
});

test('messages of a foreign origin are not heard, by the element and by the frame', async () => {
  const opened = await session();
  evil.pages['/talk'] = `<!doctype html><title>x</title><script>
    window.got = [];
    addEventListener('message', (event) => got.push(String(event.data)));
    function talk(to) {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = (event) => got.push(JSON.stringify(event.data));
      to.postMessage('zwm-ready', '*');
      to.postMessage('zwm-port', '*', [port2]);
      port1.postMessage({ token: 'A'.repeat(43), scene: '', symbology: 'qr' });
    }</script>`;
  portal.pages['/'] = { ...embedding(BASE), headers: {} };
  portal.pages['/'].body = portal.pages['/'].body.replace('</main>', `<iframe id="evil" src="${evil.origin}/talk"></iframe></main>`);
  const page = await open(browser, { origins: [portal.origin, evil.origin] });
  await listen(page);
  await page.goto(portal.origin, { waitUntil: 'networkidle' });
  const bad = page.frames().find((frame) => frame.url().startsWith(evil.origin));
  await bad.evaluate(() => {
    talk(parent);
    for (let i = 0; i < parent.frames.length; i += 1) talk(parent.frames[i]);
    const deep = parent.frames[0];
    for (let i = 0; i < deep.length; i += 1) talk(deep[i]);
  });
  await page.evaluate((token) => document.querySelector('service-code').open(token), opened.show_token);
  await heard(page, 'shown');
  assert.deepEqual(await page.evaluate(() => window.heard.map(({ name }) => name)), ['shown']);
  assert.deepEqual((await bad.evaluate(() => window.got)).filter((text) => !text.startsWith('zwm-p') && text !== 'zwm-ready'), []);
  await page.finish();
});

test('the page around cannot reach the key, and no address holds a secret', async () => {
  const opened = await session();
  const addresses = [];
  portal.pages['/'] = embedding(BASE, { token: opened.show_token });
  const page = await open(browser, { origins: [portal.origin] });
  page.on('request', (request) => addresses.push(`${request.url()} ${request.headers().referer ?? ''}`));
  await listen(page);
  await page.goto(portal.origin);
  await heard(page, 'shown');
  const reached = await page.evaluate(() => {
    const frame = document.querySelector('service-code').shadowRoot.querySelector('iframe');
    try { return frame.contentWindow.document.body.textContent; } catch (error) { return error.name; }
  });
  assert.equal(reached, 'SecurityError');
  assert.ok(addresses.every((text) => !text.includes(opened.show_token)));
  assert.ok(!(await page.evaluate(() => JSON.stringify(window.heard))).includes(opened.show_token));
  await page.finish();
});

test('the document names nobody as an ancestor who is not registered', async () => {
  const none = /frame-ancestors 'none';/;
  for (const query of ['', '?', '?origin=', '?origin=*', `?origin=${portal.origin}/`, `?origin=${portal.origin}%20*`, `?origin=${portal.origin} *`,
    `?origin=${portal.origin};script-src`, `?origin=${portal.origin}%0d%0aX-Y:z`, `?other=1&origin=${portal.origin}`, `?origin=${portal.origin}&x=1`,
    `?origin=${evil.origin}`, '?origin=https://*', '?origin=null', `?origin=${portal.origin.toUpperCase()}`]) {
    const answer = await ask(`/embed/frame${encodeURI(query).replaceAll('%25', '%')}`);
    assert.equal(answer.status, 200, query);
    assert.match(answer.headers['content-security-policy'], none, query);
    assert.equal(answer.headers['x-y'], undefined);
  }
  const good = await ask(`/embed/frame?origin=${portal.origin}`);
  assert.match(good.headers['content-security-policy'], new RegExp(`frame-ancestors ${portal.origin};`));
  assert.equal(good.headers['referrer-policy'], 'no-referrer');
  assert.equal(good.headers['cache-control'], 'no-store');
  assert.equal(good.headers['access-control-allow-origin'], undefined);
});

test('a suspended app and a third party frame nothing', async () => {
  const app = await zwm.app('channel', 'embed-susp');
  const tp = await zwm.app('third-party', 'embed-tp2');
  await zwm.zwm('app', 'origins', app.appId, '--set', 'https://susp.example');
  await zwm.zwm('app', 'origins', tp.appId, '--set', 'https://tp.example');
  const csp = async (origin) => (await ask(`/embed/frame?origin=${origin}`)).headers['content-security-policy'];
  assert.match(await csp('https://susp.example'), /frame-ancestors https:\/\/susp\.example;/);
  await zwm.zwm('app', 'suspend', app.appId);
  assert.match(await csp('https://susp.example'), /frame-ancestors 'none';/);
  assert.match(await csp('https://tp.example'), /frame-ancestors 'none';/);
});

test('an unregistered page is told by the element that it may not', async () => {
  const page = await openPortal({ at: evil, token: 'A'.repeat(43), allow: [/frame-ancestors|ERR_BLOCKED/] });
  assert.deepEqual((await heard(page, 'error')).detail, { error_code: '8008' });
  await page.context().close();
});

// --- what is served ---

test('the script is small, readable by all, and leaves nothing but the element', async () => {
  const script = await ask('/embed/service-code.js');
  assert.ok(gzipSync(script.text, { level: 9 }).length <= 6 * 1024);
  assert.equal(script.headers['access-control-allow-origin'], '*');
  assert.match(script.headers['content-type'], /^text\/javascript/);
  assert.doesNotMatch(script.text, /\bimport\s*[({"']|\bfrom\s+["']|eval|innerHTML|document\.write/);
  const page = await open(browser, { origins: [portal.origin] });
  portal.pages['/'] = '<!doctype html><title>x</title>';
  await page.goto(portal.origin);
  const added = await page.evaluate(async (src) => {
    const before = new Set(Object.getOwnPropertyNames(window));
    await import(src);
    return [Object.getOwnPropertyNames(window).filter((name) => !before.has(name)), Boolean(customElements.get('service-code'))];
  }, `${BASE}/embed/service-code.js`);
  assert.deepEqual(added, [[], true]);
  await page.finish();
});
