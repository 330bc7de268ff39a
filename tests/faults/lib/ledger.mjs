// Verifications under fire. Every call's fate is settled by `outcome`; at the end the books are compared with the system.
import assert from 'node:assert/strict';
import { newNonce } from '../../api/lib/client.mjs';
import { expectDone, expectError, expectShape, issueBody, verifyBody, until } from '../../api/lib/system.mjs';

const VERIFY = '/api/v1/code/verify';
// Answers that leave a caller not knowing, or knowing that nothing was done.
const UNSETTLED = new Set(['9001', '9002', '9003']);

export class Ledger {
  constructor(channel, thirds) {
    Object.assign(this, { channel, thirds, entries: [], told: {} });
  }

  count(what) { this.told[what] = (this.told[what] ?? 0) + 1; }

  // null where no answer came; an answer in a form that is not ours is a fault of its own.
  async attempt(client, send) {
    let answer;
    try {
      answer = await send();
    } catch (error) {
      this.count(`no answer (${error.code ?? error.message})`);
      return null;
    }
    expectShape(answer);
    this.count(answer.error || 'done');
    return UNSETTLED.has(answer.error) ? null : answer;
  }

  persist(what, client, make) {
    return until(what, () => this.attempt(client, () => client.send(make())), { seconds: 90 });
  }

  // One code from issue to its one success.
  async play(third) {
    const issued = await this.persist('issue', this.channel, () => this.channel.prepare('/api/v1/code/issue', issueBody(['a.b'], { validity_sec: 60 })));
    expectDone(issued);
    const entry = { third, code: issued.item.code, nonces: [], replay: null };
    this.entries.push(entry);
    for (;;) {
      const call = third.prepare(VERIFY, verifyBody(entry.code));
      const answer = await this.attempt(third, () => third.send(call));
      if (answer?.error === '3004') return this.count('expired before it could be used');
      const fate = answer ?? await this.persist('outcome', third, () => third.prepare('/api/v1/code/outcome', { nonce: call.nonce }));
      if (fate.result === '100') {
        entry.nonces.push(call.nonce);
        entry.replay = call;
        entry.ticket = fate.item.ticket;
        return undefined;
      }
      if (fate.error === '3004') return this.count('expired before it could be used');
      // Whoever was told that nothing happened may try again; the code must still be good.
      expectError(fate, '3007');
      assert.ok(!answer, 'a code just issued is unknown');
    }
  }

  // `workers` players until `over` is settled.
  async playUntil(over, workers) {
    let running = true;
    const stop = over.finally(() => { running = false; });
    const work = Array.from({ length: workers }, async (_, i) => {
      while (running) await this.play(this.thirds[i % this.thirds.length]);
    });
    await Promise.all([stop, ...work]);
  }

  // Every success told is still one, and is the only one.
  async audit() {
    const used = this.entries.filter((entry) => entry.nonces.length);
    for (const { third, code, nonces: [nonce], ticket, replay } of used) {
      const outcome = await third.outcome(nonce);
      expectDone(outcome);
      assert.equal(outcome.item.ticket, ticket);
      expectError(await third.send(replay), '2003');
      const again = await third.verify(verifyBody(code), { nonce: newNonce() });
      assert.ok(['3005', '3004'].includes(again.error), `a used code answered ${again.error || 'done'}`);
    }
    return used.length;
  }
}
