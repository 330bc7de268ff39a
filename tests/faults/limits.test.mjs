// 2007 and 6006: an app that calls too often, and an information service that does not answer (R8.7, R1.12).
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { newNonce } from '../api/lib/client.mjs';
import { expectDone, expectError, findClasses, freshCode, verifyBody } from '../api/lib/system.mjs';
import { Instance } from './lib/instance.mjs';
import { processes } from './lib/processes.mjs';

let instance, channel, third, noisy, classes;

before(async () => {
  instance = await Instance.start({ settings: () => ({ app_rate_per_sec: 20, service_total_ms: 700 }) });
  channel = await instance.system.app('channel', 'lim-ch');
  third = await instance.system.app('third-party', 'lim-tp');
  noisy = await instance.system.app('third-party', 'lim-no');
  await instance.system.inForce();
  classes = await findClasses(instance.system, channel, third);
});
after(() => instance?.stop());

test('2007: an app over its rate, and nobody else', async (t) => {
  const calls = Array.from({ length: 100 }, () => noisy.prepare('/api/v1/code/outcome', { nonce: newNonce() }));
  const answers = await Promise.all(calls.map((call) => noisy.send(call)));
  const over = answers.filter((a) => a.error === '2007');
  t.diagnostic(`${over.length} of 100 calls at once were refused, at 20 a second`);
  assert.ok(over.length >= 40 && over.length < 100);
  for (const answer of over) expectError(answer, '2007');
  for (const answer of answers.filter((a) => a.error !== '2007')) expectError(answer, '3007');
  expectError(await third.outcome(newNonce()), '3007');
  // The nonce of a refused call was not used up.
  const refused = calls[answers.indexOf(over[0])];
  await new Promise((done) => setTimeout(done, 1100)); // the rate is a second's
  expectError(await noisy.send(refused), '3007');
});

test('a call that somebody has seen and sends again does not use up the rate of its app', async (t) => {
  const victim = await instance.system.app('third-party', 'lim-vi');
  await instance.system.inForce();
  const seen = victim.prepare('/api/v1/code/outcome', { nonce: newNonce() });
  expectError(await victim.send(seen), '3007');
  const bad = victim.prepare('/api/v1/code/outcome', { no: 'such field' }); // it leaves no nonce used
  expectError(await victim.send(bad), '1004');
  const replays = await Promise.all(Array.from({ length: 200 }, (_, i) => victim.send(i % 2 ? seen : bad)));
  const told = (error) => replays.filter((a) => a.error === error).length;
  t.diagnostic(`of 200 sent again ${told('2003')} used before, ${told('1004')} as wrong as before`);
  assert.deepEqual([told('2003'), told('1004')], [100, 100]);
  // A second's worth is there at once.
  for (let i = 0; i < 19; i++) expectError(await victim.outcome(newNonce()), '3007');
});

test('6006: the information service stands still; a failed fetch does not count', async () => {
  const [data] = classes.data;
  const { code } = await freshCode(channel, [data]);
  const { item } = await third.verify(verifyBody(code));
  const pickup = () => third.pickup({ ticket: item.ticket, class: data, as: 'data' });
  const frozen = processes(instance.dir, 'zwm-sample');
  assert.ok(frozen.length > 0);
  for (const pid of frozen) process.kill(pid, 'SIGSTOP');
  try {
    for (let i = 0; i < 2; i++) expectError(await pickup(), '6006');
  } finally {
    for (const pid of frozen) process.kill(pid, 'SIGCONT');
  }
  for (let i = 0; i < 3; i++) expectDone(await pickup());
  expectError(await pickup(), '6005');
});
