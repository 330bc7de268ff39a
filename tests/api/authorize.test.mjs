// Scan to authorize on one code system (interface 2.5; R1.9, R1.11): a third party asks, the subject reads and decides in a
// channel, takes back what was given, and sees every use and every refused try.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { base32Encode, newNonce, openEnvelope, sm3Hex } from './lib/client.mjs';
import { otherPerson, person, enterprise, residentId } from './lib/people.mjs';
import {
  System, callXml, expectDone, expectError, expectShape, findClasses, freshCode, verifyBody,
} from './lib/system.mjs';

const zwm = System.fromEnvironment();
const skipClock = zwm.clockFile ? false : 'no clock_offset_file';
const TTL = Number(zwm.setting('request_ttl_sec', 300));
const TICKET_TTL = Number(zwm.setting('ticket_ttl_sec', 600));
const at = (name) => `/api/v1/authorization/${name}`;
let channel, kiosk, third, stranger, system, first, second;
const offsetBefore = skipClock ? 0 : zwm.offset();

before(async () => {
  channel = await zwm.app('channel', 'auth-ch');
  kiosk = await zwm.app('channel', 'auth-kiosk', { channel: '06' });
  third = await zwm.app('third-party', 'auth-tp');
  stranger = await zwm.app('third-party', 'auth-xx');
  ({ system } = await zwm.identity());
  await zwm.inForce();
  [first, second] = (await findClasses(zwm, channel, third)).data;
  assert.ok(first && second, 'two classes that the sample service has data of');
});
after(() => {
  if (!skipClock) zwm.setOffset(offsetBefore);
  zwm.close();
});

const asking = (more = {}) => ({ purpose: '办理示例事项', xxlb: [first, second], czqx: '1', ...more });

async function request(more, app = third) {
  const answer = await app.call(at('request'), asking(more));
  expectDone(answer);
  return answer.item;
}

const grantBody = (code, more = {}) =>
  ({ request_code: code, decision: 'grant', subject: person(), xxlb: [first], ...more });
const refuseBody = (code) => ({ request_code: code, decision: 'refuse', subject: person() });
const status = (request_no, app = third) => app.call(at('status'), { request_no });

// A subject of this test only, so that what is listed is ours.
let days = 0;
const somebody = () => ({
  type: 'person', name: '示例甲', id_type: '111', assurance: 2,
  id_no: residentId('110101', new Date(Date.UTC(1911, 0, 1 + (Math.floor(Math.random() * 9000) + days++))).toISOString()
    .slice(0, 10).replaceAll('-', ''), '000'),
});

async function granted(subject = person(), more = {}) {
  const asked = await request(more);
  const decided = await channel.call(at('decide'), grantBody(asked.request_code, { subject, xxlb: more.grant ?? [first] }));
  expectDone(decided);
  const answer = await status(asked.request_no);
  expectDone(answer);
  return { ...asked, ...answer.item, sqbh: decided.item.sqbh };
}

async function list(subject, app = channel) {
  const answer = await app.call(at('list'), { subject });
  expectDone(answer);
  return answer.items;
}

function expectOpen(answer) {
  expectShape(answer);
  assert.deepEqual([answer.result, answer.status, answer.error, answer.items], ['103', 200, '', []]);
}

