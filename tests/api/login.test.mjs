// The sample login at our own address (interface-people 3), as people and as attackers use it.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { System, expectDone, verifyBody } from './lib/system.mjs';
import { PageClient } from './lib/page.mjs';

const run = promisify(execFile);
const zwm = System.fromEnvironment();
const APP_PAGE = `https://login-app-${zwm.tag}.example`;
let app, third;

before(async () => {
  third = await zwm.app('third-party', 'login-tp');
  app = await zwm.app('third-party', 'login-app');
  await zwm.zwm('app', 'origins', app.appId, '--set', APP_PAGE);
  await zwm.inForce();
});
after(() => zwm.close());

async function logIn(id, page = new PageClient(zwm)) {
  const answer = await page.call('/login/api/sample', { id });
  assert.equal(answer.error, '', answer.message);
  page.headers = { 'Zwm-Csrf': answer.item.csrf };
  return page;
}

test('who is asked, a person is chosen, and codes are shown', async () => {
  const page = new PageClient(zwm);
  const { item } = await page.call('/login/api/who');
  assert.equal(item.logged_in, false);
  assert.equal(item.sample, true);
  assert.equal(item.oidc, false);
  assert.deepEqual(item.people.map((p) => p.name), ['张示例', '赵法人', '李经办', '钱长者']);
  assert.ok(!JSON.stringify(item).includes('999999')); // no numbers
  assert.equal(item.csrf, undefined);
  const answer = await page.call('/login/api/sample', { id: 'zhang' });
  assert.match(answer.headers['set-cookie'][0], /^__Host-zwm-session=[\w-]{43}; Path=\/; Secure; HttpOnly; SameSite=Strict$/);
  page.headers = { 'Zwm-Csrf': answer.item.csrf };
  const state = (await page.call('/show/api/state')).item;
  assert.deepEqual(state.person, { type: 'person', name: '张**', id_no: '9999*****' });
  assert.deepEqual(state.enterprises, []);
  const code = await page.call('/show/api/code', {});
  assert.equal(code.error, '', code.message);
  const verified = await third.call('/api/v1/code/verify', verifyBody(await page.codeText(code.item)));
  expectDone(verified);
  // a page that was loaded anew gets its token from who
  const again = new PageClient(zwm);
  again.cookies = page.cookies;
  const who = (await again.call('/login/api/who')).item;
  assert.equal(who.logged_in, true);
  assert.equal(who.csrf, answer.item.csrf);
  assert.equal(who.person.name, '张**');
});

test('a legal representative acts for the enterprise', async () => {
  const page = await logIn('zhao');
  const state = (await page.call('/show/api/state')).item;
  assert.deepEqual(state.enterprises.map(({ index, id_no }) => [index, id_no]), [[0, '9199*****']]);
  const own = (await page.call('/show/api/code', {})).item;
  assert.equal(own.code_type, 'ZWM1');
  const chosen = await page.call('/show/api/choose', { classes: [], acting: 0 });
  assert.equal(chosen.error, '', chosen.message);
  assert.equal(chosen.item.acting.type, 'enterprise');
  assert.equal(chosen.item.code, undefined); // that code was the person's
  const code = await page.call('/show/api/code', {});
  assert.equal(code.item.code_type, 'QYM1', code.message);
  expectDone(await third.call('/api/v1/code/verify', verifyBody(await page.codeText(code.item))));
  const back = await page.call('/show/api/choose', { classes: [], acting: -1 });
  assert.equal(back.item.acting, undefined);
  assert.equal((await page.call('/show/api/code', {})).item.code_type, 'ZWM1');
  assert.equal((await page.call('/show/api/records')).items.find((r) => r.sqbh === own.sqbh).state, 'replaced');
  for (const acting of [1, 1000, -2]) assert.equal((await page.call('/show/api/choose', { classes: [], acting })).error, '1003', acting);
  const other = await logIn('zhang');
  assert.equal((await other.call('/show/api/choose', { classes: [], acting: 0 })).error, '1003');
});

test('a session cannot be fixed, and a second login ends the first', async () => {
  const page = new PageClient(zwm);
  page.cookies.set('__Host-zwm-session', 'A'.repeat(43)); // put there by somebody else
  await logIn('zhang', page);
  assert.notEqual(page.cookies.get('__Host-zwm-session'), 'A'.repeat(43));
  const first = new Map(page.cookies), headers = page.headers;
  const code = (await page.call('/show/api/code', {})).item;
  await logIn('li', page);
  const old = new PageClient(zwm);
  old.cookies = first;
  assert.equal((await old.call('/show/api/state', {}, headers)).error, '8001');
  assert.equal((await old.call('/login/api/who')).item.logged_in, false);
  const again = await logIn('zhang');
  assert.equal((await again.call('/show/api/records', { kind: 'all', limit: 200 })).items.find((r) => r.sqbh === code.sqbh).state, 'replaced');
});

