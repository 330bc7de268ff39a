// A code system that lies about its own codes, called directly: the verifying system never says valid on its word alone.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { newKey } from '../api/lib/client.mjs';
import { expectDone, expectError } from '../api/lib/system.mjs';
import { closeAll, national, provinceB, verify, withApps } from './lib/federation.mjs';
import { FREE, NodeSystem } from './lib/node-system.mjs';

let liar, other;

before(async () => {
  liar = new NodeSystem(FREE.liar);
  other = new NodeSystem(FREE.taker);
  await withApps('ly', [provinceB, national]);
  await Promise.all([liar.join(), other.join()]);
});
after(async () => {
  await liar?.leave();
  await other?.leave();
  closeAll();
});

const changed = (answer, change) => {
  const body = Buffer.from(JSON.stringify(change(JSON.parse(answer.body))));
  return { ...answer, body, headers: { ...answer.headers, 'Content-Length': body.length } };
};
const withHeaders = (answer, headers) => ({ ...answer, headers: { ...answer.headers, ...headers } });

let old;
test('truthful, it is believed', async () => {
  liar.respond = (seen) => {
    old = liar.valid(seen);
    return old;
  };
  const answer = await verify(provinceB, liar.code());
  expectDone(answer);
  assert.equal(answer.item.system, liar.id);
  assert.equal(liar.requests.at(-1).json.requester.app_id, provinceB.third.appId);
  liar.respond = (seen) => liar.refuse(seen, '3005', 409);
  expectError(await verify(provinceB, liar.code()), '3005');
});

// Each is answered at once, so no breaker opens: 4003 is the judgement on this very answer.
const lies = {
  'a receipt by another key': (seen) => liar.valid(seen, { receipt: { key: newKey() } }),
  'no receipt': (seen) => liar.valid(seen, { receipt: null }),
  'an answer altered behind the signature': (seen) => changed(liar.valid(seen), (o) => {
    o.process_response.items[0].xxlb = ['everything'];
    return o;
  }),
  'an old answer again': () => old,
  'an old answer with a receipt for this request by another key': (seen) => ({ ...old, headers: { ...old.headers, ...liar.receipt(seen, 200, old.body, { key: newKey() }) } }),
  'a status that is not the one signed': (seen) => ({ ...liar.valid(seen), status: 201 }),
  'the receipt of another system': (seen) => liar.valid(seen, { receipt: { as: other.id, key: other.key } }),
  'another system\'s name over its own key': (seen) => liar.valid(seen, { receipt: { as: other.id } }),
  'a time that is not the one signed': (seen) => {
    const answer = liar.valid(seen);
    return withHeaders(answer, { 'Zwm-Timestamp': String(Number(answer.headers['Zwm-Timestamp']) + 1) });
  },
  'used, without a receipt': (seen) => liar.refuse(seen, '3005', 409, { receipt: null }),
  'valid, for a code of another system': (seen) => {
    const item = { ...liar.verifyItem(), system: other.id, ticket: `${other.id}.${'A'.repeat(43)}` };
    return liar.answer(seen, { items: [item] });
  },
  'a ticket that leads to another system': (seen) => liar.answer(seen, { items: [{ ...liar.verifyItem(), ticket: `${other.id}.${'A'.repeat(43)}` }] }),
  'valid, without an item': (seen) => liar.answer(seen, {}),
  'valid, with fields that are none': (seen) => liar.answer(seen, { items: [{ ...liar.verifyItem(), more: '1' }] }),
  'valid and an error at once': (seen) => liar.answer(seen, { error_code: '3005', items: [liar.verifyItem()] }),
  'an error that does not exist': (seen) => liar.refuse(seen, '3999', 409),
  'a redirect': () => ({ status: 302, headers: { Location: `${other.baseUrl}/api/v1/code/verify`, 'Content-Length': 0 }, body: '' }),
  'a page': () => ({ status: 200, headers: { 'Content-Type': 'text/html', 'Content-Length': 4 }, body: 'fine' }),
  'nothing': () => ({ status: 200, headers: { 'Content-Length': 0 }, body: '' }),
};
for (const [lie, respond] of Object.entries(lies)) {
  test(`it answers with ${lie}: 4003`, async () => {
    liar.respond = respond;
    const before = liar.requests.length;
    const call = provinceB.third.prepare('/api/v1/code/verify', { code: liar.code(), purpose: '测试', device_id: 'D-1' });
    const answer = await provinceB.third.send(call);
    expectError(answer, '4003');
    assert.equal(liar.since(before).filter(({ target }) => target === '/api/v1/code/verify').length, 1, 'it was asked, once');
  });
}

