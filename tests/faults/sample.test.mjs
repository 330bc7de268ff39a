// Without the sample information service a system is whole: well, with no path to it, and no classes.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { ROOT, System, expectDone, expectError, freshCode, verifyBody } from '../api/lib/system.mjs';
import { Instance } from './lib/instance.mjs';
import { processes } from './lib/processes.mjs';

const run = promisify(execFile);
let instance, channel, third;

before(async () => {
  instance = await Instance.start({ settings: () => ({ sample_service: 0 }) });
  channel = await instance.system.app('channel', 'sam-ch');
  third = await instance.system.app('third-party', 'sam-th');
  await instance.system.inForce();
});
after(() => instance?.stop());

test('the node is well without it', async () => {
  assert.deepEqual(processes(instance.dir, 'zwm-sample'), []);
  const health = await fetch(`http://127.0.0.1:${instance.system.setting('status_port')}/healthz`);
  assert.equal(health.status, 200, await health.text());
  const { code } = await freshCode(channel, ['a.b']);
  expectDone(await third.verify(verifyBody(code)));
});

test('nginx knows no way to it', async () => {
  expectError(await third.call('/service/sample/fetch', '{}'), '1008');
  assert.equal((await fetch(`http://127.0.0.1:${instance.system.setting('status_port')}/ready/sample`)).status, 404);
});

test('an instance made without it has no classes', async () => {
  const dir = mkdtempSync(path.join(tmpdir(), 'zwm-'));
  const env = { ...instance.env, ZWM_VAR: dir, ZWM_SMALL: '1', ZWM_PORT: String(Number(instance.env.ZWM_PORT) + 2), ZWM_SETTINGS: 'sample_service=0' };
  const local = (verb) => run(path.join(ROOT, 'nginx', 'zwm-local'), [verb], { env, cwd: ROOT });
  try {
    await local('prepare');
    const bare = new System({ varDir: dir, baseUrl: '', binDir: instance.system.binDir });
    assert.deepEqual(await bare.classes(), []);
  } finally {
    await local('down');
    rmSync(dir, { recursive: true });
  }
});
