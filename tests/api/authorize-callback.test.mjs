// Third parties are told of decisions: signed, tried again with growing pauses, given up after a set time, listed (interface
// 2.5). The instance is let call this machine for as long as these tests run: its settings are changed and the responder's
// processes restarted.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import https from 'node:https';
import path from 'node:path';
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { outString, verifies } from './lib/client.mjs';
import { PageClient } from './lib/page.mjs';
import { person } from './lib/people.mjs';
import { System, expectDone, until } from './lib/system.mjs';

const zwm = System.fromEnvironment();
const skip = zwm.clockFile ? false : 'no clock_offset_file';
const confFile = path.join(zwm.varDir, 'zwm.conf');
const GIVE_UP_SEC = 100;
const at = (name) => `/api/v1/authorization/${name}`;
let channel, third, other, identity, server, base, confBefore, offsetBefore;
const calls = []; // what the third party's server has been told, in order
const answers = new Map(); // path -> what to answer with, the last one again and again

// The processes of the responder: children of the one that watches over them.
function workers() {
  const leader = readFileSync(path.join(zwm.setting('run_dir', path.join(zwm.varDir, 'run')), 'authorize.pid'), 'utf8').trim();
  return readdirSync('/proc').filter((pid) => {
    if (!/^\d+$/.test(pid)) return false;
    try {
      return readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/.*\) /s, '').split(' ')[1] === leader;
    } catch {
      return false;
    }
  });
}

async function restart() {
  const old = workers();
  assert.ok(old.length > 0);
  for (const pid of old) process.kill(Number(pid), 'SIGTERM');
  await until('the responder restarted', () => {
    const now = workers();
    return now.length >= old.length && !now.some((pid) => old.includes(pid));
  }, { seconds: 40 });
}

function certificate() {
  const tls = zwm.setting('tls_dir', path.join(zwm.varDir, 'tls'));
  return { cert: readFileSync(path.join(tls, 'server.crt')), key: readFileSync(path.join(tls, 'server.key')) };
}

function listen() {
  server = https.createServer(certificate(), (rq, rs) => {
    const parts = [];
    rq.on('data', (part) => parts.push(part));
    rq.on('end', () => {
      calls.push({ method: rq.method, url: rq.url, headers: rq.headers, body: Buffer.concat(parts) });
      const todo = answers.get(rq.url) ?? [200];
      rs.writeHead(todo.length > 1 ? todo.shift() : todo[0], { Location: `${base}/elsewhere` });
      rs.end('read and forgotten');
    });
  });
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve(`https://127.0.0.1:${server.address().port}`));
  });
}

before(async () => {
  if (skip) return;
  confBefore = readFileSync(confFile, 'utf8');
  offsetBefore = zwm.offset();
  const kept = confBefore.split('\n').filter((line) => !/^\s*(allow_loopback_routes|callback_give_up_sec)\s*=/.test(line));
  writeFileSync(confFile, `${kept.join('\n')}\nallow_loopback_routes = 1\ncallback_give_up_sec = ${GIVE_UP_SEC}\n`);
  channel = await zwm.app('channel', 'call-ch');
  third = await zwm.app('third-party', 'call-tp');
  other = await zwm.app('third-party', 'call-to');
  identity = await zwm.identity();
  base = await listen();
  await restart();
  await zwm.inForce();
});

after(async () => {
  if (!skip) {
    writeFileSync(confFile, confBefore);
    await restart();
    zwm.setOffset(offsetBefore);
    server.close();
    server.closeAllConnections();
  }
  zwm.close();
});

async function decided(callback, decision = 'grant', app = third) {
  const asked = await app.call(at('request'), { purpose: '办理示例事项', xxlb: ['a.b'], callback });
  expectDone(asked);
  const { request_no, request_code } = asked.item;
  expectDone(await channel.call(at('decide'), { request_code, decision, subject: person(), xxlb: ['a.b'] }));
  return request_no;
}

const toldOf = (request_no) => calls.filter((c) => JSON.parse(c.body).request_no === request_no);
const jobOf = async (request_no, ...options) =>
  (await zwm.zwmJson('callback', 'list', ...options)).items.find((job) => job.request_no === request_no);
