// What a relay passes on: request and answer as they came, and its own name signed. A code system made of Node stands at
// either end (R2.2; interface 2.6).
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { newKey, publicKeyFromSpki, sign, signingString, sm3Hex, verifies } from '../api/lib/client.mjs';
import { newUscc, scanner } from '../api/lib/people.mjs';
import { expectDone, expectError, verifyBody } from '../api/lib/system.mjs';
import { VERIFY, all, city, closeAll, department, issue, national, provinceA, provinceB, verify, withApps } from './lib/federation.mjs';
import { FREE, NodeSystem } from './lib/node-system.mjs';

let origin, target, middle, below;

before(async () => {
  origin = new NodeSystem(FREE.origin);
  target = new NodeSystem(FREE.target, { mode: 'relay' });
  middle = new NodeSystem(FREE.relay);
  below = new NodeSystem(FREE.below, { mode: 'relay', parent: FREE.relay });
  await withApps('rl', [provinceA, provinceB, department, city, national]);
  for (const one of [origin, target, middle, below]) await one.join();
});
after(async () => {
  for (const one of [origin, target, middle, below]) await one?.leave();
  closeAll();
});

// The body of a system's call about a code: its app's words, and who the app is.
const systemBody = (code, who = origin) => verifyBody(code, {
  requester: {
    app_id: 'NODE-APP', org_name: '测试单位', uscc: newUscc(), system: who.id, public_key: who.registration().public_key,
  },
});

const relayString = (string, via, timestamp) => `${sm3Hex(string)}\n${via}\n${timestamp}\n`;

// `Zwm-Relay` as a relay makes it.
function relayHeader(who, string, via, { timestamp = Math.floor(Date.now() / 1000), key = who.key, as = who.id } = {}) {
  const signature = sign(relayString(string, via, timestamp), key).toString('base64');
  return `system="${as}",timestamp="${timestamp}",signature="${signature}"`;
}

const departmentKey = async () => publicKeyFromSpki((await national.listed(department.id)).public_key);

test('a system calls a relay: the answer is the issuing system\'s, receipt included', async () => {
  const caller = origin.caller(national);
  const { code } = await issue(department);
  const answer = await caller.call(VERIFY, systemBody(code), { to: department.id });
  expectDone(answer);
  assert.equal(answer.item.system, department.id);
  assert.equal(answer.headers['zwm-system'], department.id);
  assert.ok(answer.receiptVerifies(await departmentKey()), 'the receipt binds our request and this answer under the department\'s listed key');
  assert.ok(!answer.receiptVerifies(await national.publicKey()));
  const refused = await caller.call(VERIFY, systemBody(code), { to: department.id });
  expectError(refused, '3005');
  assert.equal(refused.headers['zwm-system'], department.id);
  assert.ok(refused.receiptVerifies(await departmentKey()), 'a refusal has its receipt too');
  caller.close();
});

test('what is no call between code systems is not passed on, and the responder lives on', async () => {
  const caller = origin.caller(national);
  for (let i = 0; i < 2; i++)
    expectError(await caller.call('/service/sample/fetch', { sqbh: '0'.repeat(32) }, { headers: { 'Zwm-Target': department.id } }), '1008');
  caller.close();
});

test('called directly, a system gives its receipt unasked', async () => {
  const caller = origin.caller(provinceA);
  const { code } = await issue(provinceA);
  const answer = await caller.call(VERIFY, systemBody(code));
  expectDone(answer);
  assert.equal(answer.headers['zwm-system'], provinceA.id);
  assert.ok(answer.receiptVerifies(await provinceA.publicKey()));
  caller.close();
});

