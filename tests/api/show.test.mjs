// Show sessions: the interface of channel apps, and the show page's own calls (interface-people 1 to 3).
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import https from 'node:https';
import { after, before, test } from 'node:test';
import path from 'node:path';
import { promisify } from 'node:util';
import { System, expectDone, expectError, verifyBody } from './lib/system.mjs';
import { otherPerson, residentId } from './lib/people.mjs';

const run = promisify(execFile);
const PERSON = { ...otherPerson, name: '示例人', id_no: residentId('110101', '19111213', '000') };
const CLASS = '1.2.156.3002.9999.01.01';
const PORTAL = 'https://portal.example';
const zwm = System.fromEnvironment();
let channel, other, third;

before(async () => {
  channel = await zwm.app('channel', 'show-ch');
  other = await zwm.app('channel', 'show-other');
  third = await zwm.app('third-party', 'show-tp');
  await run(path.join(zwm.binDir, 'zwm'), ['app', 'origins', channel.appId, '--set', `${PORTAL},https://b.example:8443`]);
  await zwm.inForce();
});
after(() => zwm.close());

// What a page sends; `headers` as its browser would.
function page(target, body, headers = {}) {
  return new Promise((resolve, reject) => {
    const url = new URL(zwm.baseUrl);
    const bytes = Buffer.from(JSON.stringify(body ?? {}));
    const request = https.request({ host: url.hostname, port: url.port, path: `/show/api/${target}`, method: 'POST', ca: zwm.ca,
      headers: { 'Content-Type': 'application/json', 'Content-Length': bytes.length, Origin: zwm.baseUrl, ...headers } }, (response) => {
      const parts = [];
      response.on('data', (part) => parts.push(part));
      response.on('end', () => {
        const { process_response: answer } = JSON.parse(Buffer.concat(parts));
        resolve({ status: response.statusCode, cookie: response.headers['set-cookie']?.[0], error: answer.error_code, item: answer.items[0],
          items: answer.items, message: answer.error_msg });
      });
    });
    request.on('error', reject);
    request.end(bytes);
  });
}

const open = async (extra = {}) => {
  const answer = await channel.call('/api/v1/show/session', { subject: PERSON, ...extra });
  expectDone(answer);
  return answer.item;
};

// A page at our own address: cookie and token beside it.
async function enter(session) {
  const entered = await page('enter', { token: session.show_token });
  assert.equal(entered.error, '', entered.message);
  const headers = { Cookie: entered.cookie.split(';')[0], 'Zwm-Csrf': entered.item.csrf };
  return { entered, call: (target, body, more) => page(target, body, { ...headers, ...more }), headers };
}

test('a session opens once, and shows nobody unmasked', async () => {
  const session = await open();
  assert.match(session.show_token, /^[\w-]{43}$/);
  assert.match(session.session_no, /^[0-9a-f]{32}$/);
  assert.equal(session.show_url, `${zwm.baseUrl}/show/#${session.show_token}`);
  const { entered, call } = await enter(session);
  assert.match(entered.cookie, /^__Host-zwm-session=[\w-]{43}; Path=\/; Secure; HttpOnly; SameSite=Strict$/);
  assert.equal(entered.item.key, undefined); // not for scripts
  assert.equal((await page('enter', { token: session.show_token })).error, '8007');
  const state = await call('state');
  const text = JSON.stringify(state.item);
  assert.ok(!text.includes(PERSON.name) && !text.includes(PERSON.id_no));
  assert.equal(state.item.code, undefined);
});

test('codes are issued, replaced, used and told', async () => {
  const { call } = await enter(await open());
  const first = (await call('code')).item;
  assert.match(first.svg, /^<svg /);
  assert.equal((await call('state')).item.code.state, 'live');
  await call('choose', { classes: [CLASS] });
  const issued = await call('code', { symbology: 'hanxin' });
  assert.equal(issued.error, '', issued.message);
  const records = (await call('records')).items;
  const record = (sqbh) => records.find((r) => r.sqbh === sqbh);
  assert.equal(records.length, 2);
  assert.equal(record(first.sqbh).state, 'replaced');
  assert.equal(record(issued.item.sqbh).state, 'active');
  assert.equal(record(issued.item.sqbh).classes[0].name, '居民基本信息（示例）');
  await call('hide');
  assert.equal((await call('state')).item.code, undefined);
  assert.deepEqual((await call('records')).items.map((r) => r.state), ['replaced', 'replaced']);
  const revoked = await call('revoke', { sqbh: issued.item.sqbh });
  assert.equal(revoked.error, '');
});