const jobIs = (request_no, state) => until(`callback of ${request_no} ${state}`, async () => {
  const job = await jobOf(request_no);
  return job.state === state && job;
});

for (const [decision, word] of [['grant', 'granted'], ['refuse', 'refused']]) {
  test(`${word}: told once, signed by the system`, { skip }, async () => {
    const request_no = await decided(`${base}/told?about=${word}`, decision);
    const job = await jobIs(request_no, 'delivered');
    assert.deepEqual([job.tries, job.app_id, job.last_error], [1, third.appId, undefined]);
    const [call, ...more] = toldOf(request_no);
    assert.equal(more.length, 0);
    assert.deepEqual([call.method, call.url, call.headers['content-type']], ['POST', `/told?about=${word}`, 'application/json']);
    const { decided_at, ...rest } = JSON.parse(call.body);
    assert.deepEqual(rest, { request_no, status: word });
    assert.ok(Math.abs(decided_at - zwm.now()) < 30);

    const [, appId, timestamp, nonce, signature] =
      /^ZWM-SM2-SM3-OUT app_id="(.*)",timestamp="(.*)",nonce="(.*)",signature="(.*)"$/.exec(call.headers.authorization);
    assert.equal(appId, identity.system);
    const string = outString({ method: 'POST', url: `${base}/told?about=${word}`, timestamp, nonce, body: call.body });
    assert.ok(verifies(string, Buffer.from(signature, 'base64'), identity.publicKey));
  });
}

test('a logout is told to the app that took a ticket: signed, by its name of the person', { skip }, async () => {
  const origin = `https://call-${zwm.tag}.example`, url = `${base}/logged-out`;
  await zwm.zwm('app', 'origins', third.appId, '--set', origin);
  await zwm.zwm('app', 'logout-url', third.appId, '--set', url);
  await zwm.inForce();
  const page = new PageClient(zwm);
  page.headers = { 'Zwm-Csrf': (await page.call('/login/api/sample', { id: 'zhang' })).item.csrf };
  const { item } = await page.call('/user/api/consent', { app_id: third.appId, decision: 'grant', origin });
  const known = await third.call('/api/v1/user/info', { ticket: item.ticket });
  expectDone(known);
  assert.equal((await page.call('/show/api/end')).error, '');
  const call = await until('it is told', () => calls.find((c) => c.url === '/logged-out'));
  const { at: when, ...said } = JSON.parse(call.body);
  assert.deepEqual(said, { event: 'logout', user_id: known.item.user_id });
  assert.ok(Math.abs(when - zwm.now()) < 30);
  const [, , timestamp, nonce, signature] = /^ZWM-SM2-SM3-OUT app_id="(.*)",timestamp="(.*)",nonce="(.*)",signature="(.*)"$/.exec(call.headers.authorization);
  assert.ok(verifies(outString({ method: 'POST', url, timestamp, nonce, body: call.body }), Buffer.from(signature, 'base64'), identity.publicKey));
  await zwm.zwm('app', 'logout-url', third.appId, '--set', '');
});

test('many at once, two processes: each is told once', { skip }, async () => {
  const numbers = await Promise.all(Array.from({ length: 12 }, () => decided(`${base}/many`)));
  for (const no of numbers) await jobIs(no, 'delivered');
  for (const no of numbers) assert.equal(toldOf(no).length, 1);
});

test('refused and redirected calls are tried again, later each time', { skip }, async () => {
  answers.set('/again', [500, 302, 404, 204]);
  const request_no = await decided(`${base}/again`);
  const pauses = [];
  for (let tries = 1; tries <= 3; tries++) {
    const job = await until(`try ${tries}`, async () => {
      const found = await jobOf(request_no);
      return found.tries === tries && found.last_error && found.state === 'waiting' && found;
    });
    assert.equal(job.last_error, `HTTP ${[500, 302, 404][tries - 1]}`);
    assert.equal((await jobOf(request_no, '--failed')).id, job.id);
    pauses.push(job.next_at - zwm.now());
    zwm.setOffset(zwm.offset() + Math.max(0, job.next_at - zwm.now()));
    await until(`told ${tries + 1} times`, () => toldOf(request_no).length > tries);
  }
  const job = await jobIs(request_no, 'delivered');
  assert.deepEqual([job.tries, job.last_error, toldOf(request_no).length], [4, undefined, 4]);
  assert.equal(await jobOf(request_no, '--failed'), undefined);
  assert.ok(!calls.some((c) => c.url === '/elsewhere'), 'redirects are not followed');
  assert.ok(pauses[2] > pauses[0], `pauses ${pauses}`);
});

