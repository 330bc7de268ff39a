// Scan to authorize where the third party is at home in one system and the subject in another; recognition of an identity
// proven at home; revocation and the subject's list across systems (R1.9, R1.11, R2.4).
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { openEnvelope, sm3Hex } from '../api/lib/client.mjs';
import { otherPerson, person, residentId } from '../api/lib/people.mjs';
import { expectDone, expectError, expectShape, until } from '../api/lib/system.mjs';
import {
  AUTHORIZATION, SAMPLE, city, closeAll, department, issue, national, provinceA, provinceB, verified, verify, withApps,
} from './lib/federation.mjs';
import { FREE, NodeSystem } from './lib/node-system.mjs';

const ASKED = [SAMPLE.data, SAMPLE.small, SAMPLE.large, 'identity'];
// [who asks, the subject's home]: directly, in relay, through two relays, the other way round, at home.
const WAYS = [[provinceB, provinceA], [provinceB, department], [city, provinceB], [department, city], [provinceA, provinceA]];

let stranger;
before(async () => {
  stranger = new NodeSystem(FREE.origin);
  await withApps('sa');
  await stranger.join();
});
after(async () => {
  await stranger?.leave();
  closeAll();
});

const call = (app, name, body) => app.call(`${AUTHORIZATION}${name}`, body);

async function request(at, more = {}) {
  const answer = await call(at.third, 'request', { purpose: '示例补贴资格核验', xxlb: ASKED, czqx: '5', ...more });
  expectDone(answer);
  assert.match(answer.item.request_code, new RegExp(`^ZWR1${at.id}[A-Z2-7]{32}$`));
  return answer.item;
}

const grantBody = (request_code, more = {}) => ({ request_code, decision: 'grant', subject: person(), xxlb: [SAMPLE.data, SAMPLE.large, 'identity'], ...more });
const refuseBody = (request_code) => ({ request_code, decision: 'refuse', subject: person() });

async function granted(asks, home, more) {
  const asked = await request(asks);
  expectDone(await call(home.channel, 'decide', grantBody(asked.request_code, more)));
  const status = await call(asks.third, 'status', { request_no: asked.request_no });
  expectDone(status);
  return status.item;
}

const listed = async (home, sqbh, subject = person()) => {
  const answer = await call(home.channel, 'list', { subject });
  expectDone(answer);
  return answer.items.find((item) => item.sqbh === sqbh);
};

for (const [asks, home] of WAYS) {
  test(`asked in ${asks.name}, a part granted in ${home.name}`, async () => {
    const asked = await request(asks, { item_code: 'ITEM-1', region: '440100' });
    const open = await call(asks.third, 'status', { request_no: asked.request_no });
    expectShape(open);
    assert.equal(open.result, '103');

    const detail = await call(home.channel, 'detail', { request_code: `${asked.request_code}\r\n` });
    expectDone(detail);
    assert.equal(detail.item.request_no, asked.request_no);
    assert.equal(detail.item.requester.app_id, asks.third.appId);
    assert.equal(detail.item.requester.system, asks.id);
    assert.equal(detail.item.requester.uscc, asks.third.uscc);
    assert.equal(detail.item.purpose, '示例补贴资格核验');
    assert.deepEqual(detail.item.xxlb, ASKED);
    assert.equal(detail.item.expires_at, asked.expires_at);
    assert.equal(detail.item.item_code, 'ITEM-1');
    assert.equal(detail.item.region, '440100');

    // More than was asked for is not granted; what was not decided stays open.
    expectError(await call(home.channel, 'decide', grantBody(asked.request_code, { xxlb: [SAMPLE.data, 'a.b'] })), '1003', { names: 'xxlb[1]' });
    const decided = await call(home.channel, 'decide', grantBody(asked.request_code));
    expectDone(decided);

    const status = await call(asks.third, 'status', { request_no: asked.request_no });
    expectDone(status);
    const { item } = status;
    assert.equal(item.sqbh, decided.item.sqbh);
    assert.deepEqual(item.xxlb, [SAMPLE.data, SAMPLE.large, 'identity']);
    assert.deepEqual(item.record.xxlb, item.xxlb);
    assert.equal(item.record.xxsy.sqbh, item.sqbh);
    assert.equal(item.record.bsqzt.zjhm, asks.third.uscc);
    assert.match(item.ticket, new RegExp(`^${home.id}\\.`));
    assert.ok(item.subject.name.startsWith(person().name.slice(0, 1)) && item.subject.name.endsWith('*'));

    const data = await asks.third.pickup({ ticket: item.ticket, class: SAMPLE.data, as: 'data' });
    expectDone(data);
    assert.equal(JSON.parse(openEnvelope(data.item.envelope, asks.third.ownKey))['持证主体'], person().name);
    const identity = await asks.third.pickup({ ticket: item.ticket, class: 'identity', as: 'data' });
    expectDone(identity);
    const known = openEnvelope(identity.item.envelope, asks.third.ownKey);
    assert.equal(sm3Hex(known), identity.item.sm3);
    const who = JSON.parse(known);
    assert.equal(who.name, person().name);
    assert.equal(who.id_no, person().id_no);
    assert.equal(who.assurance, person().assurance);
    assert.ok(!identity.body.includes(person().id_no));
    expectDone(await asks.third.pickup({ ticket: item.ticket, class: SAMPLE.large, as: 'file' }));
    expectError(await asks.third.pickup({ ticket: item.ticket, class: SAMPLE.small, as: 'file' }), '6003');

    const mine = await listed(home, item.sqbh);
    assert.ok(mine, 'the subject sees it at home');
    assert.equal(mine.code_type, 'SCAN');
    assert.equal(mine.state, 'active');
    const uses = mine.uses.map(({ interface: i, class: c, error_code: e }) => [i, c ?? '', e ?? ''].join(' ').trim());
    for (const use of [`pickup ${SAMPLE.data}`, 'pickup identity', `pickup ${SAMPLE.large}`, `pickup ${SAMPLE.small} 6003`]) {
      assert.ok(uses.includes(use), `${use} among ${JSON.stringify(uses)}`);
    }
    for (const use of mine.uses.filter(({ interface: i }) => i === 'pickup')) {
      assert.equal(use.app_id, asks.third.appId);
      assert.equal(use.system, asks.id);
    }
  });
}

