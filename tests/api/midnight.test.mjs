// The tables are partitioned by day: nothing that holds within a day may fail to hold across midnight (UTC).
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { newNonce } from './lib/client.mjs';
import { System, expectDone, expectError, findClasses, freshCode, verifyBody } from './lib/system.mjs';

const zwm = System.fromEnvironment();
const skip = zwm.clockFile ? false : 'no clock_offset_file';
let channel, third, classes;

before(async () => {
  channel = await zwm.app('channel', 'mid-ch');
  third = await zwm.app('third-party', 'mid-tp');
  await zwm.inForce();
  classes = await findClasses(zwm, channel, third);
});
after(() => zwm.close());

const midnight = (Math.floor(zwm.now() / 86400) + 1) * 86400;
const at = (second, body) => zwm.shifted(second - zwm.now(), body);

test('a code issued before midnight is verified after it, once', { skip }, async () => {
  const { code } = await at(midnight - 5, () => freshCode(channel, ['a.b']));
  await at(midnight + 5, async () => {
    expectDone(await third.verify(verifyBody(code)));
    expectError(await third.verify(verifyBody(code)), '3005');
  });
});

test('a code whose deadline is after midnight is used before it, and stays used', { skip }, async () => {
  const { code } = await at(midnight - 30, async () => {
    const issued = await freshCode(channel, ['a.b']);
    expectDone(await third.verify(verifyBody(issued.code)));
    return issued;
  });
  await at(midnight + 10, async () => expectError(await third.verify(verifyBody(code)), '3005'));
});

test('a nonce serves once across midnight, whatever the timestamp says', { skip }, async () => {
  for (const [first, second] of [[-5, 5], [-150, 140], [-290, 300], [5, -5]]) {
    const nonce = newNonce();
    const { code } = await at(midnight + first, async () => {
      const issued = await freshCode(channel, ['a.b'], { single_use: false });
      expectDone(await third.verify(verifyBody(issued.code), { nonce }));
      return issued;
    });
    await at(midnight + first + 10, async () => {
      const answer = await third.verify(verifyBody(code), { nonce, timestamp: midnight + second });
      expectError(answer, Math.abs(first + 10 - second) > 300 ? '2002' : '2003');
    });
    await at(midnight + second, async () => expectError(await third.outcome(newNonce(), { nonce }), '2003'));
  }
});

test('what outcome called off stays so across midnight', { skip }, async () => {
  const late = await at(midnight - 100, async () => third.prepare('/api/v1/code/outcome', { nonce: newNonce() }));
  await at(midnight + 100, async () => {
    expectError(await third.outcome(late.nonce), '3007');
    expectError(await third.send(late), '2003');
  });
});

test('outcome and ticket cross midnight', { skip }, async () => {
  const [data] = classes.data;
  const nonce = newNonce();
  const verified = await at(midnight - 60, async () => {
    const { code } = await freshCode(channel, [data]);
    return third.verify(verifyBody(code), { nonce });
  });
  expectDone(verified);
  await at(midnight + 400, async () => {
    const outcome = await third.outcome(nonce);
    expectDone(outcome);
    assert.deepEqual(outcome.items, verified.items);
    expectDone(await third.pickup({ ticket: verified.item.ticket, class: data, as: 'data' }));
  });
});

test('three times a class are three across midnight', { skip }, async () => {
  const [data] = classes.data;
  const { item } = await at(midnight - 60, async () => {
    const { code } = await freshCode(channel, [data]);
    const verified = await third.verify(verifyBody(code));
    expectDone(await third.pickup({ ticket: verified.item.ticket, class: data, as: 'data' }));
    return verified;
  });
  await at(midnight + 60, async () => {
    const pickup = () => third.pickup({ ticket: item.ticket, class: data, as: 'data' });
    expectDone(await pickup());
    expectDone(await pickup());
    expectError(await pickup(), '6005');
  });
});

test('a handle given before midnight serves once after it', { skip }, async () => {
  const [large] = classes.large;
  const item = await at(midnight - 60, async () => {
    const { code } = await freshCode(channel, [large], { czqx: '5' });
    const verified = await third.verify(verifyBody(code));
    const picked = await third.pickup({ ticket: verified.item.ticket, class: large, as: 'file' });
    expectDone(picked);
    return picked.item;
  });
  await at(midnight + 60, async () => {
    assert.equal((await third.file(item.file)).body.length, item.size);
    assert.equal((await third.file(item.file)).status, 409);
  });
});
