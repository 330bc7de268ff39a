// Outcome: what became of an earlier verify call (interface 2.3), so that a lost answer never costs a code.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { newNonce } from './lib/client.mjs';
import { System, callXml, expectDone, expectError, freshCode, verifyBody } from './lib/system.mjs';

const zwm = System.fromEnvironment();
let channel, third, stranger;

before(async () => {
  channel = await zwm.app('channel', 'out-ch');
  third = await zwm.app('third-party', 'out-tp');
  stranger = await zwm.app('third-party', 'out-xx');
  await zwm.inForce();
});
after(() => zwm.close());

test('after a success: the same items, as often as asked', async () => {
  const { code } = await freshCode(channel, ['a.b', 'c.d'], { czqx: '5', xxsy: { ywbh: '1' } });
  const nonce = newNonce();
  const verified = await third.verify(verifyBody(code), { nonce });
  expectDone(verified);
  for (let i = 0; i < 3; i++) {
    const outcome = await third.outcome(nonce);
    expectDone(outcome);
    assert.deepEqual(outcome.items, verified.items);
  }
  const xml = await callXml(third, '/api/v1/code/outcome', { nonce });
  expectDone(xml);
  assert.equal(xml.item.ticket, verified.item.ticket);
});

test('after a refusal: the same error', async (t) => {
  const { code } = await freshCode(channel, ['a.b']);
  expectDone(await third.verify(verifyBody(code)));
  const addressed = await freshCode(channel, ['a.b'], { bsqzt: { bsqztlx: '0', bsqzxm: '示例', zjlx: '98', zjhm: stranger.uscc } });
  for (const [error, text] of [['3005', code], ['3001', 'A'], ['3008', addressed.code]]) {
    await t.test(error, async () => {
      const nonce = newNonce();
      const refused = await third.verify(verifyBody(text), { nonce });
      expectError(refused, error);
      const outcome = await third.outcome(nonce);
      expectError(outcome, error);
      assert.equal(outcome.message, refused.message);
    });
  }
});

test('3007 where no such call took effect', async (t) => {
  const { code } = await freshCode(channel, ['a.b']);
  await t.test('a nonce never used', async () => expectError(await third.outcome(newNonce()), '3007'));
  await t.test('the nonce of another app', async () => {
    const nonce = newNonce();
    expectDone(await third.verify(verifyBody(code), { nonce }));
    expectError(await stranger.outcome(nonce), '3007');
  });
  await t.test('the nonce of another interface', async () => {
    const nonce = newNonce();
    expectError(await third.outcome(newNonce(), { nonce }), '3007');
    expectError(await third.outcome(nonce), '3007');
  });
  await t.test('a request that was refused before it was read', async () => {
    const nonce = newNonce();
    expectError(await third.verify({ code }, { nonce }), '1002');
    expectError(await third.outcome(nonce), '3007');
  });
});

test('a nonce that outcome called 3007 can have no effect afterwards', async () => {
  const { code } = await freshCode(channel, ['a.b']);
  const late = third.prepare('/api/v1/code/verify', verifyBody(code));
  expectError(await third.outcome(late.nonce), '3007');
  expectError(await third.send(late), '2003');
  expectError(await third.outcome(late.nonce), '3007');
  expectDone(await third.verify(verifyBody(code)));
});

test('verify and outcome at the same moment agree', async (t) => {
  const seen = { taken: 0, called_off: 0 };
  for (let i = 0; i < 15; i++) {
    const { code } = await freshCode(channel, ['a.b']);
    const verify = third.prepare('/api/v1/code/verify', verifyBody(code));
    const ask = third.prepare('/api/v1/code/outcome', { nonce: verify.nonce });
    const [verified, outcome] = await Promise.all([third.send(verify), third.send(ask)]);
    if (outcome.result === '100') assert.equal(verified.result, '100');
    else expectError(outcome, '3007');
    const last = await third.outcome(verify.nonce);
    if (verified.result === '100') {
      assert.equal(outcome.result, '100', 'outcome said 3007 and the call took effect');
      assert.deepEqual(last.items, verified.items);
      expectError(await third.verify(verifyBody(code)), '3005');
      seen.taken++;
    } else {
      expectError(verified, '2003');
      expectError(last, '3007');
      expectDone(await third.verify(verifyBody(code)));
      seen.called_off++;
    }
  }
  t.diagnostic(JSON.stringify(seen));
});

test('for ten minutes', async (t) => {
  if (!zwm.clockFile) return t.skip('no clock_offset_file');
  const ttl = Number(zwm.setting('outcome_ttl_sec', 600));
  const { code } = await freshCode(channel, ['a.b']);
  const nonce = newNonce();
  expectDone(await third.verify(verifyBody(code), { nonce }));
  await zwm.shifted(ttl - 5, async () => expectDone(await third.outcome(nonce)));
  await zwm.shifted(ttl + 5, async () => expectError(await third.outcome(nonce), '3007'));
});