test('a ticket granted by scanning is the asking app\'s alone', async () => {
  const item = await granted(provinceB, provinceA);
  const body = { ticket: item.ticket, class: SAMPLE.data, as: 'data' };
  for (const at of [provinceA, city, national]) expectError(await at.third.pickup(body), '6001');
  const other = await provinceB.app('third-party', 'sa-x');
  await provinceB.inForce();
  expectError(await other.pickup(body), '6001');
  expectDone(await provinceB.third.pickup(body));
});

test('refused: said so, for good', async () => {
  for (const [asks, home] of WAYS.slice(0, 3)) {
    const asked = await request(asks);
    expectDone(await call(home.channel, 'decide', refuseBody(asked.request_code)));
    expectError(await call(asks.third, 'status', { request_no: asked.request_no }), '5003');
    for (const body of [grantBody(asked.request_code), refuseBody(asked.request_code)]) expectError(await call(home.channel, 'decide', body), '5004');
    expectError(await call(home.channel, 'detail', { request_code: asked.request_code }), '5004');
  }
});

test('decided once, by whoever is first', async () => {
  for (const [asks, home] of WAYS.slice(0, 3)) {
    const asked = await request(asks);
    const first = await call(home.channel, 'decide', grantBody(asked.request_code));
    expectDone(first);
    expectError(await call(home.channel, 'decide', grantBody(asked.request_code, { subject: { ...otherPerson } })), '5004');
    expectError(await call(home.channel, 'decide', refuseBody(asked.request_code)), '5004');
    const status = await call(asks.third, 'status', { request_no: asked.request_no });
    expectDone(status);
    assert.equal(status.item.sqbh, first.item.sqbh);
    // Who the subject is stays masked; what is kept of it all are calls that were made, each with its signature.
    assert.ok(!status.body.includes(person().id_no) && !status.body.includes(person().name));
    assert.equal(status.item.record.sqzt.sqztmc, status.item.subject.name);
    assert.equal(status.item.record.xxsy.sqbh, first.item.sqbh);
    for (const place of new Set([asks, home])) {
      const { items, wrong } = await place.zwmJson('evidence', first.item.sqbh);
      assert.equal(wrong, 0);
      for (const item of items) assert.equal(item.signature_of_caller, 'right', JSON.stringify(item));
    }
  }
});

