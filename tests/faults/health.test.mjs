// /healthz tells the truth, at once, whatever stands still; and says so no longer when it is over.
import assert from 'node:assert/strict';
import { execFile, execFileSync, spawn } from 'node:child_process';
import { closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, unlinkSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, afterEach, before, test } from 'node:test';
import { promisify } from 'node:util';
import { ROOT, expectDone, expectError, freshCode, issueBody, until, verifyBody } from '../api/lib/system.mjs';
import { Instance } from './lib/instance.mjs';
import { processes } from './lib/processes.mjs';

const run = promisify(execFile);
let instance, channel, third;

before(async () => {
  instance = await Instance.start({ settings: () => ({ threads: 2 }) });
  channel = await instance.system.app('channel', 'hea-ch');
  third = await instance.system.app('third-party', 'hea-th');
  await instance.system.inForce();
});
after(() => instance?.stop());
afterEach(async () => { await untilHealthy(instance); });

const url = (of, target) => `http://127.0.0.1:${Number(of.env.ZWM_PORT) + 1}${target}`;

// Never slower than two seconds: that is part of what is tested.
async function look(of = instance) {
  const answer = await fetch(url(of, '/healthz'), { signal: AbortSignal.timeout(2500) });
  const text = await answer.text();
  return { code: answer.status, failing: [], why: [], ...JSON.parse(text) };
}
const untilHealthy = (of) => until('it is well', async () => (await look(of)).code === 200);
const untilFailing = (part, of = instance, seconds = 5) => until(`${part} is named`, async () => {
  const { code, failing, why } = await look(of);
  return code === 503 && failing.includes(part) && why.filter((line) => line.startsWith(`${part}: `)).join();
}, { seconds });
const metric = async (line) => (await (await fetch(url(instance, '/metrics'))).text()).split('\n').find((l) => l.startsWith(line));

async function stopped(pids, body) {
  assert.ok(pids.length > 0, 'no process was found');
  for (const pid of pids) process.kill(pid, 'SIGSTOP');
  try { return await body(); } finally { for (const pid of pids) process.kill(pid, 'SIGCONT'); }
}

test('all is well', async () => {
  assert.deepEqual(await look(), { code: 200, status: 'ok', failing: [], why: [] });
  assert.equal(await metric('zwm_healthy '), 'zwm_healthy 1');
  assert.equal(await metric('zwm_processes{responder="verify"}'), 'zwm_processes{responder="verify"} 2');
});

test('one of two processes stands still', async () => {
  await stopped(processes(instance.dir, 'zwm-verify').slice(0, 1), async () => {
    assert.match(await untilFailing('verify'), /stand still/);
    // Two processes of zwm-status answer in turn, and each looks for itself once a second.
    for (const part of ['zwm_processes_hanging{responder="verify"}', 'zwm_failing{part="verify"}'])
      await until(`${part} is 1`, async () => await metric(part) === `${part} 1`, { seconds: 2 });
  });
});

test('the database stands still: named within four seconds, and each answer comes at once', async () => {
  await stopped(processes(instance.dir, 'mariadbd'), async () => {
    const late = performance.now() + 4000;
    assert.match(await untilFailing('database', instance, 4), /no answer/);
    // Two processes of zwm-status answer in turn, and each looks for itself: all answers name it only when both have looked.
    let named = 0;
    while (named < 20) {
      const began = performance.now();
      const { failing } = await look();
      assert.ok(performance.now() - began < 1000);
      if (failing.includes('database')) named++;
      else assert.ok(began < late, 'a process still says that all is well');
    }
  });
});

test('the database is gone', async () => {
  for (const pid of processes(instance.dir, 'mariadbd')) process.kill(pid, 'SIGKILL');
  assert.match(await untilFailing('database'), /cannot be reached/);
  await instance.local('up');
});

