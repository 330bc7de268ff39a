// A system that hangs or is gone costs callers of other systems nothing, is answered for at once after a while, and is tried
// again by itself (issue: a slow or dead system).
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, test } from 'node:test';
import { expectDone, expectError, until, verifyBody } from '../api/lib/system.mjs';
import { processes } from '../faults/lib/processes.mjs';
import { VERIFY, city, closeAll, department, issue, national, provinceA, provinceB, untilVerify, verify, withApps } from './lib/federation.mjs';
import { FREE, NodeSystem } from './lib/node-system.mjs';

// Of the ten threads of a process seven may wait for others' answers, and about half of those for one system.
const SHARE = 4;
let hung, lost;

before(async () => {
  hung = new NodeSystem(FREE.hung);
  lost = new NodeSystem(FREE.taker);
  await withApps('hg');
  await Promise.all([hung.join(), lost.join()]);
});
after(async () => {
  await hung?.leave();
  await lost?.leave();
  closeAll();
});

// Sends `n` calls about a code of the hung system at once, and meanwhile one after the other about codes of others.
async function flood(makeCodes, others, n, under = () => {}) {
  const client = provinceB.client(provinceB.third.appId, provinceB.third.ownKey, { maxSockets: n });
  const stuck = (await makeCodes(n)).map((code) => client.call(VERIFY, verifyBody(code)));
  let open = n;
  for (const one of stuck) one.then(() => { open--; }, () => {});
  const served = [];
  await under();
  for (const other of others) {
    const { code } = await issue(other);
    served.push({ other, whileOpen: open, answer: await verify(provinceB, code) });
  }
  return { served, stuck: await Promise.all(stuck) };
}

test('while one system hangs, calls of the others succeed, and the breaker spares the callers', async () => {
  hung.respond = () => null; // takes the request and never answers
  const n = 24;
  const codes = () => Array.from({ length: n }, () => hung.code());
  const before = hung.requests.length;
  const others = [provinceA, department, provinceB, city, provinceA, department, provinceB, city];
  const { served, stuck } = await flood(codes, others, n,
    () => until('the hung system has all the calls it gets', () => hung.requests.length - before >= SHARE));
  for (const { answer } of served) expectDone(answer);
  assert.ok(served.some(({ whileOpen }) => whileOpen > 0), 'some were served while calls to the hung system waited');
  for (const answer of stuck) expectError(answer, '4003');
  const reached = hung.since(before).length;
  assert.ok(reached < n, `${reached} of ${n} calls were let through to the hung system`);
  // Open: answered for without a call.
  const seen = hung.requests.length;
  for (let i = 0; i < 10; i++) expectError(await verify(provinceB, hung.code()), '4003');
  assert.ok(hung.since(seen).length <= 3, `${hung.since(seen).length} of 10 calls reached it`);
  // It answers again: the breaker finds out by itself.
  hung.respond = (request) => hung.valid(request);
  await until('the hung system is called again', async () => (await verify(provinceB, hung.code())).result === '100', { seconds: 40 });
  for (let i = 0; i < 5; i++) expectDone(await verify(provinceB, hung.code()));
});

test('downloads that nobody reads do not hold up other calls to their system', async () => {
  const size = 8 << 20, piece = Buffer.alloc(1 << 16, 'x'), responses = [];
  const server = hung.server.listeners('request')[0];
  hung.server.removeAllListeners('request');
  hung.server.on('request', (request, response) => {
    if (request.method !== 'GET') {
      server(request, response);
      return;
    }
    response.writeHead(200, { 'Content-Type': 'application/pdf', 'Content-Length': size });
    response.write(piece); // and no more until the test is over
    responses.push(response);
  });
  hung.respond = (seen) => {
    if (seen.target === VERIFY) return hung.valid(seen);
    return hung.answer(seen, { items: [{
      class: 'a.b', source: '测试', media_type: 'application/pdf', size, sm3: '0'.repeat(64), file: randomBytes(32).toString('base64url') }] });
  };
  const pick = async () => {
    const verified = await verify(provinceB, hung.code());
    expectDone(verified);
    return provinceB.third.pickup({ ticket: verified.item.ticket, class: 'a.b', as: 'file' });
  };
  const downloads = [];
  try {
    for (let i = 0; i < SHARE + 1; i++) {
      const picked = await pick();
      expectDone(picked);
      downloads.push(provinceB.third.file(picked.item.file).catch(() => null));
    }
    await until('all are under way', () => responses.length === SHARE + 1);
    for (let i = 0; i < 3; i++) expectDone(await pick());
  } finally {
    for (const response of responses) response.destroy();
    await Promise.all(downloads);
    hung.server.removeAllListeners('request');
    hung.server.on('request', server);
  }
  expectDone(await pick()); // and what was broken off has opened no breaker
});

