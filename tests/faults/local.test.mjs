// zwm-local: parts that are killed come back with the next `up`, calls meanwhile get an honest answer, and a wrong start
// says why and leaves nothing running.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { ROOT, System, expectDone, expectError, freshCode, until, verifyBody } from '../api/lib/system.mjs';
import { processes } from './lib/processes.mjs';

const zwm = System.fromEnvironment();
const run = promisify(execFile);
const local = (verb, env = {}) => run(path.join(ROOT, 'nginx', 'zwm-local'), [verb], { env: { ...zwm.env, ...env }, cwd: ROOT })
  .then(({ stdout, stderr }) => ({ code: 0, stdout, stderr }), ({ code, stdout, stderr }) => ({ code, stdout, stderr }));
const leader = (name) => Number(readFileSync(path.join(zwm.varDir, 'run', `${name}.pid`), 'utf8'));
let channel, third;

before(async () => {
  channel = await zwm.app('channel', 'local-ch');
  third = await zwm.app('third-party', 'local-th');
  await zwm.inForce();
});
after(() => zwm.close());

async function expectWell() {
  zwm.close(); // connections of before
  const { code } = await freshCode(channel, ['a.b']);
  expectDone(await third.verify(verifyBody(code)));
}

test('all is up: a second start is told so and does nothing', async () => {
  const pids = processes(zwm.varDir, 'zwm-verify').sort();
  const { code, stdout } = await local('up');
  assert.equal(code, 0);
  assert.match(stdout, /already up/);
  assert.deepEqual(processes(zwm.varDir, 'zwm-verify').sort(), pids);
  assert.equal((await local('status')).code, 0);
});

test('doctor finds nothing, and finds a store that may lose what it has confirmed', async () => {
  const doctor = () => run(path.join(zwm.binDir, 'zwm'), ['doctor', '--json'], { env: zwm.env })
    .then(({ stdout }) => JSON.parse(stdout), ({ stdout }) => JSON.parse(stdout));
  const finding = ({ items }, check) => items.find((item) => item.check === check)?.finding;
  const flush = (value) => run('mariadb', [`--socket=${path.join(zwm.varDir, 'run', 'mariadb.sock')}`, '-e',
    `SET GLOBAL innodb_flush_log_at_trx_commit = ${value}`]);
  const well = await doctor();
  assert.equal(well.failed, 0, JSON.stringify(well.items.filter((item) => item.finding === 'FAILED')));
  for (const check of ['database', 'durability', 'trust list', 'audit', 'health', 'https']) assert.equal(finding(well, check), 'ok', check);
  try {
    await flush(2);
    const ill = await doctor();
    assert.equal(ill.failed, 1);
    assert.equal(finding(ill, 'durability'), 'FAILED');
  } finally {
    await flush(1);
  }
});

test('a responder with its supervisor killed: 9001, the code is not used up, and `up` brings it back', async () => {
  const { code } = await freshCode(channel, ['a.b']);
  process.kill(-leader('verify'), 'SIGKILL');
  // While its socket is being closed the kernel may still take a call that nobody will read: then the outcome is uncertain.
  const answer = await until('no connection is taken any more', async () => {
    const said = await third.verify(verifyBody(code));
    return said.error === '9003' ? null : said;
  });
  expectError(answer, '9001');
  const status = await local('status');
  assert.equal(status.code, 3);
  assert.match(status.stdout, /^verify +down$/m);
  assert.equal((await local('up')).code, 0);
  expectDone(await third.verify(verifyBody(code)));
});

test('a supervisor alone killed: its processes are not left behind', async () => {
  const orphans = processes(zwm.varDir, 'zwm-issue');
  process.kill(leader('issue'), 'SIGKILL');
  await until('it is gone', () => !processes(zwm.varDir, 'zwm').includes(leader('issue')));
  assert.equal((await local('up')).code, 0);
  assert.deepEqual(processes(zwm.varDir, 'zwm-issue').filter((pid) => orphans.includes(pid)), []);
  await expectWell();
});

test('nginx killed: `up` starts it again', async () => {
  process.kill(leader('nginx'), 'SIGKILL');
  await until('the master is gone', () => !processes(zwm.varDir, 'nginx').includes(leader('nginx')));
  assert.equal((await local('up')).code, 0);
  await expectWell();
});

test('a second instance: refused on the same port, started on its own, stopped without touching the first', async () => {
  const dir = mkdtempSync(path.join(tmpdir(), 'zwm-2-'));
  const env = { ZWM_VAR: path.join(dir, 'var') };
  try {
    const refused = await local('up', env);
    assert.equal(refused.code, 1);
    assert.match(refused.stderr, new RegExp(`port ${zwm.env.ZWM_PORT} is taken.*ZWM_PORT=\\d+`));
    assert.deepEqual(processes(env.ZWM_VAR, 'mariadbd'), []);
    const own = { ...env, ZWM_PORT: String(Number(zwm.env.ZWM_PORT) + 2) };
    assert.equal((await local('up', own)).code, 0);
    assert.equal(processes(env.ZWM_VAR, 'mariadbd').length, 1);
    const moved = await local('up', { ...own, ZWM_PORT: '1' });
    assert.equal(moved.code, 1);
    assert.match(moved.stderr, /has port/);
    assert.equal((await local('down', own)).code, 0);
    for (const name of ['mariadbd', 'nginx', 'zwm', 'zwm-verify']) assert.deepEqual(processes(env.ZWM_VAR, name), [], name);
    assert.match((await local('down', own)).stdout, /was not up/);
    await expectWell();
  } finally {
    await local('down', env);
    rmSync(dir, { recursive: true });
  }
});

test('a directory whose name is too long for unix sockets is refused with the number of bytes', async () => {
  const dir = mkdtempSync(path.join(tmpdir(), 'zwm-long-'));
  const deep = path.join(dir, 'a'.repeat(100));
  try {
    mkdirSync(deep);
    const { code, stderr } = await local('up', { ZWM_VAR: deep, ZWM_PORT: String(Number(zwm.env.ZWM_PORT) + 2) });
    assert.equal(code, 1);
    assert.match(stderr, new RegExp(`is ${Buffer.byteLength(`${deep}/run/authorize.sock`) - 107} bytes too long`));
  } finally {
    rmSync(dir, { recursive: true });
  }
});
