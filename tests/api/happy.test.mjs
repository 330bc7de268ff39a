// One whole case a code type and a wire form: issue, verify, pick up as data (R1.3, R1.7, R1.12, R4.1, R4.3, R4.5).
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import canonicalize from 'canonicalize';
import { codeVerifies, decodeCode, openEnvelope, sm3Hex } from './lib/client.mjs';
import { enterprise, person } from './lib/people.mjs';
import {
  System, callXml, expectDone, expectError, findClasses, freshCode, issueBody, readXml, verifyBody,
} from './lib/system.mjs';

const zwm = System.fromEnvironment();
let channel, third, system, publicKey, classes, companyClasses;

before(async () => {
  channel = await zwm.app('channel', 'happy-ch');
  third = await zwm.app('third-party', 'happy-tp');
  ({ system, publicKey } = await zwm.identity());
  await zwm.inForce();
  classes = await findClasses(zwm, channel, third);
  companyClasses = await findClasses(zwm, channel, third, { code_type: 'QYM1', subject: enterprise() });
});
after(() => zwm.close());

const stamp = (sec) => new Date((sec + 8 * 3600) * 1000).toISOString().replace(/\D/g, '').slice(0, 14);

function checkIssued(item, { type, validity, czqx, xxlb, subject }) {
  assert.match(item.sqbh, /^[0-9a-f]{32}$/);
  assert.ok(Math.abs(Number(item.issued_at) - zwm.now()) <= 5);
  assert.equal(Number(item.deadline) - Number(item.issued_at), validity);
  assert.ok(Number(item.refresh_after_sec) > 0 && Number(item.refresh_after_sec) <= validity);

  const { record } = item;
  assert.equal(record.sqzt.sqztmc, subject.name);
  assert.equal(record.sqzt.sqztdm, subject.id_no);
  assert.equal(record.sqzt.sqsj, stamp(Number(item.issued_at)));
  assert.deepEqual(record.sqqx, { sqkssj: stamp(Number(item.issued_at)), sqjzsj: stamp(Number(item.deadline)) });
  assert.deepEqual(record.xxlb, xxlb);
  assert.equal(record.xxsy.sqbh, item.sqbh);
  assert.equal(record.czqx, czqx);

  const code = decodeCode(item.code);
  assert.equal(code.type, type);
  assert.equal(code.version, 1);
  assert.equal(code.deadline, Number(item.deadline));
  assert.ok(codeVerifies(code, publicKey), 'the signature of the code');
  return code;
}

function checkVerified(item, issued, { type, subject }) {
  assert.match(item.ticket, new RegExp(`^${system}\\.[A-Za-z0-9_-]{43}$`));
  assert.ok(Number(item.ticket_expires) > zwm.now());
  assert.equal(item.sqbh, issued.sqbh);
  assert.equal(item.system, system);
  assert.equal(item.code_type, type);
  assert.equal(Number(item.deadline), Number(issued.deadline));
  assert.deepEqual(item.xxlb, issued.record.xxlb);
  assert.equal(item.czqx, issued.record.czqx);
  assert.deepEqual(item.subject, {
    type: subject.type, name: `${[...subject.name][0]}**`, id_no: `${subject.id_no.slice(0, 4)}*****`,
  });
}

function checkData(item, name, key, subject) {
  assert.equal(item.class, name);
  assert.ok(item.source.length > 0);
  assert.match(item.media_type, /^application\/json\b/);
  assert.deepEqual(Object.keys(item.envelope).sort(), ['ciphertext', 'iv', 'key', 'mac']);
  const plain = openEnvelope(item.envelope, key);
  assert.equal(plain.length, Number(item.size));
  assert.equal(sm3Hex(plain), item.sm3);
  assert.ok(JSON.stringify(JSON.parse(plain.toString('utf8'))).includes(subject.name), 'the licence is the subject’s');
  assert.ok(!JSON.stringify(item).includes(subject.name), 'nothing of it outside the envelope');
}

const forms = {
  JSON: (client, name, body) => client.call(`/api/v1/${name}`, body),
  XML: (client, name, body) => callXml(client, `/api/v1/${name}`, body),
};