test('the database takes no writes: every issue is 9002, and that is said', async () => {
  const sql = (text) => run('mariadb', [`--socket=${path.join(instance.dir, 'run', 'mariadb.sock')}`, '-e', text]);
  await sql('SET GLOBAL read_only = 1');
  try {
    for (let i = 0; i < 5; i++) expectError(await channel.issue(issueBody(['a.b'])), '9002');
    assert.match(await untilFailing('storage'), /issue: \d+ of the last \d+ calls were answered 9002/);
    assert.match(await untilFailing('database'), /read_only/);
  } finally {
    await sql('SET GLOBAL read_only = 0');
  }
  expectDone(await channel.issue(issueBody(['a.b'])));
});

test('a supervisor is gone while its processes serve', async () => {
  process.kill(Number(readFileSync(path.join(instance.dir, 'run', 'verify.pid'), 'utf8')), 'SIGKILL');
  assert.match(await untilFailing('verify'), /supervisor is gone/);
  const { code } = await freshCode(channel, ['a.b']);
  expectDone(await third.verify(verifyBody(code)));
  await instance.local('up');
});

test('a supervisor stands still and a process ends', async () => {
  await stopped([Number(readFileSync(path.join(instance.dir, 'run', 'issue.pid'), 'utf8'))], async () => {
    process.kill(processes(instance.dir, 'zwm-issue')[0], 'SIGKILL');
    assert.match(await untilFailing('issue', instance, 8), /1 of 2 processes/);
  });
});

test('every thread hangs in a call', async () => {
  const client = spawn('mariadb', [`--socket=${path.join(instance.dir, 'run', 'mariadb.sock')}`, 'zwm'], { stdio: ['pipe', 'pipe', 'inherit'] });
  const codes = await Promise.all(Array.from({ length: 12 }, () => freshCode(channel, ['a.b'])));
  try {
    client.stdin.write('LOCK TABLES authz WRITE; SELECT 1;\n');
    await new Promise((resolve) => { setTimeout(resolve, 300); });
    const calls = codes.map(({ code }) => third.verify(verifyBody(code)).catch(() => null));
    assert.match(await untilFailing('verify', instance, 20), /hang in a call/);
    client.stdin.end('UNLOCK TABLES;\n');
    await Promise.all(calls);
  } finally {
    client.kill();
  }
});

test('zwm-status itself stands still: no answer says that all is well', async () => {
  await stopped(processes(instance.dir, 'zwm-status'), async () => {
    for (let i = 0; i < 3; i++) {
      const began = performance.now();
      assert.ok((await fetch(url(instance, '/healthz'))).status >= 500);
      assert.ok(performance.now() - began < 3000);
    }
  });
});

const isRoot = process.getuid() === 0;
test('the disk is full', { skip: isRoot ? false : 'only root can mount a small disk' }, async (t) => {
  const disk = mkdtempSync(path.join(tmpdir(), 'zwm-disk-'));
  try { execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=420m', 'tmpfs', disk], { stdio: 'pipe' }); } catch {
    rmSync(disk, { recursive: true });
    t.skip('no disk can be mounted here');
    return;
  }
  let small;
  try {
    mkdirSync(path.join(disk, 'v'));
    process.env.ZWM_SMALL = '1';
    small = await Instance.start({ dir: path.join(disk, 'v'), settings: () => ({ processes: 1 }) });
    await untilHealthy(small);
    const filler = path.join(disk, 'filler'), fd = openSync(filler, 'w'), block = Buffer.alloc(1 << 20);
    try { for (;;) writeSync(fd, block); } catch (error) { assert.equal(error.code, 'ENOSPC'); }
    closeSync(fd);
    assert.match(await untilFailing('disk', small), /store: \d+ MiB free/);
    unlinkSync(filler);
    await untilHealthy(small);
  } finally {
    delete process.env.ZWM_SMALL;
    await small?.stop();
    execFileSync('umount', ['-l', disk]);
    rmSync(disk, { recursive: true });
  }
});
