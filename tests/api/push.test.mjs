// Streams of events: a page is told within three seconds that its code was used, and that its session has ended
// (interface-people 3). The channel's name is the only secret, since EventSource sends no header.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import https from 'node:https';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { System, expectDone, verifyBody } from './lib/system.mjs';
import { PageClient, listen } from './lib/page.mjs';
import { otherPerson, residentId } from './lib/people.mjs';

const PERSON = { ...otherPerson, name: '示例人', id_no: residentId('110101', '19120305', '000') };
const PORTAL = 'https://push-portal.example';
const zwm = System.fromEnvironment();
let channel, third;

before(async () => {
  channel = await zwm.app('channel', 'push-ch');
  third = await zwm.app('third-party', 'push-tp');
  await zwm.zwm('app', 'origins', channel.appId, '--set', PORTAL);
  await zwm.inForce();
});
after(() => zwm.close());

async function open(extra = {}) {
  const answer = await channel.call('/api/v1/show/session', { subject: PERSON, ...extra });
  expectDone(answer);
  const page = new PageClient(zwm);
  const entered = await page.enter(answer.item.show_token, extra.embed_origin);
  return { session: answer.item, page, state: entered.item };
}

const status = (target, method = 'GET', headers = {}) => new Promise((resolve, reject) => {
  const url = new URL(zwm.baseUrl);
  https.request({ host: url.hostname, port: url.port, path: target, method, ca: zwm.ca, headers: { Accept: 'text/event-stream', ...headers } },
    (response) => { resolve(response); response.destroy(); }).on('error', reject).end();
});

test('a page is told within three seconds that its code was used', async () => {
  const { page, state } = await open();
  assert.match(state.events, /^\/show\/events\/[\w-]{43}$/);
  const stream = await listen(zwm, state.events);
  const code = await page.call('/show/api/code', {});
  assert.equal(code.error, '');
  const text = await page.codeText(code.item);
  const began = Date.now();
  expectDone(await third.call('/api/v1/code/verify', verifyBody(text)));
  assert.deepEqual(await stream.next(), { what: 'used' });
  assert.ok(Date.now() - began < 3000);
  assert.equal((await page.call('/show/api/state')).item.code.state, 'used');
  // told once; a new code is told anew
  const again = await page.codeText((await page.call('/show/api/code', {})).item);
  expectDone(await third.call('/api/v1/code/verify', verifyBody(again)));
  assert.deepEqual(await stream.next(), { what: 'used' });
  stream.close();
});

test('a framed page listens without cookie or header; the end closes its stream for good', async () => {
  const { session, state } = await open({ embed_origin: PORTAL });
  const stream = await listen(zwm, state.events);
  expectDone(await channel.call('/api/v1/show/end', { session_no: session.session_no }));
  assert.deepEqual(await stream.next(), { what: 'ended' });
  await stream.ended;
  assert.equal((await status(state.events)).statusCode, 401);
});

test('leaving tells the other pages of the session', async () => {
  const { page, state } = await open();
  const stream = await listen(zwm, state.events);
  assert.equal((await page.call('/show/api/end')).error, '');
  assert.deepEqual(await stream.next(), { what: 'ended' });
  stream.close();
});

test('a name that we have not made opens no stream', async () => {
  const { session, state } = await open();
  const own = state.events.split('/').pop();
  const other = (await open()).state.events.split('/').pop();
  const no = Buffer.from(session.session_no, 'hex');
  for (const name of ['A'.repeat(43), own.slice(0, 42) + (own[42] === 'A' ? 'E' : 'A'), own.slice(0, 21) + other.slice(21),
    Buffer.concat([no, Buffer.alloc(16)]).toString('base64url'), (own[0] === 'A' ? 'B' : 'A') + own.slice(1)]) {
    const answer = await status(`/show/events/${name}`);
    assert.equal(answer.statusCode, 401, name);
    assert.match(answer.headers['content-type'], /^application\/json/);
  }
  for (const target of ['/show/events/', '/show/events', `/show/events/${own}A`, `/show/events/${own.slice(1)}`, `/show/events/${own}/x`]) {
    const answer = await status(target);
    assert.ok([403, 404].includes(answer.statusCode), `${target} ${answer.statusCode}`);
  }
  assert.equal((await status('/.zwm/listen')).statusCode, 404);
});

test('nobody publishes from outside, and another site cannot listen', async () => {
  const { state } = await open();
  const name = state.events.split('/').pop();
  for (const method of ['POST', 'PUT', 'DELETE']) assert.ok((await status(state.events, method)).statusCode >= 400, method);
  assert.ok((await status(`/publish/${name}`, 'POST')).statusCode >= 400);
  assert.equal((await status(state.events, 'GET', { Origin: 'https://evil.example', 'Sec-Fetch-Site': 'cross-site' })).statusCode, 401);
  assert.equal((await status(state.events, 'GET', { Origin: 'https://evil.example' })).statusCode, 401);
  const open_ = await status(state.events);
  assert.equal(open_.statusCode, 200);
  assert.notEqual(open_.headers['access-control-allow-origin'], '*');
  assert.equal(open_.headers['access-control-allow-credentials'], undefined);
});

test('no log holds the name of a channel', async () => {
  const { state } = await open();
  const name = state.events.split('/').pop();
  await status(state.events);
  await status(`/show/events/${name}?x=1`);
  await status(`/show/events//${name}`);
  await new Promise((resolve) => { setTimeout(resolve, 1500); }); // the access log is written each second
  for (const file of ['access.log', 'nginx.log', 'show.log']) {
    assert.ok(!readFileSync(path.join(zwm.varDir, 'log', file), 'utf8').includes(name), file);
  }
});