test('request, detail, partial grant, status, pickup', async () => {
  const began = zwm.now();
  const asked = await request({ item_code: 'SX-001', region: '110000' });
  assert.match(asked.request_no, /^[0-9a-f]{32}$/);
  assert.match(asked.request_code, new RegExp(`^ZWR1${system}[A-Z2-7]{32}$`));
  assert.ok(asked.expires_at >= began + TTL && asked.expires_at <= zwm.now() + TTL);
  assert.equal(asked.poll_after_sec, 2);
  expectOpen(await status(asked.request_no));

  const detail = await channel.call(at('detail'), { request_code: ` ${asked.request_code}\r\n` });
  expectDone(detail);
  const { requester, ...rest } = detail.item;
  assert.deepEqual(rest, {
    request_no: asked.request_no, purpose: '办理示例事项', xxlb: [first, second], czqx: '1', item_code: 'SX-001',
    region: '110000', expires_at: asked.expires_at,
  });
  assert.deepEqual(
    [requester.app_id, requester.org_name, requester.uscc, requester.system],
    [third.appId, '测试auth-tp', third.uscc, system],
  );
  assert.equal(Buffer.from(requester.public_key, 'base64').toString('hex').slice(-130), third.ownKey.publicKey);
  expectOpen(await status(asked.request_no)); // reading decides nothing

  const decided = await channel.call(at('decide'), grantBody(asked.request_code));
  expectDone(decided);
  const answer = await status(asked.request_no);
  expectDone(answer);
  const { item } = answer;
  assert.equal(item.sqbh, decided.item.sqbh);
  assert.match(item.ticket, new RegExp(`^${system}\\.[A-Za-z0-9_-]{43}$`));
  assert.ok(item.ticket_expires >= began + TICKET_TTL && item.ticket_expires <= zwm.now() + TICKET_TTL);
  assert.deepEqual(item.xxlb, [first]);
  assert.deepEqual(item.record.xxlb, [first]);
  assert.equal(item.record.czqx, '1');
  assert.equal(item.record.xxsy.sqbh, item.sqbh);
  assert.deepEqual(item.record.bsqzt, { bsqztlx: '0', bsqzxm: '测试auth-tp', zjlx: '98', zjhm: third.uscc });
  assert.equal(item.subject.id_no, `${person().id_no.slice(0, 4)}*****`);
  assert.equal(item.subject.name, `${[...person().name][0]}**`);

  const picked = await third.pickup({ ticket: item.ticket, class: first, as: 'data' });
  expectDone(picked);
  const data = openEnvelope(picked.item.envelope, third.ownKey);
  assert.equal(sm3Hex(data), picked.item.sm3);
  expectError(await third.pickup({ ticket: item.ticket, class: second, as: 'data' }), '6003');
  expectError(await third.pickup({ ticket: item.ticket, class: first, as: 'file' }), '6004');
  expectError(await stranger.pickup({ ticket: item.ticket, class: first, as: 'data' }), '6001');
});

test('status answers the same as often as it is asked, its own app only', async () => {
  const given = await granted();
  const again = await status(given.request_no);
  expectDone(again);
  assert.equal(again.item.ticket, given.ticket);
  expectError(await status(given.request_no, stranger), '5001');
  expectError(await status('0'.repeat(32)), '5001');
});

test('refused: 5003, and nothing can be decided any more', async () => {
  const { request_no, request_code } = await request();
  const refused = await channel.call(at('decide'), refuseBody(request_code));
  expectDone(refused);
  assert.deepEqual(refused.items, [{}]);
  expectError(await status(request_no), '5003');
  expectError(await channel.call(at('decide'), grantBody(request_code)), '5004');
  expectError(await channel.call(at('decide'), refuseBody(request_code)), '5004');
  expectError(await channel.call(at('detail'), { request_code }), '5004');
});

test('granted: nothing can be decided any more', async () => {
  const { request_code } = await granted();
  expectError(await channel.call(at('decide'), grantBody(request_code)), '5004');
  expectError(await kiosk.call(at('decide'), refuseBody(request_code)), '5004');
  expectError(await channel.call(at('detail'), { request_code }), '5004');
});

test('expired: 5002 for everybody, one second after its end', { skip: skipClock }, async () => {
  const { request_no, request_code } = await request();
  await zwm.shifted(TTL + 2, async () => {
    expectError(await status(request_no), '5002');
    expectError(await channel.call(at('detail'), { request_code }), '5002');
    expectError(await channel.call(at('decide'), grantBody(request_code)), '5002');
    expectError(await channel.call(at('decide'), refuseBody(request_code)), '5002');
  });
  expectOpen(await status(request_no)); // by the server's clock alone
});

test('at its last second: granted', { skip: skipClock }, async () => {
  const answer = await zwm.atSecond(
    async () => {
      const asked = await request();
      return { ...asked, second: asked.expires_at };
    },
    ({ request_code }) => channel.call(at('decide'), grantBody(request_code)),
  );
  expectDone(answer);
});

test('a ticket given by scanning ends with its time', { skip: skipClock }, async () => {
  const { ticket } = await granted();
  await zwm.shifted(TICKET_TTL + 2, async () => {
    expectError(await third.pickup({ ticket, class: first, as: 'data' }), '6002');
  });
});

test('decisions at one moment: exactly one wins', async () => {
  for (let round = 0; round < 5; round++) {
    const { request_no, request_code } = await request();
    const calls = Array.from({ length: 16 }, (_, i) => {
      const app = i % 2 ? channel : kiosk;
      return [app, app.prepare(at('decide'), i % 3 ? grantBody(request_code) : refuseBody(request_code))];
    });
    const answers = await Promise.all(calls.map(([app, prepared]) => app.send(prepared)));
    const won = answers.filter((a) => a.result === '100');
    assert.equal(won.length, 1, `${won.length} of ${answers.length} won`);
    for (const answer of answers) if (answer !== won[0]) expectError(answer, '5004');
    const told = await status(request_no);
    if (won[0].item.sqbh) assert.equal(told.item.sqbh, won[0].item.sqbh);
    else expectError(told, '5003');
  }
});

