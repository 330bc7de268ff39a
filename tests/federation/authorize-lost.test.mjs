// A subject decides at home on a request of a code system that answers late, never, wrongly or with a refusal: the decision
// takes effect once or not at all, and nothing is left behind where it does not (interface 2.5).
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { randomBytes } from 'node:crypto';
import { base32Encode, newKey, openEnvelope, spkiFromPublicKey } from '../api/lib/client.mjs';
import { newUscc, person, residentId } from '../api/lib/people.mjs';
import { expectDone, expectError } from '../api/lib/system.mjs';
import { AUTHORIZATION, PICKUP, SAMPLE, closeAll, provinceA, withApps } from './lib/federation.mjs';
import { NodeSystem } from './lib/node-system.mjs';

const asker = new NodeSystem('300090601');
const app = { key: newKey(), uscc: newUscc() };
let decide; // how the asking system answers a decision; `told` numbers them from 1
let told = [];

before(async () => {
  await withApps('lost', [provinceA]);
  asker.respond = (seen) => {
    if (seen.target === `${AUTHORIZATION}detail`) return asker.answer(seen, { items: [detail(seen.json.request_code)] });
    told.push(seen);
    return decide(seen, told.length);
  };
  await asker.join();
});
after(async () => {
  await asker.leave();
  closeAll();
});

const newCode = () => `ZWR1${asker.id}${base32Encode(randomBytes(20))}`;
const detail = (code, more = {}) => ({
  request_no: Buffer.from(code.slice(13, 29), 'latin1').toString('hex'),
  requester: {
    app_id: 'WINDOW-1', org_name: '示例窗口', uscc: app.uscc, system: asker.id,
    public_key: spkiFromPublicKey(app.key.publicKey).toString('base64'),
  },
  purpose: '办理示例事项', xxlb: [SAMPLE.data, 'identity'], czqx: '1', expires_at: Math.floor(Date.now() / 1000) + 300, ...more,
});

let days = 0;
const somebody = () => ({
  ...person(), name: '示例乙',
  id_no: residentId('440101', new Date(Date.UTC(1912, 0, 1 + Math.floor(Math.random() * 9000) + days++)).toISOString().slice(0, 10).replaceAll('-', '')),
});

function grant(subject = person(), more = {}) {
  told = [];
  return provinceA.channel.call(`${AUTHORIZATION}decide`, {
    request_code: newCode(), decision: 'grant', subject, xxlb: [SAMPLE.data, 'identity'], ...more,
  });
}
const refuse = () => {
  told = [];
  return provinceA.channel.call(`${AUTHORIZATION}decide`, { request_code: newCode(), decision: 'refuse', subject: person() });
};

const done = (seen) => asker.answer(seen, { items: [seen.json.grant ? { sqbh: seen.json.grant.sqbh } : {}] });
const lost = () => ({ status: 200, headers: { 'Content-Type': 'application/json', 'Content-Length': 2 }, body: '{}' }); // no receipt

async function states(subject) {
  const answer = await provinceA.channel.call(`${AUTHORIZATION}list`, { subject });
  expectDone(answer);
  return answer.items.map(({ state }) => state);
}

test('told what was granted, and no more: masked, the ticket ours', async () => {
  decide = done;
  const answer = await grant();
  expectDone(answer);
  const { request_code, decision, grant: given, ...rest } = told[0].json;
  assert.deepEqual([decision, Object.keys(rest)], ['grant', []]);
  assert.match(request_code, /^ZWR1/);
  assert.equal(given.sqbh, answer.item.sqbh);
  assert.ok(given.ticket.startsWith(`${provinceA.id}.`));
  assert.deepEqual(given.record.bsqzt, { bsqztlx: '0', bsqzxm: '示例窗口', zjlx: '98', zjhm: app.uscc });
  assert.ok(!JSON.stringify(given.subject).includes(person().id_no));

  // The system picks up for its third party; the data is sealed for that one, not for the system.
  const caller = asker.caller(provinceA);
  const picked = await caller.call(PICKUP, { ticket: given.ticket, class: 'identity', as: 'data' }, { headers: { 'Zwm-Target': provinceA.id } });
  expectDone(picked);
  assert.equal(JSON.parse(openEnvelope(picked.item.envelope, app.key)).id_no, person().id_no);
  assert.throws(() => openEnvelope(picked.item.envelope, asker.key));
  caller.close();
});

test('the first answer lost: said once more, the same decision, done', async () => {
  const subject = somebody();
  decide = (seen, n) => (n === 1 ? lost() : done(seen));
  expectDone(await grant(subject));
  assert.equal(told.length, 2);
  assert.deepEqual(told[0].json, told[1].json);
  assert.notEqual(told[0].auth.nonce, told[1].auth.nonce);
  assert.deepEqual(await states(subject), ['active']);
});

