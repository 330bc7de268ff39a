// Receipts: request and answer bound by the system's signature (R8.3; interface 2.1).
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { newKey, newNonce } from './lib/client.mjs';
import { System, callXml, expectDone, expectError, freshCode, issueBody, verifyBody } from './lib/system.mjs';

const zwm = System.fromEnvironment();
const receipt = true;
let channel, third, listed, system, publicKey;

before(async () => {
  channel = await zwm.app('channel', 'rcpt-ch');
  third = await zwm.app('third-party', 'rcpt-tp');
  listed = await zwm.app('third-party', 'rcpt-al', { allowList: '127.0.0.0/8' });
  ({ system, publicKey } = await zwm.identity());
  await zwm.inForce();
});
after(() => zwm.close());

function expectReceipt(answer) {
  assert.equal(answer.headers['zwm-system'], system);
  assert.match(answer.headers['zwm-timestamp'], /^\d+$/);
  assert.ok(Math.abs(Number(answer.headers['zwm-timestamp']) - zwm.now()) <= 5);
  assert.ok(answer.receiptVerifies(publicKey), 'the receipt verifies');
}

test('of a success, in JSON and in XML', async () => {
  const issued = await channel.issue(issueBody(['a.b']), { receipt });
  expectDone(issued);
  expectReceipt(issued);
  const verified = await callXml(third, '/api/v1/code/verify', verifyBody(issued.item.code), { receipt });
  expectDone(verified);
  expectReceipt(verified);
});

test('it binds answer, status, time and request', async () => {
  const answer = await channel.issue(issueBody(['a.b']), { receipt });
  expectReceipt(answer);
  const fails = (change) => {
    const other = Object.assign(Object.create(Object.getPrototypeOf(answer)), answer, change);
    assert.equal(other.receiptVerifies(publicKey), false);
  };
  fails({ body: Buffer.concat([answer.body, Buffer.from(' ')]) });
  fails({ status: 201 });
  fails({ headers: { ...answer.headers, 'zwm-timestamp': String(Number(answer.headers['zwm-timestamp']) + 1) } });
  fails({ request: { ...answer.request, string: answer.request.string.replace('issue', 'other') } });
  assert.equal(answer.receiptVerifies(newKey().publicKey), false);
});

test('of a refusal', async (t) => {
  const { code } = await freshCode(channel, ['a.b']);
  expectDone(await third.verify(verifyBody(code)));
  const cases = {
    3005: () => third.verify(verifyBody(code), { receipt }),
    3001: () => third.verify(verifyBody('A'), { receipt }),
    3007: () => third.outcome(newNonce(), { receipt }),
    1002: () => third.verify({ purpose: 'p' }, { receipt }),
    1001: () => third.call('/api/v1/code/verify', '{', { receipt }),
    2006: () => third.issue(issueBody(['a.b']), { receipt }),
  };
  for (const [error, call] of Object.entries(cases)) {
    await t.test(error, async () => {
      const answer = await call();
      expectError(answer, error);
      expectReceipt(answer);
    });
  }
  await t.test('2003, a replay', async () => {
    const call = third.prepare('/api/v1/code/outcome', { nonce: newNonce() }, { receipt });
    await third.send(call);
    const answer = await third.send(call);
    expectError(answer, '2003');
    expectReceipt(answer);
  });
});

test('for an app of the allow-list the same string, without a signature of its own', async () => {
  const answer = await listed.outcome(newNonce(), { receipt });
  expectError(answer, '3007');
  expectReceipt(answer);
});

test('where it is not asked for there is none', async () => {
  const answer = await channel.issue(issueBody(['a.b']));
  expectDone(answer);
  assert.equal(answer.headers['zwm-signature'], undefined);
});

test('another value than required asks for none', async () => {
  const answer = await third.outcome(newNonce(), { headers: { 'Zwm-Receipt': 'no' } });
  expectError(answer, '3007');
  assert.equal(answer.headers['zwm-signature'], undefined);
});
