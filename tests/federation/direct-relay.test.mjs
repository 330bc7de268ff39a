// A code met anywhere finds its issuing system, directly, in relay, or through the province (R2.1, R2.2), and every refusal
// of the issuing system comes back as its own error.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { makeCode, newKey, openEnvelope, sm3Hex, sm3HexOfMuch } from '../api/lib/client.mjs';
import { enterprise, person } from '../api/lib/people.mjs';
import { expectDone, expectError, expectShape, verifyBody } from '../api/lib/system.mjs';
import {
  AUTHORIZATION, SAMPLE, all, city, closeAll, department, issue, national, provinceA, provinceB, verified, verify, withApps,
} from './lib/federation.mjs';
import { FREE } from './lib/node-system.mjs';

before(() => withApps('dr'));
after(closeAll);

test('a code is verified by its own system, wherever it is shown', async (t) => {
  for (const from of all) {
    for (const at of all) {
      await t.test(`${from.name} in ${at.name}`, async () => {
        const issued = await issue(from);
        const answer = await at.third.verify(verifyBody(issued.code), { receipt: true });
        expectDone(answer);
        const { item } = answer;
        assert.equal(item.system, from.id);
        assert.equal(item.sqbh, issued.sqbh);
        assert.equal(item.deadline, issued.deadline);
        assert.equal(item.code_type, 'ZWM1');
        assert.match(item.ticket, new RegExp(`^${from.id}\\.[A-Za-z0-9_-]{43}$`));
        assert.deepEqual(item.xxlb, [SAMPLE.data]);
        assert.notEqual(item.subject.name, person().name);
        assert.ok(item.subject.name.startsWith(person().name.slice(0, 1)));
        assert.ok(!answer.body.includes(person().id_no), 'the id number is masked');
        assert.equal(answer.headers['zwm-system'], at.id, 'the receipt is that of the system asked');
        assert.ok(answer.receiptVerifies(await at.publicKey()));
        expectError(await at.third.verify(verifyBody(issued.code)), '3005');
        if (at !== from) expectError(await verify(from, issued.code), '3005');
      });
    }
  }
});

test('an enterprise code is found by its six digits', async () => {
  const more = { code_type: 'QYM1', subject: enterprise() };
  for (const [from, at] of [[provinceA, provinceB], [department, provinceB], [provinceB, department], [city, national]]) {
    const { code } = await issue(from, more);
    const answer = await verify(at, code);
    expectDone(answer);
    assert.equal(answer.item.system, from.id);
    assert.equal(answer.item.code_type, 'QYM1');
  }
});

test('data and files are picked up across systems, and open with the requester\'s key only', async (t) => {
  for (const [from, at] of [[provinceA, provinceB], [department, provinceB], [city, department]]) {
    await t.test(`${from.name} in ${at.name}`, async () => {
      const { ticket } = await verified(from, at, { czqx: '5' }, [SAMPLE.data, SAMPLE.small, SAMPLE.large]);
      const data = await at.third.pickup({ ticket, class: SAMPLE.data, as: 'data' });
      expectDone(data);
      const plain = openEnvelope(data.item.envelope, at.third.ownKey);
      assert.equal(sm3Hex(plain), data.item.sm3);
      assert.equal(JSON.parse(plain.toString('utf8'))['持证主体'], person().name);
      assert.throws(() => openEnvelope(data.item.envelope, from.third.ownKey));

      const small = await at.third.pickup({ ticket, class: SAMPLE.small, as: 'file' });
      expectDone(small);
      assert.equal(openEnvelope(small.item.envelope, at.third.ownKey).toString('latin1', 0, 5), '%PDF-');

      const large = await at.third.pickup({ ticket, class: SAMPLE.large, as: 'file' });
      expectDone(large);
      assert.equal(large.item.envelope, undefined);
      assert.ok(large.item.size > 1 << 20);
      const head = await at.third.file(large.item.file, { Range: 'bytes=0-4' });
      assert.equal(head.status, 206);
      assert.equal(head.body.toString('latin1'), '%PDF-');
      const tail = await at.third.file(large.item.file, { Range: `bytes=5-${large.item.size - 1}` });
      assert.equal(tail.status, 206);
      assert.equal(sm3HexOfMuch(Buffer.concat([head.body, tail.body])), large.item.sm3);
    });
  }
});

test('pickup across systems keeps the limits of the home system', async () => {
  const { ticket } = await verified(provinceA, provinceB, { czqx: '1' }, [SAMPLE.data, SAMPLE.small]);
  expectError(await provinceB.third.pickup({ ticket, class: SAMPLE.large, as: 'file' }), '6003');
  expectError(await provinceB.third.pickup({ ticket, class: SAMPLE.small, as: 'file' }), '6004');
  for (let i = 0; i < 3; i++) expectDone(await provinceB.third.pickup({ ticket, class: SAMPLE.data, as: 'data' }));
  expectError(await provinceB.third.pickup({ ticket, class: SAMPLE.data, as: 'data' }), '6005');
});

