// A system that hangs or is gone costs callers of other systems nothing, is answered for at once after a while, and is tried
// again by itself (issue: a slow or dead system).
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { expectDone, expectError, until, verifyBody } from '../api/lib/system.mjs';
import { processes } from '../faults/lib/processes.mjs';
import { VERIFY, city, closeAll, department, issue, national, provinceA, provinceB, untilVerify, verify, withApps } from './lib/federation.mjs';
import { FREE, NodeSystem } from './lib/node-system.mjs';

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
async function flood(makeCodes, others, n) {
  const client = provinceB.client(provinceB.third.appId, provinceB.third.ownKey, { maxSockets: n });
  const stuck = (await makeCodes(n)).map((code) => client.call(VERIFY, verifyBody(code)));
  let open = n;
  for (const one of stuck) one.then(() => { open--; }, () => {});
  const served = [];
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
  const { served, stuck } = await flood(codes, others, n);
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
