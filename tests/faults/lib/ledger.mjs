// Verifications under fire. Every call's fate is settled by `outcome`; then the books are compared with the system.
import assert from 'node:assert/strict';
import { enterprise } from '../../api/lib/people.mjs';
import { expectDone, expectError, expectShape, issueBody, until, verifyBody } from '../../api/lib/system.mjs';

const VERIFY = '/api/v1/code/verify', OUTCOME = '/api/v1/code/outcome';
// Answers that leave a caller not knowing, or knowing that nothing was done.
const UNSETTLED = new Set(['9001', '9002', '9003']);

export class Ledger {
  // `thirds`: two apps or more, with connections enough for half a volley each.
  constructor(channel, thirds) {
    Object.assign(this, { channel, thirds, told: {}, settled: {}, entries: [] });
  }

  // null where no answer came or it settles nothing; an answer in a form that is not ours is a fault of its own.
  async attempt(client, call) {
    let answer;
    try {
      answer = await client.send(call);
    } catch (error) {
      this.told[`no answer: ${error.code ?? error.message}`] = (this.told[`no answer: ${error.code ?? error.message}`] ?? 0) + 1;
      return null;
    }
    expectShape(answer);
    this.told[answer.error || 'done'] = (this.told[answer.error || 'done'] ?? 0) + 1;
    return UNSETTLED.has(answer.error) ? null : answer;
  }

  persist(what, client, target, body) {
    return until(what, () => this.attempt(client, client.prepare(target, body)), { seconds: 90 });
  }

  // `size` fresh codes, each verified by two apps at the same moment, and `strike` run in the middle of it. QYM1 lives
  // for five minutes, so that no code expires meanwhile.
  async volley(size, strike) {
    const entries = [];
    for (let i = 0; i < size; i++) {
      const issued = await this.persist('issue', this.channel, '/api/v1/code/issue',
        issueBody(['a.b'], { code_type: 'QYM1', subject: enterprise() }));
      expectDone(issued);
      const { code } = issued.item;
      const calls = [0, 1].map((k) => {
        const client = this.thirds[(i + k) % this.thirds.length];
        return { client, call: client.prepare(VERIFY, verifyBody(code)) };
      });
      entries.push({ code, calls });
    }
    const sent = entries.flatMap(({ calls }) => calls.map(async (one) => { one.answer = await this.attempt(one.client, one.call); }));
    await Promise.all([...sent, strike()]);
    for (const entry of entries) await this.settle(entry);
    this.entries.push(...entries);
  }

  // Of a code's two calls at most one was done, whatever their callers heard; and who heard of nothing can try again.
  async settle(entry) {
    for (const one of entry.calls) {
      one.fate = one.answer ?? await this.persist('outcome', one.client, OUTCOME, { nonce: one.call.nonce });
      const key = `${one.answer ? 'answered' : 'asked'} ${one.fate.error || 'done'}`;
      this.settled[key] = (this.settled[key] ?? 0) + 1;
      if (one.fate.result !== '100') assert.ok(['3005', one.answer ? '3005' : '3007'].includes(one.fate.error), one.fate.error);
    }
    const won = entry.calls.filter((one) => one.fate.result === '100');
    assert.ok(won.length <= 1, 'a single-use code succeeded twice');
    if (won.length === 0) {
      const call = entry.calls[0].client.prepare(VERIFY, verifyBody(entry.code));
      const fate = await this.attempt(entry.calls[0].client, call);
      assert.ok(!entry.calls.some((one) => one.fate.error === '3005'), 'called used, and nobody used it');
      assert.equal(fate?.result, '100', `nobody used the code, and it answers ${fate?.error}`);
      won.push({ client: entry.calls[0].client, call, fate });
    }
    [entry.won] = won;
  }

  // Every success told is still one, cannot be replayed and is the only one.
  async audit() {
    for (const { code, won: { client, call, fate } } of this.entries) {
      const outcome = await client.outcome(call.nonce);
      expectDone(outcome);
      assert.deepEqual(outcome.items, fate.items);
      expectError(await client.send(call), '2003');
      for (const other of this.thirds) expectError(await other.verify(verifyBody(code)), '3005');
    }
    return `${this.entries.length} codes, answers ${JSON.stringify(this.told)}, fates ${JSON.stringify(this.settled)}`;
  }
}