test('a nonce serves once, on every interface', async () => {
  const asked = await request();
  const calls = [
    [third, 'request', asking()], [channel, 'detail', { request_code: asked.request_code }],
    [channel, 'decide', grantBody(asked.request_code)], [third, 'status', { request_no: asked.request_no }],
    [channel, 'list', { subject: person() }],
  ];
  for (const [app, name, body] of calls) {
    const nonce = newNonce();
    expectDone(await app.call(at(name), body, { nonce }));
    expectError(await app.call(at(name), body, { nonce }), '2003');
  }
});

test('a third party that used up the nonce of its own grant harms itself alone', async () => {
  const { request_no, request_code } = await request();
  expectError(await third.outcome(`grant-${request_no}`), '3007');
  expectError(await channel.call(at('decide'), grantBody(request_code)), '5004');
  expectOpen(await status(request_no)); // no half of a grant
  expectDone(await channel.call(at('decide'), refuseBody(request_code)));
});

test('who may call what', async () => {
  const { request_no, request_code } = await request();
  expectError(await channel.call(at('request'), asking()), '2006');
  expectError(await channel.call(at('status'), { request_no }), '2006');
  expectError(await third.call(at('detail'), { request_code }), '2006');
  expectError(await third.call(at('decide'), grantBody(request_code)), '2006');
  expectError(await third.call(at('revoke'), { sqbh: '0'.repeat(32), subject: person() }), '2006');
  expectError(await third.call(at('list'), { subject: person() }), '2006');
  expectOpen(await status(request_no));
});

test('request: wrong fields, each named', async () => {
  const wrong = [
    [{ purpose: undefined }, '1002', 'purpose'],
    [{ purpose: '' }, '1003', 'purpose'],
    [{ purpose: '长'.repeat(201) }, '1003', 'purpose'],
    [{ xxlb: undefined }, '1002', 'xxlb'],
    [{ xxlb: [] }, '1003', 'xxlb'],
    [{ xxlb: [first, first] }, '1003', 'xxlb[1]'],
    [{ xxlb: ['no such class!'] }, '1003', 'xxlb[0]'],
    [{ czqx: '0' }, '1003', 'czqx'],
    [{ czqx: '16' }, '1003', 'czqx'],
    [{ region: '11000' }, '1003', 'region'],
    [{ callback: 'http://example.com/told' }, '1003', 'callback'],
    [{ callback: 'https://user@example.com/told' }, '1003', 'callback'],
    [{ callback: 'https://example.com/told#part' }, '1003', 'callback'],
    [{ callback: 'https://example.com/有' }, '1003', 'callback'],
    [{ callback: 'https://' }, '1003', 'callback'],
    [{ subject: person() }, '1004', 'subject'],
  ];
  for (const [more, code, names] of wrong) expectError(await third.call(at('request'), asking(more)), code, { names });
});

test('callbacks never go to this machine or its link, unless configured', {
  skip: zwm.setting('allow_loopback_routes', '0') === '1' ? 'the instance allows loopback' : false,
}, async () => {
  for (const host of ['127.0.0.1', 'localhost', '[::1]', '169.254.1.1', '0.0.0.0', '[::ffff:127.0.0.1]', '0x7f.1', '2130706433']) {
    expectError(await third.call(at('request'), asking({ callback: `https://${host}/told` })), '1003', { names: 'callback' });
  }
});

test('request codes of a wrong shape: 3001', async () => {
  const { request_code: good } = await request();
  const wrong = [
    good.slice(0, -1), `${good}A`, good.toLowerCase(), good.replace('ZWR1', 'ZWR2'), good.replace('ZWR1', 'ZWM1'),
    `${good.slice(0, 20)} ${good.slice(20)}`, good.replace(system, '000000000'), good.replace(system, '400000001'),
    `${good.slice(0, -1)}1`, `${good.slice(0, -1)}=`, 'A', '码'.repeat(45),
  ];
  for (const request_code of wrong) {
    expectError(await channel.call(at('detail'), { request_code }), '3001');
    expectError(await channel.call(at('decide'), grantBody(request_code)), '3001');
  }
  const unknown = `ZWR1${system}${base32Encode(Buffer.alloc(20, 7))}`;
  expectError(await channel.call(at('detail'), { request_code: unknown }), '5001');
  expectError(await channel.call(at('decide'), grantBody(unknown)), '5001');
  // Of a system that nobody has a route to.
  const foreign = good.replace(system, system === '265432199' ? '265432198' : '265432199');
  expectError(await channel.call(at('detail'), { request_code: foreign }), '4001');
  expectError(await channel.call(at('decide'), grantBody(foreign)), '4001');
});

