// The life of a route: applied for, approved, suspended, resumed, withdrawn; its key changed by the key on record; and what
// no registration can do (R2.1, R2.3).
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { newKey, spkiFromPublicKey } from '../api/lib/client.mjs';
import { newUscc } from '../api/lib/people.mjs';
import { expectDone, expectError, expectShape, verifyBody } from '../api/lib/system.mjs';
import {
  VERIFY, all, closeAll, department, inListAs, issue, national, notInList, provinceA, provinceB, untilTrust, untilVerify, verify, withApps,
} from './lib/federation.mjs';
import { FREE, NodeSystem } from './lib/node-system.mjs';

let member;
before(async () => {
  member = new NodeSystem(FREE.changing);
  await withApps('rt');
  await member.join();
  member.respond = (seen) => member.valid(seen);
});
after(async () => {
  await member?.leave();
  closeAll();
});

const spki = (key) => spkiFromPublicKey(key.publicKey).toString('base64');
const systemBody = (code, who = member) => verifyBody(code, {
  requester: { app_id: 'NODE-APP', org_name: '测试单位', uscc: newUscc(), system: who.id, public_key: spki(who.key) },
});
const failed = (promise) => promise.then(() => null, (error) => error);

test('a suspended system is refused as issuer and as caller everywhere, and comes back', async () => {
  const before = (await national.trust()).version;
  await national.zwm('route', 'suspend', department.id);
  await untilTrust('suspended', inListAs(department.id, 'suspended'));
  assert.equal((await national.trust()).version, before + 1, 'one version a change');
  for (const at of [national, provinceA, provinceB]) await untilVerify('suspended issuer', department, at, '4002');
  const { code } = await issue(provinceB);
  expectError(await verify(department, code), '4002');
  expectDone(await verify(department, (await issue(department)).code)); // at home it works on
  await national.zwm('route', 'resume', department.id);
  await untilTrust('active', inListAs(department.id, 'active'));
  for (const at of [national, provinceA, provinceB]) await untilVerify('resumed', department, at, '');
  await untilVerify('resumed caller', provinceB, department, '');
});

test('a suspended caller is told so before anything is done', async () => {
  await national.zwm('route', 'suspend', member.id);
  await untilTrust('suspended', inListAs(member.id, 'suspended'));
  const caller = member.caller(provinceA);
  const { code } = await issue(provinceA);
  const answer = await caller.call(VERIFY, systemBody(code));
  caller.close();
  expectError(answer, '4002');
  expectDone(await verify(provinceA, code));
  await national.zwm('route', 'resume', member.id);
  await untilTrust('active', inListAs(member.id, 'active'));
});

test('a system that is registered by hand obeys the list where it stands on it', async () => {
  const listed = await new NodeSystem(FREE.byHand).join();
  const byHand = await provinceA.app('system', 'hand', { appId: listed.id });
  byHand.to = provinceA.id;
  const ask = async () => byHand.call(VERIFY, systemBody((await issue(provinceA)).code, listed));
  await provinceA.inForce();
  expectDone(await ask());
  await national.zwm('route', 'suspend', listed.id);
  await untilTrust('suspended', inListAs(listed.id, 'suspended'));
  expectError(await ask(), '4002');
  await national.zwm('route', 'resume', listed.id);
  await untilTrust('active', inListAs(listed.id, 'active'));
  expectDone(await ask());
  await provinceA.zwm('app', 'suspend', listed.id);
  await provinceA.inForce();
  expectError(await ask(), '2005');
  await listed.leave();
});

test('3002: a code of a type that its system is not listed for, whoever signed it', async () => {
  const before = member.requests.length;
  for (const key of [member.key, newKey()])
    expectError(await verify(provinceB, member.code({ system: member.id.slice(1, 7), type: 'QYM1', key })), key === member.key ? '3002' : '3003');
  assert.equal(member.since(before).length, 0, 'it is not asked');
  await national.zwm('route', 'suspend', member.id);
  await untilTrust('suspended', inListAs(member.id, 'suspended'));
  expectError(await verify(provinceB, member.code({ system: member.id.slice(1, 7), type: 'QYM1' })), '4002');
  await national.zwm('route', 'resume', member.id);
  await untilTrust('active', inListAs(member.id, 'active'));
});

test('an application waits for its approval, and is known to nobody before', async () => {
  const fresh = new NodeSystem(FREE.taker);
  await fresh.listen();
  try {
    const answer = await fresh.register();
    expectShape(answer);
    assert.equal(answer.result, '103');
    assert.equal(answer.status, 200);
    assert.match(answer.item.application_no, /^[0-9a-f]{32}$/);
    assert.equal(await national.listed(fresh.id), undefined);
    expectError(await verify(national, fresh.code()), '4001');
    const caller = fresh.caller(national);
    expectError(await caller.call(VERIFY, systemBody((await issue(national)).code)), '2001');
    caller.close();
    const { items } = await national.zwmJson('route', 'list');
    assert.ok(JSON.stringify(items).includes(fresh.id), 'the operator sees it');
    await national.zwm('route', 'approve', fresh.id);
    fresh.respond = (seen) => fresh.valid(seen);
    await untilTrust('approved', inListAs(fresh.id, 'active'));
    expectDone(await verify(provinceB, fresh.code()));
    await national.zwm('route', 'withdraw', fresh.id);
    await untilTrust('withdrawn', notInList(fresh.id));
    expectError(await verify(provinceB, fresh.code()), '4001');
  } finally {
    fresh.close();
  }
});

