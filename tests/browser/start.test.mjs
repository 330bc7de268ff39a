// The start page, and what every page gets from nginx: policy, caching, compressed files.
import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import https from 'node:https';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { assertAccessible, assertElder, assertFits, BASE, launch, MODES, open, shot, WIDTHS } from './lib/browser.mjs';

const WWW = path.join(path.dirname(fileURLToPath(import.meta.url)), '../../www');
let browser;
before(async () => { browser = await launch(); });
after(() => browser?.close());

const get = (target, headers = {}) => new Promise((resolve, reject) => {
  https.get(`${BASE}${target}`, { headers }, (answer) => {
    const parts = [];
    answer.on('data', (part) => parts.push(part));
    answer.on('end', () => resolve({ status: answer.statusCode, headers: answer.headers, body: Buffer.concat(parts) }));
  }).on('error', reject);
});

for (const { name: mode, ...how } of MODES) {
  for (const size of WIDTHS) {
    test(`start page: ${mode}, ${size[0]} px`, async () => {
      const page = await open(browser, { size, ...how });
      await page.goto('/', { waitUntil: 'networkidle' });
      await shot(page, `start-${mode}-${size[0]}`);
      await assertFits(page);
      await assertAccessible(page);
      if (how.elder) await assertElder(page);
      await page.finish();
    });
  }
}

test('the start page links to the sections that are there, and to no other', async () => {
  const there = readdirSync(WWW).filter((name) => existsSync(path.join(WWW, name, 'index.html')));
  const page = await open(browser);
  await page.goto('/', { waitUntil: 'networkidle' });
  const links = await page.locator('#sections a').evaluateAll((all) => all.map((a) => a.getAttribute('href')));
  const linked = ['show', 'space', 'admin', 'embed', 'jssdk', 'docs'].filter((name) => there.includes(name));
  assert.deepEqual(links, linked.map((name) => `/${name}/`));
  await page.finish();

  const other = await open(browser);
  await other.route('**/pages.json', (route) => route.fulfill({ json: { sections: ['admin', 'login', 'show'] } }));
  await other.goto('/', { waitUntil: 'networkidle' });
  assert.deepEqual(await other.locator('#sections strong').allTextContents(), ['亮码', '管理']);
  await shot(other, 'start-links-1440');
  await other.finish();
});

test('the policy allows scripts and styles of files alone', async () => {
  const { headers } = await get('/');
  const rows = Object.fromEntries(headers['content-security-policy'].split('; ').map((row) => {
    const [name, ...values] = row.split(' ');
    return [name, values.join(' ')];
  }));
  assert.deepEqual(rows, {
    'default-src': "'none'", 'script-src': "'self'", 'style-src': "'self'", 'img-src': "'self' data:", 'connect-src': "'self'",
    'base-uri': "'none'", 'form-action': "'self'", 'frame-ancestors': "'none'", 'require-trusted-types-for': "'script'",
    'trusted-types': 'lit-html',
  });
  assert.equal(headers['x-content-type-options'], 'nosniff');
  assert.equal(headers['referrer-policy'], 'no-referrer');
});

test('the policy stops what an injection would try', async () => {
  const page = await open(browser, { allow: [/Content Security Policy|TrustedHTML|TrustedScript|Trusted Type|frame/i] });
  // Code of the page's own, since the policy does not hold for what a debugger runs.
  await page.route('**/start.js', (route) => route.fulfill({ contentType: 'text/javascript',
    body: 'try { eval("1"); window.evaluated = true; } catch { window.evaluated = false; }' }));
  await page.goto('/');
  const stopped = await page.evaluate(async () => {
    const refused = (act) => { try { act(); return false; } catch { return true; } };
    const inline = document.createElement('script');
    const out = {
      html: refused(() => { document.body.innerHTML = '<b>x</b>'; }),
      policy: refused(() => window.trustedTypes.createPolicy('other', {})),
      text: refused(() => { inline.textContent = 'window.ran = 1'; }),
    };
    out.foreign = await fetch('https://127.0.0.1:1/').then(() => false, () => true);
    return { ...out, ran: window.ran, evaluated: window.evaluated };
  });
  assert.deepEqual(stopped, { html: true, policy: true, text: true, foreign: true, ran: undefined, evaluated: false });
  assert.ok(page.troubles.some((text) => text.startsWith('policy: require-trusted-types-for')));
  await page.context().close();
});

test('what has a version in its address is kept for good, everything else is asked for again', async () => {
  assert.equal((await get('/vendor/lit-3.3.3/index.js')).headers['cache-control'], 'public, max-age=31536000, immutable');
  for (const target of ['/', '/shared/lit.js', '/shared/icons.svg']) {
    const { headers } = await get(target);
    assert.equal(headers['cache-control'], 'no-cache', target);
    assert.equal((await get(target, { 'If-None-Match': headers.etag })).status, 304, target);
  }
  const missing = await get('/vendor/lit-3.3.3/none.js');
  assert.equal(missing.status, 404);
  assert.equal(missing.headers['cache-control'], undefined);
});

test('files are compressed, answers of responders never', async () => {
  for (const target of ['/', '/shared/table.js', '/shared/tokens.css', '/shared/icons.svg', '/vendor/lit-html-3.3.3/lit-html.js']) {
    const plain = await get(target);
    const small = await get(target, { 'Accept-Encoding': 'gzip' });
    assert.equal(small.headers['content-encoding'], 'gzip', target);
    assert.deepEqual(gunzipSync(small.body), plain.body, target);
    if (!target.endsWith('.svg')) assert.match(small.headers['content-type'], /charset=utf-8/, target);
  }
  const list = await get('/api/v1/route/list', { 'Accept-Encoding': 'gzip' });
  assert.equal(list.headers['content-encoding'], undefined);
  assert.ok(list.body.length > 500);
});

test('the SDK may be read by pages of others, nothing else', async () => {
  assert.equal((await get('/sdk/zwm-sdk.js')).headers['access-control-allow-origin'], '*');
  for (const target of ['/', '/shared/lit.js', '/pages.json', '/api/v1/route/list']) {
    assert.equal((await get(target, { Origin: 'https://example.com' })).headers['access-control-allow-origin'], undefined, target);
  }
});

test('what is for the build alone is not served', async () => {
  for (const target of ['/package.json', '/package-lock.json', '/vendor.json', '/vendor.mjs', '/sdk/vendor.mjs', '/shared/README.md',
    '/node_modules/lit/index.js', '/.gitignore', '/vendor/', '/shared/']) {
    assert.ok([403, 404].includes((await get(target)).status), target);
  }
});