test('decided at the same moment in several systems: one stands, the others leave nothing behind', async () => {
  const asked = await request(provinceB);
  const homes = [provinceA, department, city, provinceB, national];
  const calls = homes.map((home) => home.channel.prepare(`${AUTHORIZATION}decide`, grantBody(asked.request_code)));
  const answers = await Promise.all(homes.map((home, i) => home.channel.send(calls[i])));
  const won = answers.filter(({ result }) => result === '100');
  assert.equal(won.length, 1, answers.map(({ error }) => error || 'done').join(' '));
  for (const answer of answers) if (answer.result !== '100') expectError(answer, '5004');
  const status = await call(provinceB.third, 'status', { request_no: asked.request_no });
  expectDone(status);
  assert.equal(status.item.sqbh, won[0].item.sqbh);
  const active = [];
  for (const home of homes) {
    const answer = await call(home.channel, 'list', { subject: person() });
    expectDone(answer);
    active.push(...answer.items.filter(({ issued_at, code_type, state }) => code_type === 'SCAN' && state === 'active' && issued_at >= asked.expires_at - 300)
      .filter(({ sqbh }) => sqbh === status.item.sqbh));
  }
  assert.equal(active.length, 1, 'one authorization is active');
});

test('a request that has expired is neither read nor decided', async () => {
  const asked = await request(provinceB);
  await Promise.all([provinceB, provinceA].map((place) => place.setOffset(301)));
  try {
    expectError(await call(provinceB.third, 'status', { request_no: asked.request_no }), '5002');
    expectError(await call(provinceA.channel, 'detail', { request_code: asked.request_code }), '5002');
    expectError(await call(provinceA.channel, 'decide', grantBody(asked.request_code)), '5002');
  } finally {
    for (const place of [provinceB, provinceA]) place.setOffset(0);
  }
});

test('a request code that is none, of nobody, or never made', async () => {
  const { request_code: code } = await request(provinceB);
  const cases = [
    ['ZWR1', '3001'], [code.toLowerCase(), '3001'], [`${code}A`, '3001'], [code.replace('ZWR1', 'ZWR2'), '3001'],
    [code.replace(provinceB.id, FREE.unknown), '4001'],
    [code.slice(0, -4) + (code.endsWith('AAAA') ? 'BBBB' : 'AAAA'), '5001'],
  ];
  for (const [request_code, error] of cases) {
    expectError(await call(provinceA.channel, 'detail', { request_code }), error);
    expectError(await call(provinceA.channel, 'decide', grantBody(request_code)), error);
  }
});

test('another app\'s request is unknown to it', async () => {
  const asked = await request(provinceB);
  expectError(await call(provinceA.third, 'status', { request_no: asked.request_no }), '5001');
});

test('revoked at home, it is over everywhere at once: codes, tickets, started pickups', async () => {
  for (const [asks, home] of [[provinceB, provinceA], [provinceB, department], [city, provinceB]]) {
    const scanned = await granted(asks, home);
    const body = { ticket: scanned.ticket, class: SAMPLE.data, as: 'data' };
    expectDone(await asks.third.pickup(body));
    const large = await asks.third.pickup({ ticket: scanned.ticket, class: SAMPLE.large, as: 'file' });
    expectDone(large);
    assert.equal((await asks.third.file(large.item.file, { Range: 'bytes=0-9' })).status, 206, 'the pickup has begun');

    expectError(await call(home.channel, 'revoke', { sqbh: scanned.sqbh, subject: { ...otherPerson } }), '5005');
    expectDone(await asks.third.pickup(body)); // so nothing has happened yet
    const revoked = await call(home.channel, 'revoke', { sqbh: scanned.sqbh, subject: person() });
    expectDone(revoked);
    assert.equal(revoked.item.sqbh, scanned.sqbh);
    expectError(await asks.third.pickup(body), '3009');
    const rest = await asks.third.file(large.item.file, { Range: 'bytes=10-19' });
    assert.ok(rest.status >= 400, `the started pickup ends: ${rest.status}`);
    assert.equal((await listed(home, scanned.sqbh)).state, 'revoked');
    expectDone(await call(home.channel, 'revoke', { sqbh: scanned.sqbh, subject: person() }));

    const shown = await issue(home, { single_use: false });
    const first = await verify(asks, shown.code);
    expectDone(first);
    expectDone(await call(home.channel, 'revoke', { sqbh: shown.sqbh, subject: person() }));
    expectError(await verify(asks, shown.code), '3009');
    expectError(await asks.third.pickup({ ticket: first.item.ticket, class: SAMPLE.data, as: 'data' }), '3009');
  }
});

