// What newcomers ran into: names with spaces, a directory that is somebody's, a typing error, a second terminal, a rebuild.
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { appendFileSync, copyFileSync, cpSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { ROOT, System, until } from '../api/lib/system.mjs';
import { freePair } from './lib/instance.mjs';
import { processes } from './lib/processes.mjs';

const run = promisify(execFile);
const said = (promise) => promise.then(({ stdout, stderr }) => ({ code: 0, stdout, stderr }), ({ code, stdout, stderr }) => ({ code, stdout, stderr }));
const { binDir } = System.fromEnvironment();
const PARTS = ['mariadbd', 'nginx', 'zwm', 'zwm-verify'];
let top, varDir, bin, env;

// The name has a space, and the programs are its own, so that they can be built again.
before(async () => {
  top = mkdtempSync(path.join(tmpdir(), 'zwm new '));
  varDir = path.join(top, 'v');
  bin = path.join(top, 'bin');
  cpSync(binDir, bin, { recursive: true });
  env = { ...process.env, ZWM_VAR: varDir, ZWM_PORT: String(await freePair()), ZWM_BIN_DIR: bin, ZWM_SHARE: ROOT, ZWM_SMALL: '1', ZWM_TEST_CLOCK: '' };
});
after(async () => {
  await local('down');
  rmSync(top, { recursive: true, force: true });
});

const local = (verb, more = {}) => said(run(path.join(ROOT, 'nginx', 'zwm-local'), [verb], { env: { ...env, ...more }, cwd: ROOT }));
const expectNothing = () => { for (const name of PARTS) assert.deepEqual(processes(varDir, name), [], name); };

test('a name with a space: it is made, started and stopped', async () => {
  const up = await local('up');
  assert.equal(up.code, 0, up.stderr);
  const status = await local('status');
  assert.equal(status.code, 0, status.stdout);
  assert.equal(new Set(status.stdout.trim().split('\n').slice(0, -1).map((line) => line.indexOf(' up '))).size, 1, 'a column out of line');
});

test('a typing error in zwm.conf: what runs is told of and stopped all the same', async () => {
  const conf = path.join(varDir, 'zwm.conf'), good = readFileSync(conf);
  appendFileSync(conf, '\nlisten_prot = 1\n');
  try {
    assert.equal((await local('status')).code, 0);
    const { code, stdout } = await local('down');
    assert.equal(code, 0);
    assert.match(stdout, /^down$/m);
    expectNothing();
    // Not up: nothing to stop, and a start says what is wrong.
    assert.match((await local('down')).stdout, /was not up/);
    const up = await local('up');
    assert.equal(up.code, 1);
    assert.match(up.stderr, /unknown setting `listen_prot`/);
    expectNothing();
  } finally {
    writeFileSync(conf, good);
  }
});

test('a foreground run: a typing error does not keep Ctrl-C from stopping it', async () => {
  const conf = path.join(varDir, 'zwm.conf'), good = readFileSync(conf);
  const child = spawn(path.join(ROOT, 'nginx', 'zwm-local'), ['run'], { env, cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'] });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (part) => { text += part; });
  const over = new Promise((resolve) => { child.once('close', resolve); });
  await until('it runs', () => text.includes('Ctrl-C stops it.') || child.exitCode !== null, { seconds: 60 });
  appendFileSync(conf, 'threads = many\n');
  child.kill('SIGINT');
  await over;
  writeFileSync(conf, good);
  assert.match(text, /^down$/m);
  expectNothing();
});

test('a foreground run ends when it is stopped from elsewhere', async () => {
  const child = spawn(path.join(ROOT, 'nginx', 'zwm-local'), ['run'], { env, cwd: ROOT, stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  child.stdout.on('data', (part) => { text += part; });
  const over = new Promise((resolve) => { child.once('close', resolve); });
  await until('it runs', () => text.includes('Ctrl-C stops it.') || child.exitCode !== null, { seconds: 60 });
  assert.equal((await local('down')).code, 0);
  assert.equal(await over, 0);
  assert.match(text, /stopped from elsewhere/);
  expectNothing();
});

test('programs built again: `up` takes them, without a stop', async () => {
  assert.equal((await local('up')).code, 0);
  const database = processes(varDir, 'mariadbd'), old = processes(varDir, 'zwm-verify');
  const again = await local('up');
  assert.match(again.stdout, /already up/);
  assert.doesNotMatch(again.stdout, /build/);
  assert.deepEqual(processes(varDir, 'zwm-verify'), old);
  // As a linker does: another file under the name.
  copyFileSync(path.join(binDir, 'zwm-verify'), path.join(bin, 'new'));
  renameSync(path.join(bin, 'new'), path.join(bin, 'zwm-verify'));
  const taken = await local('up');
  assert.equal(taken.code, 0, taken.stderr);
  assert.match(taken.stdout, /before the last build/);
  await until('the old ones are gone', () => processes(varDir, 'zwm-verify').every((pid) => !old.includes(pid)));
  assert.equal(processes(varDir, 'zwm-verify').length, old.length);
  assert.deepEqual(processes(varDir, 'mariadbd'), database);
  assert.doesNotMatch((await local('up')).stdout, /build/);
  assert.equal((await local('down')).code, 0);
});

test('a directory that holds other things is refused, and nothing in it is changed', async () => {
  const taken = path.join(top, 'somebody');
  mkdirSync(taken, { mode: 0o755 });
  writeFileSync(path.join(taken, 'letter.txt'), 'Dear');
  for (const script of ['zwm-local', 'zwm-federation']) {
    for (const verb of ['up', 'down']) {
      const { code, stdout, stderr } = await said(run(path.join(ROOT, 'nginx', script), [verb], { env: { ...env, ZWM_VAR: taken }, cwd: ROOT }));
      assert.equal(code, verb === 'up' ? 1 : 0, stderr);
      assert.match(verb === 'up' ? stderr : stdout, verb === 'up' ? /not empty \(letter.txt is in it\)/ : /nothing in/);
    }
  }
  assert.deepEqual(readdirSync(taken), ['letter.txt']);
  assert.equal(statSync(taken).mode & 0o777, 0o755);
  const file = await local('up', { ZWM_VAR: path.join(taken, 'letter.txt') });
  assert.equal(file.code, 1);
  assert.match(file.stderr, /no directory/);
});

test('`make status` of what is not up is no error of make, and `make help` stands in columns', async () => {
  const status = await said(run('make', ['-s', 'status'], { env, cwd: ROOT }));
  assert.equal(status.code, 0, status.stderr);
  assert.match(status.stdout, /^verify +down$/m);
  assert.equal(status.stderr, '');
  const { stdout } = await run('make', ['-s', 'help'], { env, cwd: ROOT });
  const columns = stdout.trimEnd().split('\n').map((line) => /^ {2}\S+ +/.exec(line)[0].length);
  assert.ok(columns.length > 15);
  assert.equal(new Set(columns).size, 1, columns.join());
});