test('body and Authorization reach the next system as they came', async () => {
  target.respond = (seen) => target.valid(seen);
  const caller = origin.caller(national);
  // Blanks and order nobody would write again the same way.
  const sent = `  ${JSON.stringify(systemBody(target.code()), null, 3)}\n`;
  const call = caller.prepare(VERIFY, sent, { to: target.id });
  const before = target.requests.length;
  const answer = await caller.send(call);
  expectDone(answer);
  const [seen, ...more] = target.since(before);
  assert.equal(more.length, 0);
  assert.ok(seen.body.equals(Buffer.from(sent)));
  assert.equal(seen.headers.authorization, call.headers.Authorization);
  assert.equal(seen.method, 'POST');
  assert.equal(seen.target, VERIFY);
  assert.ok(seen.signedBy(origin.key.publicKey));
  assert.equal(seen.headers['zwm-via'], national.id);
  const relay = Object.fromEntries([...seen.headers['zwm-relay'].matchAll(/(\w+)="([^"]*)"/g)].map(([, k, v]) => [k, v]));
  assert.equal(relay.system, national.id);
  assert.ok(Math.abs(Number(relay.timestamp) - Date.now() / 1000) < 60);
  assert.ok(verifies(relayString(call.string, seen.headers['zwm-via'], relay.timestamp), Buffer.from(relay.signature, 'base64'), await national.publicKey()));
  assert.ok(answer.receiptVerifies(target.key.publicKey), 'and the answer comes back as it was given');
  caller.close();
});

test('what somebody has seen of a call is not passed on again', async () => {
  target.respond = (seen) => target.valid(seen);
  const caller = origin.caller(national, origin.key, target.id);
  const before = target.requests.length;
  const call = caller.prepare(VERIFY, systemBody(target.code()));
  expectDone(await caller.send(call));
  const again = await Promise.all(Array.from({ length: 5 }, () => caller.send(call)));
  for (const answer of again) expectError(answer, '2003');
  assert.equal(target.since(before).length, 1);
  // Nor one whose way came to nothing.
  target.respond = () => ({ status: 502, headers: { 'Content-Length': 0 }, body: '' });
  const lost = caller.prepare(VERIFY, systemBody(target.code()));
  assert.equal((await caller.send(lost)).status, 502);
  expectError(await caller.send(lost), '2003');
  // The relay does not know what became of it, and does not say that nothing did.
  expectError(await caller.outcome(call.nonce, { to: national.id }), '9003');
  caller.close();
});

test('a call that is addressed to one system is not passed on to another, nor done by a third', async () => {
  const caller = origin.caller(national);
  const before = target.requests.length;
  const body = systemBody(target.code());
  expectError(await caller.call(VERIFY, body), '4001'); // to the relay itself, which has not issued the code
  expectError(await caller.call(VERIFY, body, { to: department.id, headers: { 'Zwm-Target': target.id } }), '2001');
  expectError(await caller.call(VERIFY, body, { to: null, headers: { 'Zwm-Target': target.id } }), '2001');
  expectError(await caller.call('/api/v1/authorization/list', {}, { to: target.id }), '2001');
  assert.equal(target.since(before).length, 0);
  // What one system has got is worth nothing at another.
  const call = caller.prepare(VERIFY, systemBody((await issue(department)).code), { to: target.id });
  target.respond = (seen) => target.valid(seen);
  expectDone(await caller.send(call));
  const there = origin.caller(department);
  expectError(await there.send(call), '2003'); // it would pass it on to the addressee, by the relay that has seen it
  there.close();
  caller.close();
});

test('kept of an answer: its digest, its receipt and the beginning; nothing without a receipt', async () => {
  const caller = origin.caller(national, origin.key, target.id);
  const kept = (sqbh) => national.zwmJson('evidence', sqbh).then(({ items }) => items, () => []);
  const item = { ...target.verifyItem(), xxsy: { 说明: '示例'.repeat(20_000) } };
  let body;
  const say = (options) => (seen) => {
    const answer = target.answer(seen, { items: [item] }, options);
    ({ body } = answer);
    return answer;
  };
  target.respond = say({ receipt: null });
  expectDone(await caller.call(VERIFY, systemBody(target.code())));
  target.respond = say({ receipt: { key: newKey() } });
  expectDone(await caller.call(VERIFY, systemBody(target.code())));
  assert.deepEqual(await kept(item.sqbh), []);
  target.respond = say({});
  expectDone(await caller.call(VERIFY, systemBody(target.code())));
  const [one, ...more] = await kept(item.sqbh);
  assert.equal(more.length, 0);
  assert.equal(one.answer_sm3, sm3Hex(body));
  assert.equal(one.answer_size, body.length);
  assert.ok(one.answer_excerpt.length > 300 && Buffer.from(one.answer_excerpt).length <= 1024);
  assert.ok(body.toString().startsWith(one.answer_excerpt));
  assert.equal(one.signature_of_answer, 'right');
  caller.close();
});

test('each relay of two adds itself and signs', async () => {
  target.respond = (seen) => target.valid(seen);
  const before = target.requests.length;
  expectDone(await verify(city, target.code()));
  const [seen] = target.since(before);
  assert.equal(seen.headers['zwm-via'], `${provinceA.id}, ${national.id}`);
  assert.ok(seen.signedBy(await city.publicKey()), 'signed by the city, which asked');
  assert.equal(seen.auth.app_id, city.id);
  assert.equal(seen.json.requester.system, city.id);
  assert.equal(seen.json.requester.app_id, city.third.appId);
  assert.match(seen.headers['zwm-relay'], new RegExp(`^system="${national.id}"`));
});

test('what is below a relay is asked for through it, and it learns no more than it must', async () => {
  middle.respond = (seen) => below.valid(seen);
  const before = middle.requests.length;
  const answer = await verify(provinceB, below.code());
  expectDone(answer);
  assert.equal(answer.item.system, below.id);
  const [seen] = middle.since(before);
  assert.equal(seen.headers['zwm-target'], below.id);
  assert.equal(seen.headers['zwm-via'], undefined, 'the first hop is the caller\'s own');
  assert.ok(seen.signedBy(await provinceB.publicKey()));
  assert.equal(seen.json.scanner.id_no, scanner.id_no);
});

test('a relay in the middle can neither speak for the issuing system nor change its words', async (t) => {
  const lies = {
    'says valid under its own receipt': (seen) => below.valid(seen, { receipt: { key: middle.key, as: middle.id } }),
    'says valid in the issuing system\'s name with its own key': (seen) => below.valid(seen, { receipt: { key: middle.key } }),
    'says used by itself': (seen) => middle.refuse(seen, '3005', 409),
    'changes the answer on its way': (seen) => {
      const answer = below.refuse(seen, '3005', 409);
      answer.body = Buffer.from(answer.body.toString().replace('3005', '3009'));
      return answer;
    },
    'gives a receipt for another request': (seen) => below.valid(seen, { receipt: { string: seen.string.replace('verify', 'outcome') } }),
    'says revoked without a receipt': (seen) => below.refuse(seen, '3009', 410, { receipt: null }),
  };
  for (const [lie, respond] of Object.entries(lies)) {
    await t.test(lie, async () => {
      middle.respond = respond;
      const before = middle.requests.length;
      expectError(await verify(provinceB, below.code()), '4003');
      assert.ok(middle.since(before).length > 0, 'it was asked');
    });
  }
  middle.respond = (seen) => middle.refuse(seen, '4002', 403);
  expectError(await verify(provinceB, below.code()), '4002');
  middle.respond = (seen) => below.refuse(seen, '3005', 409);
  expectError(await verify(provinceB, below.code()), '3005');
});

test('loops and long ways are refused before anything is done', async (t) => {
  const five = ['244010201', '244010301', '244010401', '244010501', middle.id];
  const ways = {
    'the callee is on the way already': [`${department.id}, ${middle.id}`, '4004'],
    'the callee is the last': [`${middle.id}, ${department.id}`, '4004'],
    'more than four': [five.join(', '), '4004'],
    'one twice': [`${provinceA.id}, ${provinceA.id}, ${middle.id}`, '4004'],
  };
  for (const [what, [via, error]] of Object.entries(ways)) {
    await t.test(what, async () => {
      const caller = origin.caller(department);
      const { code } = await issue(department);
      const call = caller.prepare(VERIFY, systemBody(code));
      call.headers['Zwm-Via'] = via;
      call.headers['Zwm-Relay'] = relayHeader(middle, call.string, via);
      expectError(await caller.send(call), error);
      expectDone(await verify(department, code)); // and the code is still good
      caller.close();
    });
  }
  await t.test('a fifth hop, seen by the relay that would add itself', async () => {
    const caller = origin.caller(national);
    const { code } = await issue(department);
    const call = caller.prepare(VERIFY, systemBody(code), { to: department.id });
    const via = [...five.slice(0, 3), middle.id].join(', ');
    call.headers['Zwm-Via'] = via;
    call.headers['Zwm-Relay'] = relayHeader(middle, call.string, via);
    expectError(await caller.send(call), '4004');
    caller.close();
  });
  await t.test('the next hop is on the way already', async () => {
    const caller = origin.caller(national);
    const { code } = await issue(department);
    const call = caller.prepare(VERIFY, systemBody(code), { to: department.id });
    const via = `${department.id}, ${middle.id}`;
    call.headers['Zwm-Via'] = via;
    call.headers['Zwm-Relay'] = relayHeader(middle, call.string, via);
    expectError(await caller.send(call), '4004');
    caller.close();
  });
});

test('a way that is not signed by its last relay, for this request and now, is not believed', async (t) => {
  const forged = {
    'no Zwm-Relay': () => undefined,
    'signed with another key': (call, via) => relayHeader(middle, call.string, via, { key: newKey() }),
    'in another\'s name': (call, via) => relayHeader(middle, call.string, via, { as: national.id }),
    'for another request': (call, via) => relayHeader(middle, signingString({ method: 'POST', target: VERIFY, timestamp: '1', nonce: 'x'.repeat(16), body: '' }), via),
    'for another way': (call) => relayHeader(middle, call.string, provinceA.id),
    'an hour old': (call, via) => relayHeader(middle, call.string, via, { timestamp: Math.floor(Date.now() / 1000) - 3600 }),
    'not in the form': () => 'garbage',
  };
  for (const [what, make] of Object.entries(forged)) {
    await t.test(what, async () => {
      const caller = origin.caller(department);
      const { code } = await issue(department);
      const call = caller.prepare(VERIFY, systemBody(code));
      call.headers['Zwm-Via'] = middle.id;
      call.headers['Zwm-Relay'] = make(call, middle.id);
      expectError(await caller.send(call), '2001');
      expectDone(await verify(department, code));
      caller.close();
    });
  }
  await t.test('well signed it is', async () => {
    const caller = origin.caller(department);
    const { code } = await issue(department);
    const call = caller.prepare(VERIFY, systemBody(code));
    call.headers['Zwm-Via'] = middle.id;
    call.headers['Zwm-Relay'] = relayHeader(middle, call.string, middle.id);
    expectDone(await caller.send(call));
    caller.close();
  });
});

test('a relay that changes body or Authorization is found out by the issuing system', async () => {
  const caller = origin.caller(department);
  const { code } = await issue(department);
  const headers = (call) => {
    call.headers['Zwm-Via'] = middle.id;
    call.headers['Zwm-Relay'] = relayHeader(middle, call.string, middle.id);
    return call;
  };
  const changed = headers(caller.prepare(VERIFY, systemBody(code)));
  changed.body = Buffer.from(changed.body.toString().replace('测试单位', '别的单位'));
  changed.headers['Content-Length'] = changed.body.length;
  expectError(await caller.send(changed), '2001');
  const twice = headers(caller.prepare(VERIFY, systemBody(code)));
  expectDone(await caller.send(twice));
  expectError(await caller.send(twice), '2003');
  caller.close();
});

test('who a system says it asks for is checked', async () => {
  const caller = origin.caller(provinceA);
  const { code } = await issue(provinceA);
  const body = systemBody(code);
  const { requester, ...bare } = body;
  expectError(await caller.call(VERIFY, bare), '1002', { names: 'requester' });
  expectError(await caller.call(VERIFY, { ...body, requester: { ...requester, system: provinceB.id } }), '1003', { names: 'requester.system' });
  expectError(await caller.call(VERIFY, { ...body, requester: { ...requester, public_key: 'AAAA' } }), '1003', { names: 'requester.public_key' });
  expectError(await provinceA.third.verify({ ...verifyBody(code), requester }), '1004', { names: 'requester' });
  expectDone(await caller.call(VERIFY, body));
  caller.close();
});

test('a stranger in a system\'s name is nobody', async () => {
  for (const at of all) {
    const caller = origin.caller(at, newKey());
    const { code } = await issue(provinceA);
    expectError(await caller.call(VERIFY, systemBody(code)), '2001');
    caller.close();
  }
});