test('what was lost is settled by asking it again, not by a second use', async () => {
  const item = liar.verifyItem();
  liar.respond = (seen) => (seen.target === '/api/v1/code/verify'
    ? liar.answer(seen, { items: [item] }, { receipt: null }) // the answer is damaged on its way
    : liar.answer(seen, { items: [item] }));
  const call = provinceB.third.prepare('/api/v1/code/verify', { code: liar.code(), purpose: '测试', device_id: 'D-1' });
  const before = liar.requests.length;
  expectError(await provinceB.third.send(call), '4003');
  const outcome = await provinceB.third.outcome(call.nonce);
  expectDone(outcome);
  assert.equal(outcome.item.sqbh, item.sqbh);
  const seen = liar.since(before);
  assert.deepEqual(seen.map(({ target }) => target), ['/api/v1/code/verify', '/api/v1/code/outcome']);
  assert.equal(seen[1].json.nonce, seen[0].auth.nonce, 'it is asked about the very call it was sent');
  liar.respond = (s) => (s.target === '/api/v1/code/verify' ? liar.answer(s, { items: [item] }, { receipt: null }) : liar.answer(s, { items: [item] }, { receipt: { key: newKey() } }));
  const again = provinceB.third.prepare('/api/v1/code/verify', { code: liar.code(), purpose: '测试', device_id: 'D-1' });
  expectError(await provinceB.third.send(again), '4003');
  const lied = await provinceB.third.outcome(again.nonce);
  expectError(lied, '9003'); // a lie about it is no more believed: still not known
});

test('it has answered, and the store fails before that is entered: 9003, and outcome knows', async () => {
  const columns = 'error, sqbh, answer, ticket_hash, ticket_expires';
  const admin = (words) => execFileSync('mariadb', [`--socket=${path.join(provinceB.varDir, 'run', 'mariadb.sock')}`,
    provinceB.setting('db_name', 'zwm'), '-e', words]);
  const grant = () => admin(`GRANT UPDATE (${columns}) ON call_record TO 'zwm_verify'@'localhost'`);
  const item = liar.verifyItem();
  liar.respond = (seen) => {
    if (seen.target === '/api/v1/code/verify') admin(`REVOKE UPDATE (${columns}) ON call_record FROM 'zwm_verify'@'localhost'`);
    return liar.answer(seen, { items: [item] });
  };
  const call = provinceB.third.prepare('/api/v1/code/verify', { code: liar.code(), purpose: '测试', device_id: 'D-1' });
  try {
    expectError(await provinceB.third.send(call), '9003');
  } finally {
    grant();
  }
  const outcome = await provinceB.third.outcome(call.nonce);
  expectDone(outcome);
  assert.equal(outcome.item.ticket, item.ticket);
});

test('a pickup is answered with what belongs to one, or not at all', async () => {
  const sealed = { key: 'a', iv: 'b', ciphertext: 'c', mac: 'd' };
  const good = { class: 'a.b', source: '测试信息服务', media_type: 'text/plain', size: 1, sm3: '0'.repeat(64), envelope: sealed };
  const picked = async (change) => {
    let asked = 0;
    liar.respond = (seen) => {
      if (seen.target === '/api/v1/code/verify') return liar.valid(seen);
      asked++;
      return liar.answer(seen, { items: [change(structuredClone(good))] });
    };
    const verified = await verify(provinceB, liar.code());
    expectDone(verified);
    const answer = await provinceB.third.pickup({ ticket: verified.item.ticket, class: 'a.b', as: 'data' });
    assert.equal(asked, 1);
    return answer;
  };
  const done = await picked((item) => ({ ...item, more: '1', envelope: { ...item.envelope, more: '1' } }));
  expectDone(done);
  assert.deepEqual(done.item, good);
  const without = (name) => (item) => { delete item[name]; return item; };
  for (const change of [
    without('class'), without('source'), without('media_type'), without('size'), without('sm3'), without('envelope'),
    (item) => ({ ...item, class: 'c.d' }), (item) => ({ ...item, size: -1 }), (item) => ({ ...item, size: '1' }),
    (item) => ({ ...item, envelope: { ...sealed, mac: undefined } }), (item) => ({ ...item, envelope: 'x' }),
    (item) => ({ ...item, envelope: undefined, file: 'short' }), () => null, () => 'x',
  ]) expectError(await picked(change), '4003');
});

test('a file where data was asked for, or where the bits it told forbid it, is not handed on: 6004', async () => {
  const item = { class: 'a.b', source: '测试信息服务', media_type: 'application/pdf', size: 1, sm3: '0'.repeat(64) };
  const sealed = { envelope: { key: 'a', iv: 'b', ciphertext: 'c', mac: 'd' } }, handle = { file: 'A'.repeat(43) };
  let asked;
  const picked = async (as, czqx, what) => {
    asked = 0;
    liar.respond = (seen) => {
      if (seen.target === '/api/v1/code/verify') return liar.answer(seen, { items: [{ ...liar.verifyItem(), czqx }] });
      asked++;
      return liar.answer(seen, { items: [{ ...item, ...what }] });
    };
    const verified = await verify(provinceB, liar.code());
    expectDone(verified);
    return provinceB.third.pickup({ ticket: verified.item.ticket, class: 'a.b', as });
  };
  expectError(await picked('data', '5', handle), '6004');
  assert.equal(asked, 1);
  for (const [as, czqx, what] of [['file', '1', sealed], ['file', '11', handle], ['data', '4', sealed]]) {
    expectError(await picked(as, czqx, what), '6004');
    assert.equal(asked, 0, 'nothing is asked for that is not permitted');
  }
  for (const [as, czqx, what] of [['file', '4', handle], ['file', '5', sealed], ['data', '1', sealed]]) expectDone(await picked(as, czqx, what));
});

test('a code it never signed is not even asked about', async () => {
  liar.respond = (seen) => liar.valid(seen);
  const before = liar.requests.length;
  expectError(await verify(provinceB, liar.code({ key: newKey() })), '3003');
  assert.equal(liar.since(before).length, 0);
});