test('a download of another system takes as long as it must, and ends where nothing more comes', async () => {
  const piece = Buffer.alloc(64 << 10, 'x'), n = 24, size = n * piece.length;
  const total = Number(provinceB.setting('service_total_ms', 10000)), stall = Number(provinceB.setting('download_stall_sec', 10)) * 1000;
  const server = hung.server.listeners('request')[0], responses = [];
  let slow = null;
  hung.server.removeAllListeners('request');
  hung.server.on('request', (request, response) => {
    if (request.method !== 'GET') {
      server(request, response);
      return;
    }
    response.writeHead(200, { 'Content-Type': 'application/pdf', 'Content-Length': size }).write(piece);
    for (let i = 1; request.url === slow && i < n; i++) setTimeout(() => response.write(piece), (i * (total + 1500)) / (n - 1));
    responses.push(response);
  });
  hung.respond = (seen) => (seen.target === VERIFY ? hung.valid(seen) : hung.answer(seen, { items: [{
    class: 'a.b', source: '测试', media_type: 'application/pdf', size, sm3: '0'.repeat(64), file: randomBytes(32).toString('base64url') }] }));
  const pick = async () => {
    const verified = await verify(provinceB, hung.code());
    expectDone(verified);
    const picked = await provinceB.third.pickup({ ticket: verified.item.ticket, class: 'a.b', as: 'file' });
    expectDone(picked);
    return picked.item.file;
  };
  try {
    const handles = [await pick(), await pick()];
    slow = `/api/v1/data/file/${handles[0]}`;
    const began = performance.now();
    const served = provinceB.third.file(handles[0]).then((raw) => ({ ...raw, ms: performance.now() - began }));
    const stopped = provinceB.third.file(handles[1]).then(() => null, () => performance.now() - began);
    const ms = await stopped;
    assert.ok(ms !== null && ms >= stall * 0.9 && ms < stall + 6000, `cut after ${Math.round(ms)} ms`);
    const whole = await served;
    assert.deepEqual([whole.status, whole.body.length], [200, size]);
    assert.ok(whole.ms > total, `it took ${Math.round(whole.ms)} ms`);
  } finally {
    for (const response of responses) response.destroy();
    hung.server.removeAllListeners('request');
    hung.server.on('request', server);
  }
});

test('a system that cuts connections, or answers without end, is unreachable and nothing worse', async () => {
  lost.respond = () => ({ status: 200, headers: { 'Content-Type': 'application/json' }, body: Buffer.alloc(6 << 20, 0x20) });
  const before = lost.requests.length;
  await until('it was asked', async () => {
    expectError(await verify(provinceB, lost.code()), '4003');
    return lost.since(before).length > 0;
  });
  const { baseUrl } = lost;
  lost.close(); // nobody listens
  for (let i = 0; i < 5; i++) expectError(await verify(provinceB, lost.code()), '4003');
  assert.equal(lost.baseUrl, baseUrl);
  const { code } = await issue(provinceA);
  expectDone(await verify(provinceB, code));
});

test('a real system stopped in its tracks', async () => {
  const pids = ['nginx', 'zwm-verify'].flatMap((name) => processes(provinceA.varDir, name));
  assert.ok(pids.length > 1);
  const n = 16, codes = [];
  for (let i = 0; i < n; i++) codes.push((await issue(provinceA)).code);
  for (const pid of pids) process.kill(pid, 'SIGSTOP');
  try {
    const { served, stuck } = await flood(() => codes, [department, provinceB, national, department, provinceB, national], n);
    for (const { answer } of served) expectDone(answer);
    for (const answer of stuck) expectError(answer, '4003');
  } finally {
    for (const pid of pids) process.kill(pid, 'SIGCONT');
  }
  await untilVerify('after it goes on', provinceA, provinceB, '');
});

test('a relay that hangs stops what lies behind it, and nothing else', async () => {
  const pids = ['nginx', 'zwm-verify'].flatMap((name) => processes(national.varDir, name));
  const { code } = await issue(department);
  for (const pid of pids) process.kill(pid, 'SIGSTOP');
  try {
    expectError(await verify(provinceB, code), '4003');
    for (let i = 0; i < 4; i++) expectDone(await verify(provinceB, (await issue(provinceA)).code));
    expectDone(await verify(provinceA, (await issue(city)).code));
  } finally {
    for (const pid of pids) process.kill(pid, 'SIGCONT');
  }
  await untilVerify('after it goes on', department, provinceB, '');
});

test('a killed system is 4003; when it is back it is found again', async () => {
  const { code } = await issue(provinceA);
  for (const name of ['nginx', 'zwm-verify', 'zwm-issue']) {
    for (const pid of processes(provinceA.varDir, name)) {
      try { process.kill(pid, 'SIGKILL'); } catch { /* a worker that went with its master */ }
    }
  }
  expectError(await verify(provinceB, code), '4003');
  expectDone(await verify(provinceB, (await issue(department)).code));
  await provinceA.local('up');
  await untilVerify('after the restart', provinceA, provinceB, '');
});