test('a session of a frame has its key in a header, and works without a cookie', async () => {
  const session = await open({ embed_origin: PORTAL });
  const entered = await page('enter', { token: session.show_token, origin: PORTAL });
  assert.equal(entered.cookie, undefined);
  assert.equal(entered.item.embed_origin, PORTAL);
  const key = { 'Zwm-Session': entered.item.key };
  assert.equal((await page('code', {}, key)).error, '');
  // the key is good in a header only
  assert.equal((await page('state', {}, { Cookie: `__Host-zwm-session=${entered.item.key}`, 'Zwm-Csrf': entered.item.csrf })).error, '8001');
});

test('a session opens at the place that it is for; a try elsewhere does not spend its token', async () => {
  const framed = await open({ embed_origin: PORTAL });
  for (const origin of [undefined, 'https://b.example:8443', `${PORTAL}/`, PORTAL.toUpperCase(), `${PORTAL}.evil.example`]) {
    assert.equal((await page('enter', { token: framed.show_token, origin })).error, '8007', origin);
  }
  assert.equal((await page('enter', { token: framed.show_token, origin: '' })).error, '1003');
  assert.equal((await page('enter', { token: framed.show_token, origin: PORTAL })).error, '');
  const own = await open();
  assert.equal((await page('enter', { token: own.show_token, origin: PORTAL })).error, '8007');
  assert.equal((await page('enter', { token: own.show_token })).error, '');
});

test('an origin that is not the app\'s', async () => {
  for (const body of [{ embed_origin: 'https://evil.example' }, { embed_origin: `${PORTAL}/` }, { embed_origin: `${PORTAL}:8443` },
    { return_url: 'https://evil.example/back' }, { return_url: 'https://portal.example@evil.example/' },
    { return_url: 'javascript:alert(1)//portal.example' }, { return_url: '//portal.example/' }]) {
    expectError(await channel.call('/api/v1/show/session', { subject: PERSON, ...body }), '8008');
  }
  expectError(await other.call('/api/v1/show/session', { subject: PERSON, embed_origin: PORTAL }), '8008');
  expectDone(await channel.call('/api/v1/show/session', { subject: PERSON, return_url: `${PORTAL}/back?x=1` }));
});

test('fields and callers', async () => {
  expectError(await third.call('/api/v1/show/session', { subject: PERSON }), '2006');
  expectError(await channel.call('/api/v1/show/session', {}), '1002', { names: 'subject' });
  expectError(await channel.call('/api/v1/show/session', { subject: { ...PERSON, id_no: '110101191112130000' } }), '1003', { names: 'subject.id_no' });
  expectError(await channel.call('/api/v1/show/session', { subject: PERSON, scene: 'nowhere' }), '1003', { names: 'scene' });
  expectError(await channel.call('/api/v1/show/session', { subject: PERSON, channel: '77' }), '1003', { names: 'channel' });
});

test('another site cannot call in somebody\'s name', async () => {
  const { call, headers } = await enter(await open());
  for (const wrong of [{ Origin: 'https://evil.example' }, { Origin: 'null' }, { 'Sec-Fetch-Site': 'cross-site' }, { 'Sec-Fetch-Site': 'same-site' },
    { 'Zwm-Csrf': 'x'.repeat(43) }]) {
    assert.equal((await call('state', {}, wrong)).error, '8001', JSON.stringify(wrong));
  }
  assert.equal((await page('state', {}, { Cookie: headers.Cookie })).error, '8001');
  assert.equal((await page('state', {}, { 'Zwm-Csrf': headers['Zwm-Csrf'] })).error, '8001');
  assert.equal((await page('state', {}, { 'Zwm-Session': headers.Cookie.split('=')[1] })).error, '8001');
  assert.equal((await call('state', {}, { Cookie: `${headers.Cookie}; ${headers.Cookie}` })).error, '8001');
  // a session cannot be fixed: the token of one person gives a key of its own
  const mine = await enter(await open());
  assert.notEqual(mine.headers.Cookie, headers.Cookie);
  assert.equal((await call('state')).error, '');
});