test('decide: wrong fields, each named, and the request stays open', async () => {
  const { request_no, request_code } = await request();
  const grant = {
    sqbh: '0'.repeat(32), ticket: `${system}.${'a'.repeat(43)}`, ticket_expires: zwm.now() + 60, record: { xxsy: {} },
    subject: { type: 'person', name: '示**', id_no: '1101*****' }, xxlb: [first],
  };
  const wrong = [
    [{ decision: undefined }, '1002', 'decision'],
    [{ decision: 'perhaps' }, '1003', 'decision'],
    [{ subject: undefined }, '1002', 'subject'],
    [{ subject: { ...person(), assurance: 1 } }, '1003', 'subject.assurance'],
    [{ subject: { ...person(), id_no: '110101190001010001' } }, '1003', 'subject.id_no'],
    [{ subject: { ...person(), id_type: '98' } }, '1003', 'subject.id_type'],
    [{ subject: { ...person(), agent: enterprise().agent } }, '1003', 'subject.agent'],
    [{ xxlb: undefined }, '1002', 'xxlb'],
    [{ xxlb: [] }, '1003', 'xxlb'],
    [{ xxlb: [first, first] }, '1003', 'xxlb[1]'],
    [{ xxlb: [first, 'not.asked'] }, '1003', 'xxlb[1]'],
    [{ grant }, '1004', 'grant'],
  ];
  for (const [more, code, names] of wrong) {
    expectError(await channel.call(at('decide'), grantBody(request_code, more)), code, { names });
  }
  expectError(await channel.call(at('decide'), { request_code, decision: 'refuse' }), '1002', { names: 'subject' });
  expectOpen(await status(request_no));
});

test('a suspended third party can no longer be granted anything', async () => {
  const gone = await zwm.app('third-party', `auth-gone-${days++}`);
  await zwm.inForce();
  const { request_code } = await request({}, gone);
  await zwm.zwm('app', 'suspend', gone.appId);
  expectError(await channel.call(at('detail'), { request_code }), '5001');
  expectError(await channel.call(at('decide'), grantBody(request_code)), '5001');
});

test('revoked: ticket dead at once, told by the list, and again is no error', async () => {
  const subject = somebody();
  const { sqbh, ticket } = await granted(subject);
  assert.deepEqual((await list(subject)).map((a) => [a.sqbh, a.state]), [[sqbh, 'active']]);

  expectError(await channel.call(at('revoke'), { sqbh, subject: otherPerson }), '5005');
  expectError(await channel.call(at('revoke'), { sqbh: 'f'.repeat(32), subject }), '5001');
  expectError(await channel.call(at('revoke'), { sqbh: 'F'.repeat(32), subject }), '1003', { names: 'sqbh' });
  expectError(await channel.call(at('revoke'), { sqbh, subject: { ...subject, assurance: 1 } }), '1003', { names: 'subject.assurance' });
  assert.equal((await list(subject))[0].state, 'active');

  const revoked = await kiosk.call(at('revoke'), { sqbh, subject }); // any channel that has identified the subject
  expectDone(revoked);
  assert.equal(revoked.item.sqbh, sqbh);
  assert.ok(Math.abs(revoked.item.revoked_at - zwm.now()) <= 5);
  expectError(await third.pickup({ ticket, class: first, as: 'data' }), '3009');

  const again = await channel.call(at('revoke'), { sqbh, subject });
  expectDone(again);
  assert.equal(again.item.revoked_at, revoked.item.revoked_at);

  const [told] = await list(subject);
  assert.equal(told.state, 'revoked');
  const seen = told.uses.map((u) => [u.interface, u.app_id, u.error_code]);
  assert.deepEqual(seen.reverse(), [
    ['grant', third.appId, ''], ['revoke', channel.appId, '5005'], ['revoke', kiosk.appId, ''],
    ['pickup', third.appId, '3009'], ['revoke', channel.appId, ''],
  ]);
});

test('codes are revoked the same way', async () => {
  const subject = somebody();
  const { code, sqbh } = await freshCode(channel, [first], { subject, single_use: false });
  const verified = await third.verify(verifyBody(code));
  expectDone(verified);
  expectDone(await channel.call(at('revoke'), { sqbh, subject }));
  expectError(await third.verify(verifyBody(code)), '3009');
  expectError(await third.pickup({ ticket: verified.item.ticket, class: first, as: 'data' }), '3009');
});