test('the subject sees every use and every refused try, wherever it was made', async () => {
  const item = await verified(provinceA, provinceB, {});
  const again = await issue(provinceA);
  expectDone(await verify(provinceB, again.code));
  expectError(await verify(department, again.code), '3005');
  expectError(await verify(city, again.code), '3005');
  expectDone(await provinceB.third.pickup({ ticket: item.ticket, class: SAMPLE.data, as: 'data' }));
  const one = await listed(provinceA, again.sqbh);
  assert.equal(one.state, 'used');
  const uses = one.uses.filter(({ interface: i }) => i === 'verify').map(({ app_id, system, error_code }) => `${app_id} ${system} ${error_code ?? ''}`.trim()).sort();
  assert.deepEqual(uses, [
    `${provinceB.third.appId} ${provinceB.id}`,
    `${department.third.appId} ${department.id} 3005`,
    `${city.third.appId} ${city.id} 3005`,
  ].sort());
  for (const use of one.uses) assert.equal(use.org_name !== undefined, true);
  const other = await listed(provinceA, item.sqbh);
  assert.ok(other.uses.some((use) => use.interface === 'pickup' && use.class === SAMPLE.data && use.system === provinceB.id));
  const nobody = { type: 'person', name: '无人示例', id_type: '111', id_no: residentId('440101', '19050607', '000'), assurance: 3 };
  const none = await call(provinceA.channel, 'list', { subject: nobody });
  expectDone(none);
  assert.deepEqual(none.items, []);
});

test('a system cannot decide for a subject, and a channel cannot bring a finished grant', async () => {
  const asked = await request(provinceB);
  const caller = stranger.caller(provinceB);
  expectError(await caller.call(`${AUTHORIZATION}decide`, grantBody(asked.request_code)), '1004', { names: 'subject' });
  expectError(await caller.call(`${AUTHORIZATION}decide`, { request_code: asked.request_code, decision: 'grant' }), '1002', { names: 'grant' });
  const sqbh = 'ab'.repeat(16);
  const grant = {
    sqbh, ticket: `${provinceA.id}.${'A'.repeat(43)}`, ticket_expires: Math.floor(Date.now() / 1000) + 600, record: { xxsy: { sqbh } },
    subject: { type: 'person', name: '假**', id_no: '1***' }, xxlb: [SAMPLE.data],
  };
  // A ticket that leads to another system would make that one look like the source.
  expectError(await caller.call(`${AUTHORIZATION}decide`, { request_code: asked.request_code, decision: 'grant', grant }), '1003', { names: 'grant.ticket' });
  expectError(await call(provinceB.channel, 'decide', { ...grantBody(asked.request_code), grant }), '1004', { names: 'grant' });
  expectError(await caller.call(`${AUTHORIZATION}list`, { subject: person() }), '2006');
  expectError(await caller.call(`${AUTHORIZATION}revoke`, { sqbh, subject: person() }), '2006');
  const own = { ...grant, ticket: `${stranger.id}.${'A'.repeat(43)}`, xxlb: ['a.b'] };
  expectError(await caller.call(`${AUTHORIZATION}decide`, { request_code: asked.request_code, decision: 'grant', grant: own }), '1003', { names: 'grant.xxlb[0]' });
  const open = await call(provinceB.third, 'status', { request_no: asked.request_no });
  assert.equal(open.result, '103', 'it is still open');
  caller.close();
});

test('the third party is told at its callback address, signed, until it has heard it', async () => {
  const listener = new NodeSystem(FREE.taker);
  await listener.listen();
  let refuse = 1;
  listener.respond = () => (refuse-- > 0 ? { status: 500, headers: { 'Content-Length': 0 }, body: '' } : { status: 204, headers: {}, body: '' });
  try {
    const asked = await request(provinceB, { callback: `${listener.baseUrl}/told?by=zwm` });
    expectDone(await call(provinceA.channel, 'decide', grantBody(asked.request_code)));
    await until('told twice', () => listener.requests.length >= 2, { seconds: 30 });
    const told = listener.requests.at(-1);
    assert.equal(told.target, '/told?by=zwm');
    assert.equal(told.auth.app_id, provinceB.id);
    assert.ok(told.signedBy(await provinceB.publicKey()));
    assert.equal(told.json.request_no, asked.request_no);
    assert.equal(told.json.status, 'granted');
    assert.ok(!told.body.includes(person().name));
  } finally {
    listener.close();
  }
});
