// A responder's processes: one that ends again and again is held back and never given up, and a reload changes nothing
// unless the new processes are ready.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { appendFileSync, chmodSync, copyFileSync, cpSync, mkdtempSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import https from 'node:https';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { ROOT, System, expectDone, freshCode, until, verifyBody } from '../api/lib/system.mjs';
import { Instance } from './lib/instance.mjs';
import { processes } from './lib/processes.mjs';

const run = promisify(execFile);
let instance, bin, channel, third;

// Programs of its own, so that one of them can be broken.
before(async () => {
  bin = mkdtempSync(path.join(tmpdir(), 'zwm-bin-'));
  cpSync(System.fromEnvironment().binDir, bin, { recursive: true });
  instance = await Instance.start({ binDir: bin });
  channel = await instance.system.app('channel', 'sup-ch');
  third = await instance.system.app('third-party', 'sup-th');
  // A connection a call: a kept one may be closed by nginx just as a call is sent on it.
  for (const client of [channel, third]) client.agent = new https.Agent({ ca: instance.system.ca });
  await instance.system.inForce();
});
after(async () => {
  await instance?.stop();
  rmSync(bin, { recursive: true, force: true });
});

const local = (verb) => run(path.join(ROOT, 'nginx', 'zwm-local'), [verb], { env: instance.env, cwd: ROOT })
  .then(({ stdout, stderr }) => ({ code: 0, stdout, stderr }), ({ code, stdout, stderr }) => ({ code, stdout, stderr }));
const pids = (name) => processes(instance.dir, name).sort();
const log = (name) => readFileSync(path.join(instance.dir, 'log', `${name}.log`), 'utf8');
const ends = (name) => log(name).split('\n').filter((line) => /"event":"supervise".*process \d+ of/.test(line)).length;

async function expectWell() {
  const { code } = await freshCode(channel, ['a.b']);
  expectDone(await third.verify(verifyBody(code)));
}

// Puts `text` in the place of a program, as a build does: another file under its name.
function putProgram(name, write) {
  write(path.join(bin, `${name}.new`));
  renameSync(path.join(bin, `${name}.new`), path.join(bin, name));
}
const breakProgram = (name) => putProgram(name, (file) => {
  writeFileSync(file, '#!/bin/sh\necho broken >&2\nkill -ABRT $$\n');
  chmodSync(file, 0o755);
});
const mendProgram = (name) => putProgram(name, (file) => copyFileSync(path.join(System.fromEnvironment().binDir, name), file));

test('a program that aborts again and again is held back, and is back when it is mended', async () => {
  breakProgram('zwm-verify');
  for (const pid of pids('zwm-verify')) process.kill(pid, 'SIGKILL');
  const began = performance.now();
  await until('it is held back', () => /held back/.test(log('verify')));
  // For some seconds: far fewer starts than without a pause, which makes hundreds a second.
  const first = ends('verify');
  await new Promise((resolve) => { setTimeout(resolve, 4000); });
  assert.ok(ends('verify') - first <= 16, `${ends('verify') - first} starts in 4 s`);
  assert.ok(ends('verify') > first, 'it is not tried any more');
  assert.ok(first < 30, `${first} starts in ${Math.round(performance.now() - began)} ms`);
  mendProgram('zwm-verify');
  await until('it serves again', () => pids('zwm-verify').length === 2);
  await expectWell();
});

test('a process killed now and then is replaced at once', async () => {
  for (let i = 0; i < 3; i++) {
    await new Promise((resolve) => { setTimeout(resolve, 2100); }); // an end is forgotten after two seconds
    const [victim] = pids('zwm-issue');
    process.kill(victim, 'SIGKILL');
    await until('another is there', () => pids('zwm-issue').length === 2 && !pids('zwm-issue').includes(victim), { seconds: 2 });
  }
});

test('a reload replaces all processes and loses no call', async () => {
  const old = pids('zwm-verify');
  let over = false;
  const calls = (async () => {
    let n = 0;
    while (!over) { await expectWell(); n++; }
    return n;
  })();
  const said = await local('reload');
  over = true;
  assert.equal(said.code, 0, said.stderr);
  assert.ok(await calls > 0);
  await until('the old ones are gone', () => pids('zwm-verify').every((pid) => !old.includes(pid)));
  assert.equal(pids('zwm-verify').length, 2);
});

test('a reload whose new processes cannot start: it fails, says why, the old ones stay, and it heals', async () => {
  const passphrase = path.join(instance.dir, 'keys', 'passphrase');
  const old = ['zwm-issue', 'zwm-verify', 'zwm-status'].map(pids);
  chmodSync(passphrase, 0o644);
  try {
    const said = await local('reload');
    assert.equal(said.code, 1);
    assert.match(said.stderr, /passphrase|keys/);
    assert.match(said.stderr, /goes on as before/);
    assert.doesNotMatch(said.stdout, /reloaded/);
    await until('no process too many', () => pids('zwm-issue').length === 2);
    assert.deepEqual(['zwm-issue', 'zwm-verify', 'zwm-status'].map(pids), old);
    await expectWell();
  } finally {
    chmodSync(passphrase, 0o600);
  }
  assert.equal((await local('reload')).code, 0);
  await until('the old ones are gone', () => pids('zwm-verify').every((pid) => !old[1].includes(pid)));
  await expectWell();
});

test('a reload with a program that aborts, and with settings that do not hold: nothing is changed', async () => {
  const conf = path.join(instance.dir, 'zwm.conf'), before = readFileSync(conf);
  const old = pids('zwm-verify'), since = statSync(path.join(instance.dir, 'run', 'nginx.conf')).mtimeMs;
  breakProgram('zwm-verify');
  try {
    const said = await local('reload');
    assert.equal(said.code, 1);
    assert.match(said.stderr, /broken|ended before it was ready/);
    appendFileSync(conf, 'thread = 3\n');
    const refused = await local('reload');
    assert.equal(refused.code, 1);
    assert.match(refused.stderr, /unknown setting `thread`/);
  } finally {
    writeFileSync(conf, before);
    mendProgram('zwm-verify');
  }
  assert.deepEqual(pids('zwm-verify'), old);
  assert.equal(statSync(path.join(instance.dir, 'run', 'nginx.conf')).mtimeMs, since);
  await expectWell();
});