test('nobody takes over an identifier: a change is signed by the key on record', async () => {
  const thief = new NodeSystem(provinceA.id);
  await thief.listen();
  try {
    const stolen = await thief.register();
    assert.notEqual(stolen.result, '103', 'a new key for an approved system is not even kept');
    assert.ok(['2001', '2006', '4006'].includes(stolen.error), stolen.error);
    assert.ok(await failed(national.zwm('route', 'approve', provinceA.id)), 'there is nothing to approve');
    assert.equal((await national.listed(provinceA.id)).base_url, provinceA.baseUrl);
    // Well signed, for somebody else.
    const other = await member.register({ system: provinceB.id });
    assert.notEqual(other.result, '103');
    // The publisher itself.
    const publisher = new NodeSystem(national.id);
    publisher.baseUrl = thief.baseUrl;
    assert.notEqual((await publisher.register()).result, '103');
  } finally {
    thief.close();
  }
});

test('a registration that does not hold together is refused, the field named', async () => {
  const fresh = new NodeSystem(FREE.liar);
  await fresh.listen();
  try {
    const wrong = [
      [{ base_url: fresh.baseUrl.replace('https:', 'http:') }, 'base_url'],
      [{ base_url: 'https://user:secret@example.org' }, 'base_url'],
      [{ base_url: 'file:///etc/passwd' }, 'base_url'],
      [{ base_url: 'https://' }, 'base_url'],
      [{ public_key: 'AAAA' }, 'public_key'],
      [{ public_key: spki(newKey()).replace(/.{6}$/, 'AAAAAA') }, 'public_key'],
      [{ system: '400000001' }, 'system'],
      [{ mode: 'tunnel' }, 'mode'],
      [{ code_types: ['ABC1'] }, 'code_types[0]'],
      [{ code_types: [] }, 'code_types'],
      [{ parent: FREE.liar }, 'parent'],
    ];
    for (const [more, field] of wrong) {
      const answer = await fresh.register(more);
      if (field === 'system') assert.notEqual(answer.result, '103');
      else expectError(answer, answer.error === '1002' ? '1002' : '1003', { names: field });
    }
    const unsigned = await fresh.register({}, { signedWith: newKey() });
    expectError(unsigned, '2001');
    const foreign = await fresh.register({ public_key: spki(newKey()) });
    expectError(foreign, '2001');
    assert.equal(await national.listed(fresh.id), undefined);
  } finally {
    fresh.close();
  }
});

test('a key is changed under the old one; for the overlap both are accepted', async () => {
  const oldKey = member.key, next = newKey();
  // A change signed by the new key alone is nobody's.
  assert.notEqual((await member.register({ public_key: spki(next) }, { signedWith: next })).result, '103');
  const answer = await member.register({ public_key: spki(next) }, { signedWith: oldKey });
  assert.equal(answer.result, '103', `${answer.error} ${answer.message}`);
  const early = await verify(provinceB, member.code()); // not in force before it is approved
  expectDone(early);
  await national.zwm('route', 'approve', member.id);
  await untilTrust('changed', ({ systems }) => systems.find(({ system }) => system === member.id)?.public_key === spki(next));
  const row = await provinceB.listed(member.id);
  assert.equal(row.previous_public_key, spki(oldKey));
  assert.ok(row.previous_until > Date.now() / 1000);

  const withKey = (key) => {
    member.key = key;
    return verify(provinceB, member.code());
  };
  for (const key of [oldKey, next]) expectDone(await withKey(key));
  for (const key of [oldKey, next]) {
    const client = member.caller(provinceA, key);
    expectDone(await client.call(VERIFY, systemBody((await issue(provinceA)).code)));
    client.close();
  }
  expectError(await withKey(newKey()), '3003');
  member.key = next;

  // Another change: the first key is in no list that is in force, and what it signed can still be shown.
  const last = newKey();
  assert.equal((await member.register({ public_key: spki(last) })).result, '103');
  await national.zwm('route', 'approve', member.id);
  await untilTrust('changed again', ({ systems }) => systems.find(({ system }) => system === member.id)?.public_key === spki(last));
  expectError(await withKey(oldKey), '3003');
  member.key = last;
  const { items, wrong } = await provinceB.zwmJson('evidence', early.item.sqbh);
  assert.equal(wrong, 0);
  assert.deepEqual(items.filter((item) => item.receipt_system === member.id).map((item) => item.signature_of_answer), ['right']);
});

test('the list rises by one with every change and is the same everywhere', async () => {
  const versions = [];
  for (let i = 0; i < 2; i++) {
    for (const verb of ['suspend', 'resume']) {
      await national.zwm('route', verb, member.id);
      versions.push((await national.trust()).version);
    }
  }
  for (let i = 1; i < versions.length; i++) assert.equal(versions[i], versions[i - 1] + 1);
  await untilTrust('the newest', ({ version }) => version === versions.at(-1));
  const lists = await Promise.all(all.map((place) => place.trust()));
  for (const list of lists) assert.deepEqual(list, lists[0]);
});