for (const [form, call] of Object.entries(forms)) {
  test(`a person's ZWM1 in ${form}: issue, verify, pick up data`, async () => {
    const subject = { ...person(), phone: '13900000000' };
    const xxlb = [...classes.data.slice(0, 1), 'zz.unregistered'];
    const issued = await call(channel, 'code/issue',
      issueBody(xxlb, { subject, czqx: '1', xxsy: { ywbh: '示例<&>1' }, channel: '06' }));
    expectDone(issued);
    assert.deepEqual(Object.keys(issued.item).sort(),
      ['code', 'deadline', 'issued_at', 'record', 'refresh_after_sec', 'sqbh']);
    assert.match(issued.item.code, /^[A-Z2-7]{240}$/);
    const code = checkIssued(issued.item, { type: 'ZWM1', validity: 60, czqx: '1', xxlb, subject });
    assert.equal(code.bytes.length, 150);
    assert.equal(code.length, 54);
    assert.equal(code.system, system);
    assert.equal(code.channel, '06');
    assert.equal(issued.item.record.xxsy.ywbh, '示例<&>1');
    assert.equal(code.digest.toString('hex'), sm3Hex(canonicalize(issued.item.record)));

    const verified = await call(third, 'code/verify', verifyBody(issued.item.code, { item_code: '11000001', region: '110101', place: '一号窗口' }));
    expectDone(verified);
    checkVerified(verified.item, issued.item, { type: 'ZWM1', subject });
    assert.equal(verified.item.channel, '06');
    assert.equal(verified.item.xxsy.ywbh, '示例<&>1');

    const picked = await call(third, 'data/pickup', { ticket: verified.item.ticket, class: xxlb[0], as: 'data' });
    expectDone(picked);
    checkData(picked.item, xxlb[0], third.ownKey, subject);
  });

  test(`an enterprise's QYM1 in ${form}: issue, verify, pick up data`, async () => {
    const subject = enterprise();
    const xxlb = companyClasses.data.slice(0, 1);
    const issued = await call(channel, 'code/issue', issueBody(xxlb, { code_type: 'QYM1', subject, czqx: '1' }));
    expectDone(issued);
    assert.match(issued.item.code, /^[A-Z2-7]{232}$/);
    const code = checkIssued(issued.item, { type: 'QYM1', validity: 300, czqx: '1', xxlb, subject });
    assert.equal(code.bytes.length, 145);
    assert.equal(code.length, 49);
    assert.equal(code.system, system.slice(1, 7));
    assert.equal(code.identity.toString('hex'), sm3Hex(subject.id_no));

    const verified = await call(third, 'code/verify', verifyBody(issued.item.code));
    expectDone(verified);
    checkVerified(verified.item, issued.item, { type: 'QYM1', subject });

    const picked = await call(third, 'data/pickup', { ticket: verified.item.ticket, class: xxlb[0], as: 'data' });
    expectDone(picked);
    checkData(picked.item, xxlb[0], third.ownKey, subject);
  });
}

test('codes of one person cannot be linked: identity parts and record digests differ', async () => {
  const items = [];
  for (let i = 0; i < 3; i++) items.push(await freshCode(channel, classes.data.slice(0, 1)));
  const codes = items.map((item) => decodeCode(item.code));
  assert.equal(new Set(codes.map((c) => c.identity.toString('hex'))).size, 3);
  assert.equal(new Set(codes.map((c) => c.digest.toString('hex'))).size, 3);
  assert.equal(new Set(items.map((i) => i.sqbh)).size, 3);
});

test('whatever stands in xxsy, the digest is that of RFC 8785', async () => {
  const xxsy = {
    '\u20ac': 'Euro', '\ufb33': 'Hebrew', '\u{1f600}': '😀', '\u0080': 'control', '\u00f6': 'ö', 1: 'one', 10: 'ten', 9: 'nine',
    '': 'no name', '"\\/': '"\\/', '</script>': '&amp;', '\u2028': '\u2029', '\u007f': '\ufffd',
    numbers: [0, -1, 9007199254740991, -9007199254740991], literals: [true, false, null], nested: { b: { d: [], c: {} }, a: [[]] },
  };
  const { code, record } = await freshCode(channel, ['a.b'], { xxsy });
  const { sqbh: _, ...echoed } = record.xxsy;
  assert.deepEqual(echoed, xxsy);
  assert.equal(decodeCode(code).digest.toString('hex'), sm3Hex(canonicalize(record)));
});

test('numbers that two implementations could write differently are refused', async () => {
  for (const number of ['1.5', '1e2', '9007199254740992', '-9007199254740992', '1e400', '-0.0']) {
    const body = JSON.stringify(issueBody(['a.b'], { xxsy: { n: '@' } })).replace('"@"', number);
    const answer = await channel.call('/api/v1/code/issue', body);
    expectError(answer, '1003', { names: 'xxsy' });
  }
});

test('czqx absent: not in the record, and read only in the answer', async () => {
  const issued = await freshCode(channel, classes.data.slice(0, 1));
  assert.ok(!('czqx' in issued.record));
  const verified = await third.verify(verifyBody(issued.code));
  expectDone(verified);
  assert.equal(verified.item.czqx, '1');
});

test('the answer comes in the form that Accept names', async () => {
  const asXml = await channel.issue(issueBody(classes.data.slice(0, 1)), { headers: { Accept: 'application/xml' } });
  expectDone(readXml(asXml));
  const asJson = await channel.call('/api/v1/code/issue',
    '<request><channel>01</channel></request>', { type: 'application/xml', headers: { Accept: 'application/json' } });
  assert.match(asJson.type, /^application\/json\b/);
  assert.equal(asJson.error, '1002');
});

test('white space around a scanned code is trimmed', async () => {
  const { code } = await freshCode(channel, classes.data.slice(0, 1));
  expectDone(await third.verify(verifyBody(`  ${code}\r\n`)));
});

test('a device may scan in the place of a person', async () => {
  const { code } = await freshCode(channel, classes.data.slice(0, 1));
  expectDone(await third.verify({ code, purpose: '自助终端取件', device_id: 'KIOSK-0001' }));
});

test('a code issued for repeated use is verified twice, with two tickets', async () => {
  const { code } = await freshCode(channel, classes.data.slice(0, 1), { single_use: false });
  const first = await third.verify(verifyBody(code));
  const second = await third.verify(verifyBody(code));
  expectDone(first);
  expectDone(second);
  assert.notEqual(first.item.ticket, second.item.ticket);
});

test('a shorter validity is kept to', async () => {
  const issued = await freshCode(channel, classes.data.slice(0, 1), { validity_sec: 10 });
  assert.equal(issued.deadline - issued.issued_at, 10);
});
