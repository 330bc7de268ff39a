// 3xxx, 4001, 5001, 5005: what is wrong with a code, and which wrong is told first (R1.3, R8.3, R8.4; interface 1, 2.3).
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { base32Decode, base32Encode, decodeCode, makeCode, newKey } from './lib/client.mjs';
import { enterprise, otherPerson } from './lib/people.mjs';
import { System, callXml, expectDone, expectError, freshCode, issueBody, verifyBody } from './lib/system.mjs';

const zwm = System.fromEnvironment();
const EXPIRED = { ZWM1: '码已过期', QYM1: '企业数字凭证（企业服务码）已过期' };
let channel, otherChannel, third, stranger, system, foreign, key, forger;

before(async () => {
  channel = await zwm.app('channel', 'code-ch');
  otherChannel = await zwm.app('channel', 'code-oc');
  third = await zwm.app('third-party', 'code-tp');
  stranger = await zwm.app('third-party', 'code-xx');
  ({ system } = await zwm.identity());
  foreign = system === '100000077' ? '100000078' : '100000077';
  key = zwm.systemKey();
  forger = newKey();
  await zwm.inForce();
});
after(() => zwm.close());

const soon = () => zwm.now() + 50;
const past = () => zwm.now() - 10;
const verify = (code, client = third) => client.verify(verifyBody(code));
const expectCode = async (code, error, more) => expectError(await verify(code), error, more);
// The text with a byte of the code changed; negative positions count from the end.
const altered = (code, position, bit = 1) => {
  const bytes = base32Decode(code);
  bytes[position < 0 ? bytes.length + position : position] ^= bit;
  return base32Encode(bytes);
};
const addressedTo = (app) => ({ bsqzt: { bsqztlx: '0', bsqzxm: '示例机构', zjlx: '98', zjhm: app.uscc } });

test('3001: malformed, never repaired', async (t) => {
  const { code } = await freshCode(channel, ['a.b']);
  const company = await freshCode(channel, ['a.b'], { code_type: 'QYM1', subject: enterprise() });
  const make = (more) => makeCode({ system, deadline: soon(), key, ...more });
  const cases = {
    'one character': 'A',
    'one too few': code.slice(0, -1),
    'one too many': `${code}A`,
    'a whole byte group too many': `${code}AAAAAAAA`,
    'a byte group too few': code.slice(0, 232),
    'small letters': code.toLowerCase(),
    'one small letter': code.replace(/[A-Z]/, (c) => c.toLowerCase()),
    'padding': `${code.slice(0, -1)}=`,
    'padding behind': `${code}======`,
    'digit 1, not in the alphabet': `1${code.slice(1)}`,
    'digit 0': code.replace(/O|A/, '0'),
    'blank inside': `${code.slice(0, 100)} ${code.slice(100)}`,
    'blank for a character': `${code.slice(0, 100)} ${code.slice(101)}`,
    'line break inside': `${code.slice(0, 120)}\n${code.slice(120)}`.replace('\n', '-'),
    'wide characters': code.replace(/[A-Z]/, (c) => String.fromCodePoint(c.codePointAt(0) + 0xfee0)),
    'a web address': `https://example.invalid/${code}`,
    'length 53': make({ length: 53 }),
    'length 55': make({ length: 55 }),
    'length 49 in a ZWM1': make({ length: 49 }),
    'length 65535': make({ length: 65535 }),
    'ZWM1 in the length of a QYM1': make({ system: system.slice(1, 7), channel: '' }),
    'QYM1 in the length of a ZWM1': make({ type: 'QYM1', system, channel: '01' }),
    'letters in the system identifier': make({ system: `${system.slice(0, 8)}X` }),
    'letters in the channel': make({ channel: 'AB' }),
    'letters in the platform identifier': makeCode({ type: 'QYM1', system: '11O101', deadline: soon(), key }),
  };
  for (const [name, text] of Object.entries(cases)) await t.test(name, () => expectCode(text, '3001'));
  await t.test('the codes themselves were not touched', async () => {
    expectDone(await verify(code));
    expectDone(await verify(company.code));
  });
});

test('3002: type and version', async (t) => {
  const make = (more) => makeCode({ system, deadline: soon(), key, ...more });
  for (const type of ['ZZZ1', 'ZWM2', 'zwm1', 'ZWR1', '\0\0\0\0']) {
    await t.test(`type ${JSON.stringify(type)}`, () => expectCode(make({ type, channel: '01' }), '3002'));
  }
  await t.test('type QYM2', () => expectCode(make({ type: 'QYM2', system: system.slice(1, 7), channel: '' }), '3002'));
  for (const version of [0, 2, 255]) await t.test(`version ${version}`, () => expectCode(make({ version }), '3002'));
});