test('list: newest first, every use and refused try, nothing of the scanner', async () => {
  const subject = somebody();
  assert.deepEqual(await list(subject), []);
  const code = await freshCode(channel, [first, second], { subject });
  const verified = await third.verify(verifyBody(code.code));
  expectDone(verified);
  expectError(await stranger.verify(verifyBody(code.code, { purpose: '再用一次' })), '3005');
  const scan = await zwmLater(() => granted(subject));
  await third.pickup({ ticket: scan.ticket, class: first, as: 'data' });
  expectError(await third.pickup({ ticket: scan.ticket, class: second, as: 'data' }), '6003');

  const answer = await channel.call(at('list'), { subject });
  expectDone(answer);
  const [byScan, byCode] = answer.items;
  assert.equal(answer.items.length, 2);
  assert.deepEqual([byScan.sqbh, byScan.code_type, byScan.xxlb, byScan.czqx], [scan.sqbh, 'SCAN', [first], '1']);
  assert.deepEqual([byCode.sqbh, byCode.code_type, byCode.state], [code.sqbh, 'ZWM1', 'used']);
  assert.equal(byCode.deadline, code.deadline);

  const uses = byCode.uses.map((u) => [u.interface, u.app_id, u.org_name, u.system, u.purpose, u.error_code]).reverse();
  assert.deepEqual(uses, [
    ['verify', third.appId, '测试auth-tp', system, '办理示例事项', ''],
    ['verify', stranger.appId, '测试auth-xx', system, '再用一次', '3005'],
  ]);
  const [grant, , refused] = [...byScan.uses].reverse();
  assert.deepEqual([grant.interface, grant.app_id, grant.purpose], ['grant', third.appId, '办理示例事项']);
  assert.deepEqual([refused.interface, refused.error_code, refused.class], ['pickup', '6003', second]);
  for (const word of [subject.id_no, subject.name, verifyBody('').scanner.id_no, scan.ticket, code.code]) {
    assert.ok(!answer.body.toString('utf8').includes(word), `the list tells ${word}`);
  }
  assert.deepEqual(await list({ ...otherPerson, id_no: somebody().id_no }), []);
});

// The list is ordered by seconds: what is done now comes at least one later than what was done before.
async function zwmLater(body) {
  if (!zwm.clockFile) return body();
  zwm.setOffset(zwm.offset() + 2);
  return body();
}

test('states: expired and replaced are told', { skip: skipClock }, async () => {
  const subject = somebody();
  const old = await freshCode(channel, [first], { subject });
  const renewed = await zwmLater(() => freshCode(channel, [first], { subject, replaces: old.sqbh }));
  assert.deepEqual((await list(subject)).map((a) => [a.sqbh, a.state]), [[renewed.sqbh, 'active'], [old.sqbh, 'replaced']]);
  await zwm.shifted(120, async () => {
    assert.deepEqual((await list(subject)).map((a) => a.state), ['expired', 'replaced']);
  });
});

test('list and revoke want an identified subject', async () => {
  for (const [subject, code, names] of [
    [undefined, '1002', 'subject'],
    [{ ...person(), assurance: 1 }, '1003', 'subject.assurance'],
    [{ ...person(), id_no: '1' }, '1003', 'subject.id_no'],
    [{ ...person(), assurance: undefined }, '1002', 'subject.assurance'],
  ]) {
    expectError(await channel.call(at('list'), { subject }), code, { names });
    expectError(await channel.call(at('revoke'), { sqbh: '0'.repeat(32), subject }), code, { names });
  }
});

test('an enterprise authorizes too', async () => {
  const { request_no, request_code } = await request();
  expectDone(await channel.call(at('decide'), grantBody(request_code, { subject: enterprise() })));
  const answer = await status(request_no);
  expectDone(answer);
  assert.equal(answer.item.subject.type, 'enterprise');
});

test('the same in XML', async () => {
  const asked = await callXml(third, at('request'), asking());
  expectDone(asked);
  const { request_no, request_code } = asked.item ?? asked.items.item;
  const open = await callXml(third, at('status'), { request_no });
  assert.equal(open.result, '103');
  const detail = await callXml(channel, at('detail'), { request_code });
  assert.equal(detail.result, '100');
  const decided = await callXml(channel, at('decide'), grantBody(request_code, { subject: somebody() }));
  assert.equal(decided.result, '100', decided.message);
});
