// kill -9 of MariaDB under load, then a restart: what was told is what is there.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { after, before, test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { ROOT, System, expectDone, freshCode, verifyBody, until } from '../api/lib/system.mjs';
import { Ledger } from './lib/ledger.mjs';
import { processes } from './lib/processes.mjs';

const zwm = System.fromEnvironment();
const run = promisify(execFile);
const local = (verb) => run(path.join(ROOT, 'nginx', 'zwm-local'), [verb], { env: zwm.env, cwd: ROOT });
let channel, thirds;

before(async () => {
  channel = await zwm.app('channel', 'db-ch');
  thirds = [await zwm.app('third-party', 'db-0'), await zwm.app('third-party', 'db-1')];
  for (const third of thirds) third.agent.maxSockets = 20;
  await zwm.inForce();
});
after(() => zwm.close());

test('kill -9 of MariaDB in the middle of verifications, four times', async (t) => {
  const ledger = new Ledger(channel, thirds);
  for (let i = 0; i < 4; i++) {
    await ledger.volley(20, async () => {
      await wait(5 + 10 * i); // by then the volley is under way
      const [pid] = processes(zwm.varDir, 'mariadbd');
      assert.ok(pid, 'no mariadbd process was found');
      process.kill(pid, 'SIGKILL');
      await until('it is gone', () => !processes(zwm.varDir, 'mariadbd').includes(pid));
      await local('up');
    });
  }
  t.diagnostic(await ledger.audit());
});

test('down and up again: used codes, nonces and tickets are remembered', async () => {
  const { code } = await freshCode(channel, ['a.b'], { validity_sec: 60 });
  const call = thirds[0].prepare('/api/v1/code/verify', verifyBody(code));
  const verified = await thirds[0].send(call);
  expectDone(verified);
  await local('down');
  await local('up');
  zwm.close(); // connections of before
  const outcome = await until('it answers', () => thirds[0].outcome(call.nonce).then((a) => (a.result === '100' ? a : null), () => null));
  assert.deepEqual(outcome.items, verified.items);
  assert.equal((await thirds[0].send(call)).error, '2003');
  assert.equal((await thirds[1].verify(verifyBody(code))).error, '3005');
});