test('4001: a code of a system nobody knows', async (t) => {
  await t.test('ZWM1', () => expectCode(makeCode({ system: foreign, deadline: soon(), key: forger }), '4001'));
  await t.test('QYM1', () => expectCode(makeCode({ type: 'QYM1', system: '990000', deadline: soon(), key: forger }), '4001'));
});

test('3003: a false signature, whatever was altered', async (t) => {
  const { code } = await freshCode(channel, ['a.b']);
  const { bytes } = decodeCode(code);
  const zero = (from) => { const b = Buffer.from(bytes); b.fill(0, from, from + 32); return base32Encode(b); };
  const cases = {
    'first byte of A': altered(code, 0),
    'last byte of A': altered(code, 31, 0x80),
    'channel 02 for 01': altered(code, 49, 3),
    'a later deadline': altered(code, 53, 0x10),
    'digest': altered(code, 54),
    'last byte of the digest': altered(code, 85),
    'first byte of r': altered(code, 86),
    'last byte of r': altered(code, 117),
    'last byte of s': altered(code, -1),
    'r zero': zero(86),
    's zero': zero(118),
    'r and s swapped': base32Encode(Buffer.concat([bytes.subarray(0, 86), bytes.subarray(118), bytes.subarray(86, 118)])),
    'signed by another key': makeCode({ system, deadline: soon(), key: forger }),
    'all of it signed anew by another key': base32Encode(base32Decode(makeCode({
      system, deadline: decodeCode(code).deadline, identity: decodeCode(code).identity, digest: decodeCode(code).digest, key: forger,
    }))),
  };
  for (const [name, text] of Object.entries(cases)) await t.test(name, () => expectCode(text, '3003'));
  await t.test('the code itself is still good', async () => expectDone(await verify(code)));
});

test('3004: expired, in the words of the type', async (t) => {
  await t.test('ZWM1', () => expectCode(makeCode({ system, deadline: past(), key }), '3004', { message: EXPIRED.ZWM1 }));
  await t.test('QYM1', () => expectCode(makeCode({ type: 'QYM1', system: system.slice(1, 7), deadline: past(), key }), '3004',
    { message: EXPIRED.QYM1 }));
  await t.test('long ago', () => expectCode(makeCode({ system, deadline: 1, key }), '3004'));
});

test('3005: used, for every app', async () => {
  const { code } = await freshCode(channel, ['a.b']);
  expectDone(await verify(code));
  expectError(await verify(code), '3005', { message: '码已使用' });
  expectError(await verify(code, stranger), '3005');
  expectError(await callXml(third, '/api/v1/code/verify', verifyBody(code)), '3005', { message: '码已使用' });
});

test('3007: well signed, yet never issued', async (t) => {
  await t.test('ZWM1', () => expectCode(makeCode({ system, deadline: soon(), key }), '3007'));
  await t.test('QYM1', () => expectCode(makeCode({ type: 'QYM1', system: system.slice(1, 7), deadline: soon(), key }), '3007'));
  await t.test('with a deadline in another century', () => expectCode(makeCode({ system, deadline: 0xffffffff, key }), '3007'));
  await t.test('an issued one, signed anew by the system with a later deadline', async () => {
    const { code } = await freshCode(channel, ['a.b']);
    const { identity, digest, deadline } = decodeCode(code);
    await expectCode(makeCode({ system, deadline: deadline + 1, identity, digest, key }), '3007');
  });
});

test('3008: a code addressed to one app', async () => {
  const { code } = await freshCode(channel, ['a.b'], addressedTo(third));
  expectError(await verify(code, stranger), '3008');
  expectDone(await verify(code));
});

test('3006: replaced by a refresh; the new one is good', async () => {
  const old = await freshCode(channel, ['a.b']);
  const fresh = await freshCode(channel, ['a.b'], { replaces: old.sqbh });
  await expectCode(old.code, '3006');
  expectDone(await verify(fresh.code));
  await expectCode(old.code, '3006');
});