test('given up after its time, and tried once more where an operator says so', { skip }, async () => {
  answers.set('/dead', [503]);
  const request_no = await decided(`${base}/dead`);
  await until('a first try', async () => (await jobOf(request_no)).last_error);
  zwm.setOffset(zwm.offset() + GIVE_UP_SEC);
  const job = await jobIs(request_no, 'given-up');
  assert.equal(job.last_error, 'HTTP 503');
  assert.equal((await jobOf(request_no, '--failed')).state, 'given-up');
  assert.match(await zwm.zwm('callback', 'list', '--failed'), new RegExp(`given-up.*${base}/dead.*HTTP 503`));

  answers.set('/dead', [200]);
  const told = toldOf(request_no).length;
  await zwm.zwm('callback', 'retry', String(job.id));
  await jobIs(request_no, 'delivered');
  assert.equal(toldOf(request_no).length, told + 1);
  await assert.rejects(zwm.zwm('callback', 'retry', String(job.id)), /delivered already/);
  await assert.rejects(zwm.zwm('callback', 'retry', '0'), (e) => e.code === 2);
  assert.match(await zwm.zwm('audit', 'verify'), /\d/);
});

test('nobody there: the reason is listed, others are told meanwhile', { skip }, async () => {
  const dead = await decided('https://127.0.0.1:1/nobody');
  const alive = await decided(`${base}/alive`);
  await jobIs(alive, 'delivered');
  const job = await until('the failed try', async () => {
    const found = await jobOf(dead);
    return found.last_error && found;
  });
  assert.match(job.last_error, /connect/i);
});

test('a slow address delays its own callbacks only, and gets a few at a time', { skip }, async () => {
  const open = new Set();
  let most = 0, came = 0;
  const slow = https.createServer(certificate(), (rq, rs) => { // takes each call and does not answer until it may
    open.add(rs);
    came++;
    most = Math.max(most, open.size);
    rs.on('close', () => open.delete(rs));
  });
  await new Promise((resolve) => { slow.listen(0, '127.0.0.1', resolve); });
  const hung = `https://127.0.0.1:${slow.address().port}`;
  try {
    const waiting = await Promise.all(Array.from({ length: 20 }, (_, i) => decided(`${hung}/hung${i}`)));
    await until('it has as many as it gets', () => open.size >= 2);
    for (const app of [third, other]) {
      for (let i = 0; i < 3; i++) {
        const began = performance.now();
        const alive = await decided(`${base}/beside`, 'grant', app);
        await until('the other address is told', () => toldOf(alive).length === 1);
        const ms = performance.now() - began;
        assert.ok(ms < 2500, `told after ${Math.round(ms)} ms while ${open.size} calls of the other hung`);
      }
    }
    assert.ok(most <= 4, `${most} at once: two a process`);
    assert.ok(came < waiting.length, 'most of its own are still waiting');
    slow.removeAllListeners('request');
    slow.on('request', (rq, rs) => rs.end());
    for (const rs of open) rs.end();
    await until('all of its own are told', async () => {
      const { items } = await zwm.zwmJson('callback', 'list');
      const mine = items.filter((job) => waiting.includes(job.request_no));
      const next = Math.min(...mine.filter((job) => job.state === 'waiting').map((job) => job.next_at));
      if (next > zwm.now() && next < Infinity) zwm.setOffset(zwm.offset() + 1);
      return mine.length === waiting.length && mine.every((job) => job.state === 'delivered');
    }, { seconds: 40 });
  } finally {
    slow.closeAllConnections();
    slow.close();
  }
});