test('another site neither logs somebody in nor learns who is', async () => {
  const page = await logIn('zhang');
  for (const wrong of [{ Origin: 'https://evil.example' }, { Origin: 'null' }, { 'Sec-Fetch-Site': 'cross-site' }, { 'Sec-Fetch-Site': 'same-site' }]) {
    assert.equal((await page.call('/login/api/who', {}, wrong)).error, '8001', JSON.stringify(wrong));
    const answer = await page.call('/login/api/sample', { id: 'li' }, wrong);
    assert.equal(answer.error, '8001');
    assert.equal(answer.headers['set-cookie'], undefined);
  }
  // a form of another site can send text/plain only
  const form = await page.send('/login/api/sample', { method: 'POST', body: '{"id":"li"}', headers: { 'Content-Type': 'text/plain' } });
  assert.equal(form.status, 415);
  // the key of the cookie is none of a frame
  const key = page.cookies.get('__Host-zwm-session');
  const frame = new PageClient(zwm);
  assert.equal((await frame.call('/show/api/state', {}, { 'Zwm-Session': key })).error, '8001');
  assert.equal((await frame.call('/login/api/who', {}, { 'Zwm-Session': key })).item.logged_in, false);
});

test('fields', async () => {
  const page = new PageClient(zwm);
  for (const [body, error] of [[{}, '1002'], [{ id: 'nobody' }, '1003'], [{ id: '' }, '1003'], [{ id: 'x'.repeat(33) }, '1003'], [{ id: 1 }, '1003'],
    [{ id: 'zhang', next: '/' }, '1004']]) {
    const answer = await page.call('/login/api/sample', body);
    assert.equal(answer.error, error, JSON.stringify(body));
    assert.equal(answer.headers['set-cookie'], undefined);
  }
});

test('who says where the page may lead back to, and nowhere else', async () => {
  const page = new PageClient(zwm);
  const good = (await page.call('/login/api/who', { return_url: `${APP_PAGE}/a?b=1#c` })).item;
  assert.deepEqual(good.app, { app_id: app.appId, org_name: '测试login-app' });
  assert.equal(good.cancel_url, `${APP_PAGE}/a?b=1#zwm-cancelled&dialect=json`);
  for (const return_url of ['https://evil.example/', `${APP_PAGE}.evil.example/`, `${APP_PAGE}@evil.example/`, `${APP_PAGE}:8443/`,
    'javascript:alert(1)//login-app.example', '//login-app.example/', 'https:///login-app.example', `${APP_PAGE}\\@evil.example`]) {
    const { item } = await page.call('/login/api/who', { return_url });
    assert.equal(item.app, undefined, return_url);
    assert.equal(item.cancel_url, undefined, return_url);
  }
});

test('the app of our own logins cannot be called as', async () => {
  const { items } = await zwm.zwmJson('app', 'list');
  const own = items.find((a) => a.app_id === 'SHOW');
  assert.equal(own.kind, 'channel');
  assert.equal(own.channel, '05');
  assert.equal(own.public_key, null);
  const forged = zwm.client('SHOW', app.ownKey);
  const answer = await forged.call('/api/v1/show/session', { subject: {} });
  assert.equal(answer.error, '2001');
});

test('no sample login with a public address', async () => {
  const dir = mkdtempSync(path.join(tmpdir(), 'zwm-login-'));
  try {
    const conf = readFileSync(path.join(zwm.varDir, 'zwm.conf'), 'utf8');
    for (const [address, good] of [['https://127.0.0.1:8443', true], ['https://codes.example', false], ['https://127.0.0.1.evil.example', false],
      ['https://localhost:1', true], ['http://127.0.0.1', false]]) {
      writeFileSync(path.join(dir, 'zwm.conf'), conf.replace(/^base_url.*$/m, `base_url = ${address}`));
      const said = await run(path.join(zwm.binDir, 'zwm'), ['config', 'show'], { env: { ...process.env, ZWM_VAR: dir } }).then(() => '', (e) => e.stderr);
      assert.equal(said === '', good, `${address} ${said}`);
      if (!good) assert.match(said, /sample_login/);
    }
  } finally {
    rmSync(dir, { recursive: true });
  }
});