test('5001, 5005: what cannot be replaced; and nothing changes', async () => {
  const old = await freshCode(channel, ['a.b']);
  expectError(await channel.issue(issueBody(['a.b'], { replaces: '0'.repeat(32) })), '5001');
  expectError(await channel.issue(issueBody(['a.b'], { replaces: old.sqbh, subject: otherPerson })), '5005');
  expectError(await otherChannel.issue(issueBody(['a.b'], { replaces: old.sqbh })), '5001');
  expectError(await callXml(channel, '/api/v1/code/issue', issueBody(['a.b'], { replaces: '0'.repeat(32) })), '5001');
  expectDone(await verify(old.code));
});

test('a used code stays used when a refresh names it', async () => {
  const old = await freshCode(channel, ['a.b']);
  expectDone(await verify(old.code));
  await channel.issue(issueBody(['a.b'], { replaces: old.sqbh }));
  await expectCode(old.code, '3005');
});

test('refresh and verification at the same moment: one of them has the code', async (t) => {
  const seen = {};
  for (let i = 0; i < 10; i++) {
    const old = await freshCode(channel, ['a.b']);
    const refresh = channel.prepare('/api/v1/code/issue', issueBody(['a.b'], { replaces: old.sqbh }));
    const check = third.prepare('/api/v1/code/verify', verifyBody(old.code));
    const [, verified] = await Promise.all([channel.send(refresh), third.send(check)]);
    const end = verified.result === '100' ? '3005' : '3006';
    if (verified.result !== '100') expectError(verified, '3006');
    await expectCode(old.code, end);
    seen[end] = (seen[end] ?? 0) + 1;
  }
  t.diagnostic(`verified first ${seen['3005'] ?? 0} times, replaced first ${seen['3006'] ?? 0} times`);
});

// Each row has two wrongs; the first named is the one to be told.
test('the order of checks', async (t) => {
  const make = (more) => makeCode({ system, deadline: soon(), key, ...more });
  await t.test('request before code: a field unknown, and a code malformed', async () => {
    expectError(await third.verify(verifyBody('A', { colour: 'red' })), '1004');
  });
  await t.test('caller before code: not granted, and malformed', async () => {
    expectError(await channel.verify(verifyBody('A')), '2006');
  });
  await t.test('shape before type', () => expectCode(make({ type: 'ZZZ1', channel: '01' }).toLowerCase(), '3001'));
  await t.test('type before route', () => expectCode(make({ type: 'ZZZ1', system: foreign, channel: '01' }), '3002'));
  await t.test('version before route', () => expectCode(make({ version: 9, system: foreign }), '3002'));
  await t.test('type before signature', () => expectCode(make({ type: 'ZZZ1', channel: '01', key: forger }), '3002'));
  await t.test('route before signature', () => expectCode(make({ system: foreign, key: forger }), '4001'));
  await t.test('route before deadline', () => expectCode(make({ system: foreign, deadline: past() }), '4001'));
  await t.test('signature before deadline', () => expectCode(make({ deadline: past(), key: forger }), '3003'));
  await t.test('signature before known', () => expectCode(make({ key: forger }), '3003'));
  await t.test('deadline before known', () => expectCode(make({ deadline: past() }), '3004'));
  await t.test('signature before used', async () => {
    const { code } = await freshCode(channel, ['a.b']);
    expectDone(await verify(code));
    await expectCode(altered(code, -1), '3003');
  });
  await t.test('signature before replaced', async () => {
    const { code, sqbh } = await freshCode(channel, ['a.b']);
    await freshCode(channel, ['a.b'], { replaces: sqbh });
    await expectCode(altered(code, -1), '3003');
  });
  await t.test('replaced before addressed', async () => {
    const { code, sqbh } = await freshCode(channel, ['a.b'], addressedTo(third));
    await freshCode(channel, ['a.b'], { replaces: sqbh });
    expectError(await verify(code, stranger), '3006');
  });
  await t.test('addressed before used', async () => {
    const { code } = await freshCode(channel, ['a.b'], addressedTo(third));
    expectDone(await verify(code));
    expectError(await verify(code, stranger), '3008');
    await expectCode(code, '3005');
  });
  await t.test('deadline before used, replaced and addressed', async (tt) => {
    if (!zwm.clockFile) return tt.skip('no clock_offset_file');
    const used = await freshCode(channel, ['a.b']);
    expectDone(await verify(used.code));
    const replaced = await freshCode(channel, ['a.b']);
    await freshCode(channel, ['a.b'], { replaces: replaced.sqbh });
    const addressed = await freshCode(channel, ['a.b'], addressedTo(stranger));
    await zwm.shifted(120, async () => {
      for (const { code } of [used, replaced, addressed]) await expectCode(code, '3004', { message: EXPIRED.ZWM1 });
    });
  });
});
