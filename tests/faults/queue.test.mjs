// The queue in front of a responder: bounded in time, and what nobody has read is 9001 (issue of fairness; decision 0014).
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { newKey, newNonce } from '../api/lib/client.mjs';
import { expectDone, expectError, freshCode, verifyBody } from '../api/lib/system.mjs';
import { Instance } from './lib/instance.mjs';
import { processes } from './lib/processes.mjs';

const THREADS = 3;
let instance, channel, third;

before(async () => {
  instance = await Instance.start({ settings: () => ({ processes: 1, threads: THREADS, queue_max_ms: 500 }) });
  channel = await instance.system.app('channel', 'queue-ch');
  third = await instance.system.app('third-party', 'queue-tp');
  third.agent.maxSockets = 64;
  await instance.system.inForce();
});
after(() => instance?.stop());

test('while the database hangs, calls that no thread has taken are told so', async () => {
  const { code } = await freshCode(channel, ['a.b']);
  const [mariadbd] = processes(instance.dir, 'mariadbd');
  process.kill(mariadbd, 'SIGSTOP');
  let answers;
  try {
    answers = await Promise.all(Array.from({ length: 40 }, () => third.verify(verifyBody(code))));
  } finally {
    process.kill(mariadbd, 'SIGCONT');
  }
  const codes = answers.map((a) => a.error);
  const unread = codes.filter((c) => c === '9001').length;
  // One a thread and the one in reserve were in the hands of somebody when the database stopped answering.
  assert.ok(unread >= 40 - THREADS - 1, codes.join());
  for (const c of codes) assert.match(c, /^900[123]$/);
  expectDone(await third.verify(verifyBody((await freshCode(channel, ['a.b'])).code)));
});

// A refusal costs its check of a signature and no more: a thread that slept over one would keep everybody waiting.
test('calls that nobody has signed are no slower to answer than good ones, one and all', async () => {
  const CALLS = 300, AT_ONCE = 30;
  const stranger = instance.system.client('queue-no', newKey(), { maxSockets: AT_ONCE });
  const through = async (client, error) => {
    const from = performance.now();
    for (let i = 0; i < CALLS; i += AT_ONCE)
      for (const answer of await Promise.all(Array.from({ length: AT_ONCE }, () => client.outcome(newNonce()))))
        expectError(answer, error);
    return performance.now() - from;
  };
  await through(third, '3007'); // keys prepared, connections made
  const good = await through(third, '3007'), garbage = await through(stranger, '2001');
  assert.ok(garbage < 3 * good, `${CALLS} refusals took ${garbage.toFixed(0)} ms, as many good calls ${good.toFixed(0)} ms`);
});
