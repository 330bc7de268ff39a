// kill -9 of verify responders in the middle of verifications: a success told stays one, none is doubled, none is lost
// to its caller, and the responders come back.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { System, until } from '../api/lib/system.mjs';
import { Ledger } from './lib/ledger.mjs';
import { processes } from './lib/processes.mjs';

const zwm = System.fromEnvironment();
const VOLLEYS = 10, SIZE = 20;
const verifiers = () => processes(zwm.varDir, 'zwm-verify');
let channel, thirds;

before(async () => {
  channel = await zwm.app('channel', 'kill-ch');
  thirds = [await zwm.app('third-party', 'kill-0'), await zwm.app('third-party', 'kill-1')];
  for (const third of thirds) third.agent.maxSockets = SIZE;
  await zwm.inForce();
});
after(() => zwm.close());

// Kills `victims(pids)` some milliseconds from now, when the volley is under way.
const strike = (victims, count, delay) => async () => {
  await wait(delay);
  for (const pid of victims(verifiers())) process.kill(pid, 'SIGKILL');
  await until('the responders come back', () => verifiers().length === count);
};

for (const [name, victims] of [
  ['one process', (pids) => pids.slice(0, 1)],
  ['all processes at once', (pids) => pids],
]) {
  test(`kill -9 of ${name}, ${VOLLEYS} times`, async (t) => {
    const ledger = new Ledger(channel, thirds);
    const count = verifiers().length;
    assert.ok(count > 0, 'no zwm-verify process was found');
    for (let i = 0; i < VOLLEYS; i++) await ledger.volley(SIZE, strike(victims, count, 3 * i));
    t.diagnostic(await ledger.audit());
    assert.ok(Object.keys(ledger.settled).some((key) => key.startsWith('asked')), 'no kill met a call under way');
  });
}
