// A single-use code has one success, however many systems verify it at the same moment, directly and through relays (R1.6).
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { newUscc } from '../api/lib/people.mjs';
import { expectDone, expectError, expectShape, until, verifyBody } from '../api/lib/system.mjs';
import { SAMPLE, VERIFY, all, city, closeAll, department, issue, national, provinceA, provinceB, verify, withApps } from './lib/federation.mjs';
import { FREE, NodeSystem } from './lib/node-system.mjs';

const CALLS = 40;
// Nothing was decided, or nobody heard it: to be asked about.
const UNDECIDED = new Set(['9001', '9003', '4003']);
let origin;

before(async () => {
  origin = new NodeSystem(FREE.origin);
  await withApps('su');
  await origin.join();
});
after(async () => {
  await origin?.leave();
  closeAll();
});

// Every caller of a code of `home`: apps of all systems, and a code system calling the home and the relay itself.
function callers(home, code) {
  const apps = all.map((place) => ({ client: place.third, body: verifyBody(code) }));
  const systems = [national, home].map((place) => ({
    client: origin.caller(place, origin.key, home.id), // the national system passes it on
    body: verifyBody(code, {
      requester: { app_id: 'NODE-APP', org_name: '测试单位', uscc: newUscc(), system: origin.id, public_key: origin.registration().public_key },
    }),
  }));
  return [...apps, ...systems];
}

for (const home of [provinceA, department, city, provinceB]) {
  test(`${CALLS} verifications at once of one code of ${home.name}: exactly one succeeds`, async () => {
    const { code, sqbh } = await issue(home);
    const from = callers(home, code);
    const calls = Array.from({ length: CALLS }, (_, i) => {
      const { client, body } = from[i % from.length];
      return { client, call: client.prepare(VERIFY, body) };
    });
    const answers = await Promise.all(calls.map(({ client, call }) => client.send(call)));
    const told = {};
    for (const answer of answers) {
      expectShape(answer);
      told[answer.error || 'done'] = (told[answer.error || 'done'] ?? 0) + 1;
    }
    assert.ok((told.done ?? 0) <= 1, JSON.stringify(told));
    for (const error of Object.keys(told)) assert.ok(error === 'done' || error === '3005' || UNDECIDED.has(error), JSON.stringify(told));
    // Who was told nothing can learn what became of the call; then the one success is known.
    const fates = await Promise.all(calls.map(async ({ client, call }, i) => {
      if (!UNDECIDED.has(answers[i].error)) return answers[i];
      return until('the outcome', async () => {
        const fate = await client.outcome(call.nonce);
        return ['9001', '9003'].includes(fate.error) ? null : fate;
      });
    }));
    const won = fates.filter(({ result }) => result === '100');
    assert.equal(won.length, 1, `${JSON.stringify(told)}, fates ${JSON.stringify(fates.map(({ error }) => error))}`);
    assert.equal(won[0].item.sqbh, sqbh);
    for (const fate of fates) assert.ok(fate.result === '100' || ['3005', '3007', '4003'].includes(fate.error), fate.error);
    for (const at of all) expectError(await verify(at, code), '3005');
    for (const { client } of from) if (client.appId === origin.id) client.close();
  });
}

test('a code for many uses succeeds everywhere', async () => {
  const { code } = await issue(department, { single_use: false });
  const answers = await Promise.all(all.map((at) => verify(at, code)));
  for (const answer of answers) expectDone(answer);
  const tickets = new Set(answers.map(({ item }) => item.ticket));
  assert.equal(tickets.size, all.length);
  for (const [i, at] of all.entries()) {
    expectDone(await at.third.pickup({ ticket: answers[i].item.ticket, class: SAMPLE.data, as: 'data' }));
    expectError(await all[(i + 1) % all.length].third.pickup({ ticket: answers[i].item.ticket, class: SAMPLE.data, as: 'data' }), '6001');
  }
});
