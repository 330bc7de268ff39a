// Backup and restore by the page: the commands of docs/operations.md as they stand there. What the page leaves out can be made
// again, and the passphrase is never beside the keys.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { copyFileSync, existsSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { ROOT } from '../api/lib/system.mjs';
import { Instance } from './lib/instance.mjs';

const run = promisify(execFile);
const dir = mkdtempSync(path.join(tmpdir(), 'zwm-restore-'));
let instance, env;

const section = readFileSync(path.join(ROOT, 'docs/operations.md'), 'utf8').match(/^## Backup and restore\n([\s\S]*?)^## /m)[1];
const blocks = [...section.matchAll(/^```sh\n([\s\S]*?)^```/gm)].map((m) => m[1]);
const block = (mark) => {
  const found = blocks.filter((text) => text.includes(mark));
  assert.equal(found.length, 1, `one block with ${mark}`);
  return found[0];
};
// The page's `make up` builds first and bin/ is where it builds to; files go where the test is.
const script = (text) => `set -e\ncd '${dir}'\n${text
  .replaceAll(/^make (up|down)$/gm, `'${ROOT}nginx/zwm-local' $1`).replaceAll('bin/zwm', `'${instance.env.ZWM_BIN_DIR}/zwm'`)}`;
const sh = (text) => run('bash', ['-c', script(text)], { env, cwd: ROOT });
const zwm = (...args) => run(path.join(instance.env.ZWM_BIN_DIR, 'zwm'), args, { env, cwd: ROOT });

before(async () => {
  instance = await Instance.start();
  env = { ...instance.env, PASSPHRASE: path.join(dir, 'passphrase') };
  await zwm('play');
});
after(async () => {
  await instance.stop();
  rmSync(dir, { recursive: true, force: true });
});

test('the backup holds the keys without their passphrase', async () => {
  copyFileSync(path.join(env.ZWM_VAR, 'keys/passphrase'), env.PASSPHRASE);
  await sh(block('mariadb-dump'));
  const { stdout } = await run('tar', ['-tzf', path.join(dir, 'instance.tgz')]);
  const names = stdout.trim().split('\n');
  assert.ok(names.includes('keys/system.key') && names.includes('zwm.conf') && names.some((n) => n.startsWith('tls/')));
  assert.ok(!names.some((n) => /passphrase|^sample|^play|^run|^spool/.test(n)), names.join(' '));
});

test('what comes back is whole, and a case plays through, though sample/ and play’s keys are gone', async () => {
  const acts = JSON.parse((await zwm('audit', 'verify', '--json')).stdout).rows;
  await instance.local('down');
  renameSync(env.ZWM_VAR, `${env.ZWM_VAR}.lost`);
  try {
    await sh(block('mariadb --socket'));
    assert.ok(!existsSync(path.join(env.ZWM_VAR, 'play')));
    const audit = JSON.parse((await zwm('audit', 'verify', '--json')).stdout);
    assert.ok(audit.intact && audit.rows >= acts);
    await zwm('play'); // ends with 1 if the case does not play through
    await zwm('play');
  } finally {
    rmSync(`${env.ZWM_VAR}.lost`, { recursive: true, force: true });
  }
});

test('without the passphrase nothing starts', async () => {
  await instance.local('down');
  const file = path.join(env.ZWM_VAR, 'keys/passphrase'), kept = readFileSync(file);
  rmSync(file);
  await assert.rejects(instance.local('up'));
  writeFileSync(file, kept, { mode: 0o600 });
  await instance.local('up');
});
