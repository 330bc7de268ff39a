// R1.6: of simultaneous verifications of one code exactly one succeeds.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { enterprise } from './lib/people.mjs';
import { System, expectDone, expectError, freshCode, verifyBody } from './lib/system.mjs';

const zwm = System.fromEnvironment();
const APPS = 40;
let channel, apps;

before(async () => {
  channel = await zwm.app('channel', 'once-ch');
  apps = [];
  for (let i = 0; i < APPS; i++) apps.push(await zwm.app('third-party', `once-${i}`));
  await zwm.inForce();
});
after(() => zwm.close());

// Each app has a connection of its own, open before the calls go out together.
const open = () => Promise.all(apps.map((app) => app.call('/api/v1/code/outcome', { nonce: 'n'.repeat(16) })));

async function race(code, clients) {
  const calls = clients.map((client) => client.prepare('/api/v1/code/verify', verifyBody(code)));
  const answers = await Promise.all(clients.map((client, i) => client.send(calls[i])));
  const won = answers.filter((a) => a.result === '100');
  assert.equal(won.length, 1, `${won.length} of ${clients.length} succeeded`);
  expectDone(won[0]);
  for (const answer of answers) if (answer !== won[0]) expectError(answer, '3005');

  // And it stays so: the one that won can ask again, the others cannot.
  const winner = answers.indexOf(won[0]);
  const outcome = await clients[winner].outcome(calls[winner].nonce);
  expectDone(outcome);
  assert.deepEqual(outcome.items, won[0].items);
  const loser = (winner + 1) % clients.length;
  expectError(await clients[loser].outcome(calls[loser].nonce), '3005');
}

test(`${APPS} apps at one code, five times over`, async () => {
  await open();
  for (let i = 0; i < 5; i++) await race((await freshCode(channel, ['a.b'])).code, apps);
});

test('the same for QYM1', async () => {
  await race((await freshCode(channel, ['a.b'], { code_type: 'QYM1', subject: enterprise() })).code, apps);
});

test('one app over many connections', async () => {
  const clients = Array.from({ length: APPS }, () => zwm.client(apps[0].appId, apps[0].key));
  await race((await freshCode(channel, ['a.b'])).code, clients);
});