test('every answer lost: uncertain, and the authorization stays for the subject to see', async () => {
  const subject = somebody();
  decide = lost;
  expectError(await grant(subject), '9003');
  assert.equal(told.length, 2);
  assert.deepEqual(await states(subject), ['active']);
  expectError(await refuse(), '9003');
});

for (const [error, status] of [['5001', 404], ['5002', 410], ['5004', 409]]) {
  test(`refused there with ${error}: passed on, and the grant is revoked at once`, async () => {
    const subject = somebody();
    decide = (seen) => asker.refuse(seen, error, status);
    expectError(await grant(subject), error);
    assert.equal(told.length, 1);
    assert.deepEqual(await states(subject), ['revoked']);
    const caller = asker.caller(provinceA);
    const { ticket } = told[0].json.grant; // kept by a system that says it has refused it
    expectError(await caller.call(PICKUP, { ticket, class: SAMPLE.data, as: 'data' }), '3009');
    caller.close();
    expectError(await refuse(), error);
  });
}

test('after a failure the subject can decide again', async () => {
  const subject = somebody(), request_code = newCode();
  const body = { request_code, decision: 'grant', subject, xxlb: [SAMPLE.data] };
  decide = lost;
  expectError(await provinceA.channel.call(`${AUTHORIZATION}decide`, body), '9003');
  decide = done;
  expectDone(await provinceA.channel.call(`${AUTHORIZATION}decide`, body));
});

test('what another system says of a request is read strictly', async () => {
  const answers = {
    'of another system': { requester: { ...detail(newCode()).requester, system: provinceA.id } },
    'no key': { requester: { ...detail(newCode()).requester, public_key: 'AAAA' } },
    'no number': { request_no: 'x'.repeat(32) },
    'no classes': { xxlb: [] },
    'too much': { more: 'x' },
  };
  const respond = asker.respond;
  try {
    for (const [what, more] of Object.entries(answers)) {
      asker.respond = (seen) => asker.answer(seen, { items: [detail(seen.json.request_code, more)] });
      const answer = await provinceA.channel.call(`${AUTHORIZATION}detail`, { request_code: newCode() });
      assert.equal(answer.error, '4003', `${what}: ${answer.error} ${answer.message}`);
      expectError(await grant(), '4003');
    }
    asker.respond = (seen) => asker.answer(seen, {});
    expectError(await grant(), '4003');
  } finally {
    asker.respond = respond;
  }
});

test('the other way round: the same decision of a system said twice is one, another is too late', async () => {
  const request = async () => {
    const answer = await provinceA.third.call(`${AUTHORIZATION}request`, { purpose: '办理示例事项', xxlb: [SAMPLE.data] });
    expectDone(answer);
    return answer.item;
  };
  const made = (more) => {
    const sqbh = randomBytes(16).toString('hex');
    return {
      sqbh, ticket: `${asker.id}.${randomBytes(32).toString('base64url')}`, ticket_expires: Math.floor(Date.now() / 1000) + 600,
      record: { xxlb: [SAMPLE.data], xxsy: { sqbh } }, subject: { type: 'person', name: '示**', id_no: '4401*****' }, xxlb: [SAMPLE.data], ...more,
    };
  };
  const caller = asker.caller(provinceA);
  const say = (body) => caller.call(`${AUTHORIZATION}decide`, body, { headers: { 'Zwm-Target': provinceA.id } });
  const status = (request_no) => provinceA.third.call(`${AUTHORIZATION}status`, { request_no });

  const { request_no, request_code } = await request();
  for (const [more, names] of [
    [{ ticket_expires: 1 }, 'grant.ticket_expires'],
    [{ record: { xxsy: { sqbh: '0'.repeat(32) } } }, 'grant.record'],
    [{ record: { xxsy: 'x' } }, 'grant.record'],
    [{ xxlb: [SAMPLE.data, SAMPLE.data] }, 'grant.xxlb[1]'],
  ]) expectError(await say({ request_code, decision: 'grant', grant: made(more) }), '1003', { names });
  const grant1 = made(), body = { request_code, decision: 'grant', grant: grant1 };
  for (let i = 0; i < 3; i++) {
    const answer = await say(body);
    expectDone(answer);
    assert.equal(answer.item.sqbh, grant1.sqbh);
  }
  expectError(await say({ ...body, grant: made() }), '5004');
  expectError(await say({ ...body, grant: { ...grant1, ticket: made().ticket } }), '5004');
  expectError(await say({ request_code, decision: 'refuse' }), '5004');
  expectError(await say({ request_code, decision: 'refuse', grant: grant1 }), '1004', { names: 'grant' });
  const told1 = await status(request_no);
  expectDone(told1);
  assert.deepEqual(told1.item, grant1);

  const other = await request();
  for (let i = 0; i < 2; i++) expectDone(await say({ request_code: other.request_code, decision: 'refuse' }));
  expectError(await say({ ...body, request_code: other.request_code, grant: made() }), '5004');
  expectError(await status(other.request_no), '5003');
  caller.close();
});
