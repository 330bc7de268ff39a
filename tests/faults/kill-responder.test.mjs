// kill -9 of verify responders under load: a success told stays one, none is doubled, and the responders come back.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { System, until } from '../api/lib/system.mjs';
import { Ledger } from './lib/ledger.mjs';
import { processes } from './lib/processes.mjs';

const zwm = System.fromEnvironment();
const KILLS = 25;
let channel, thirds;

before(async () => {
  channel = await zwm.app('channel', 'kill-ch');
  thirds = [];
  for (let i = 0; i < 4; i++) thirds.push(await zwm.app('third-party', `kill-${i}`));
  await zwm.inForce();
});
after(() => zwm.close());

test(`${KILLS} responder processes killed`, async (t) => {
  const ledger = new Ledger(channel, thirds);
  const first = processes(zwm.varDir, 'zwm-verify');
  assert.ok(first.length > 0, 'no zwm-verify process was found');
  const killing = (async () => {
    for (let kills = 0; kills < KILLS;) {
      const [pid] = processes(zwm.varDir, 'zwm-verify').sort(() => Math.random() - 0.5);
      if (pid) {
        process.kill(pid, 'SIGKILL');
        kills++;
      }
      await wait(100 + Math.random() * 100); // the load goes on meanwhile
    }
  })();
  await ledger.playUntil(killing, 8);
  await until('the responders come back', () => processes(zwm.varDir, 'zwm-verify').length === first.length);
  const audited = await ledger.audit();
  t.diagnostic(`${audited} verifications, answers ${JSON.stringify(ledger.told)}`);
  assert.ok(audited >= KILLS, 'enough verifications took place for the kills to matter');
});

test('all of them killed at once', async (t) => {
  const ledger = new Ledger(channel, thirds);
  const count = processes(zwm.varDir, 'zwm-verify').length;
  const killing = (async () => {
    for (let i = 0; i < 3; i++) {
      await wait(300);
      for (const pid of processes(zwm.varDir, 'zwm-verify')) process.kill(pid, 'SIGKILL');
      await until('the responders come back', () => processes(zwm.varDir, 'zwm-verify').length === count);
    }
  })();
  await ledger.playUntil(killing, 8);
  t.diagnostic(`${await ledger.audit()} verifications, answers ${JSON.stringify(ledger.told)}`);
});