test('a ticket serves the app it was given to, nobody else, here or elsewhere', async () => {
  const stranger = await provinceB.app('third-party', 'dr-x');
  await provinceB.inForce();
  const { ticket } = await verified(provinceA, provinceB);
  const body = { ticket, class: SAMPLE.data, as: 'data' };
  expectError(await stranger.pickup(body), '6001');
  expectError(await provinceA.third.pickup(body), '6001');
  expectError(await department.third.pickup(body), '6001');
  expectDone(await provinceB.third.pickup(body));
  const invented = `${provinceA.id}.${'A'.repeat(43)}`;
  expectError(await provinceB.third.pickup({ ...body, ticket: invented }), '6001');
});

const refusals = [
  ['changed in one character', '3003', async (from) => {
    const { code } = await issue(from);
    const at = code.length - 30;
    return code.slice(0, at) + (code[at] === 'A' ? 'B' : 'A') + code.slice(at + 1);
  }],
  ['made with another key', '3003', async (from) => makeCode({ system: from.id, deadline: from.now() + 60, key: newKey() })],
  ['well signed, but never issued', '3007', async (from) => makeCode({ system: from.id, deadline: from.now() + 50, key: from.systemKey() })],
  ['past its deadline', '3004', async (from) => makeCode({ system: from.id, deadline: from.now() - 5, key: from.systemKey() })],
  ['replaced by a refresh', '3006', async (from) => {
    const { code, sqbh } = await issue(from);
    await issue(from, { replaces: sqbh });
    return code;
  }],
  ['revoked', '3009', async (from) => {
    const { code, sqbh } = await issue(from);
    expectDone(await from.channel.call(`${AUTHORIZATION}revoke`, { sqbh, subject: person() }));
    return code;
  }],
];
for (const [what, error, make] of refusals) {
  test(`a code ${what} is ${error} everywhere`, async () => {
    for (const [from, at] of [[provinceA, provinceB], [department, provinceB], [city, provinceB]]) {
      const code = await make(from);
      expectError(await verify(at, code), error, error === '3004' ? { message: '码已过期' } : {});
      expectError(await verify(from, code), error);
    }
  });
}

test('an issued code is past its deadline by the clock of its home, wherever it is shown', async () => {
  for (const from of [provinceA, department]) {
    const person = await issue(from, { validity_sec: 30 });
    const company = await issue(from, { code_type: 'QYM1', subject: enterprise(), validity_sec: 30 });
    await from.shifted(32, async () => {
      expectError(await verify(provinceB, person.code), '3004', { message: '码已过期' });
      expectError(await verify(provinceB, company.code), '3004', { message: '企业数字凭证（企业服务码）已过期' });
    });
  }
});

test('a code for one requester is 3008 for another, across systems', async () => {
  const bsqzt = { bsqztlx: '0', bsqzxm: '测试', zjlx: '98', zjhm: provinceB.third.uscc };
  for (const from of [provinceA, department]) {
    const mine = await issue(from, { bsqzt });
    expectError(await verify(city, mine.code), '3008');
    expectDone(await verify(provinceB, mine.code));
  }
});

test('nobody has the system: 4001', async () => {
  for (const at of [provinceB, department, city, national]) {
    const code = makeCode({ system: FREE.unknown, deadline: at.now() + 60, key: newKey() });
    expectError(await verify(at, code), '4001');
  }
});

test('the outcome of a verification elsewhere is told to who asked for it', async () => {
  for (const from of [provinceA, department]) {
    const { code } = await issue(from);
    const call = provinceB.third.prepare('/api/v1/code/verify', verifyBody(code));
    const answer = await provinceB.third.send(call);
    expectDone(answer);
    const outcome = await provinceB.third.outcome(call.nonce);
    expectDone(outcome);
    assert.deepEqual(outcome.items, answer.items);
    expectError(await provinceB.third.send(call), '2003');
    const again = provinceB.third.prepare('/api/v1/code/verify', verifyBody(code));
    expectError(await provinceB.third.send(again), '3005');
    expectError(await provinceB.third.outcome(again.nonce), '3005');
  }
});

test('a route is told to apps, the list to anyone', async () => {
  const answer = await provinceB.third.call('/api/v1/route/query', { system: department.id });
  expectDone(answer);
  const { item } = answer;
  assert.equal(item.system, department.id);
  assert.equal(item.base_url, department.baseUrl);
  assert.equal(item.public_key, await department.spki());
  assert.equal(item.mode, 'relay');
  assert.equal(item.parent, national.id);
  assert.equal(item.status, 'active');
  expectError(await provinceB.third.call('/api/v1/route/query', { system: FREE.unknown }), '4001');
  expectError(await provinceB.third.call('/api/v1/route/query', { system: '25100000' }), '1003', { names: 'system' });
  expectShape(await provinceB.third.call('/api/v1/route/query', {}));
});