test('one person sees and revokes nothing of another', async () => {
  const a = await enter(await open());
  const code = (await a.call('code')).item;
  const stranger = { ...PERSON, name: '李示例', id_no: residentId('110101', '19111214', '000') };
  const b = await enter(await open({ subject: stranger }));
  const revoke = await b.call('revoke', { sqbh: code.sqbh });
  assert.equal(revoke.error, '5005');
  assert.ok(!(await b.call('records')).items.some((r) => r.sqbh === code.sqbh));
});

// Seconds of zwm.conf as it comes: 60 for a token, 1800 without use, 43200 in any case.
test('times: of a token, without use, in any case', async () => {
  const late = await open();
  await zwm.shifted(58, async () => { await enter(late); });
  const spoilt = await open();
  await zwm.shifted(62, async () => assert.equal((await page('enter', { token: spoilt.show_token })).error, '8007'));

  const { call } = await enter(await open());
  const { ends_at, idle_sec } = (await call('state')).item;
  assert.deepEqual([idle_sec, Math.abs(ends_at - zwm.now() - 43_200) <= 3], [1800, true]);
  await zwm.shifted(1700, async () => assert.equal((await call('state')).error, ''));
  await zwm.shifted(3400, async () => assert.equal((await call('state')).error, '')); // it was used meanwhile
  await zwm.shifted(3400 + 1835, async () => assert.equal((await call('state')).error, '8001'));
  const { call: busy } = await enter(await open());
  for (let at = 0; at < 43_190; at += 1700) await zwm.shifted(at, async () => assert.equal((await busy('state')).error, '', at));
  await zwm.shifted(43_190, async () => assert.equal((await busy('state')).error, ''));
  await zwm.shifted(43_205, async () => assert.equal((await busy('state')).error, '8001'));
});

test('end: by the app, by the person; the code on show dies', async () => {
  const session = await open();
  const { call } = await enter(session);
  const { sqbh } = (await call('code')).item;
  expectError(await other.call('/api/v1/show/end', { session_no: session.session_no }), '8001');
  const ended = await channel.call('/api/v1/show/end', { session_no: session.session_no });
  expectDone(ended);
  assert.equal((await call('state')).error, '8001');
  expectError(await channel.call('/api/v1/show/end', { session_no: session.session_no }), '8001');
  const after_ = await enter(await open());
  assert.equal((await after_.call('records')).items.find((r) => r.sqbh === sqbh).state, 'replaced');
  const left = await after_.call('end');
  assert.match(left.cookie, /Max-Age=0/);
  assert.equal((await after_.call('state')).error, '8001');
  // not opened yet
  const unopened = await open();
  expectDone(await channel.call('/api/v1/show/end', { session_no: unopened.session_no }));
  assert.equal((await page('enter', { token: unopened.show_token })).error, '8007');
});

test('codes asked for at once: one lives, and none outlives its session', async () => {
  const watcher = await enter(await open());
  for (let round = 0; round < 6; round++) {
    const { call } = await enter(await open());
    const codes = async () => (await Promise.all(Array.from({ length: 8 }, () => call('code')))).map((a) => a.item?.sqbh).filter(Boolean);
    const alive = async (shown) => (await watcher.call('records', { limit: 100 })).items
      .filter((r) => shown.includes(r.sqbh) && r.state === 'active').map((r) => r.sqbh);
    const shown = await codes();
    assert.equal(shown.length, 8);
    assert.equal((await alive(shown)).length, 1, `round ${round}`);
    const [late] = await Promise.all([codes(), call('end')]);
    assert.deepEqual(await alive([...shown, ...late]), [], `round ${round}`);
  }
});

test('a suspended app ends its sessions', async () => {
  const app = await zwm.app('channel', 'show-susp');
  await zwm.inForce();
  const answer = await app.call('/api/v1/show/session', { subject: PERSON });
  const { call } = await enter(answer.item);
  await run(path.join(zwm.binDir, 'zwm'), ['app', 'suspend', app.appId]);
  await zwm.inForce();
  assert.equal((await call('state')).error, '8001');
});
