// 1xxx: what is not a proper request gets its error and changes nothing (interface 2, 2.7).
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { newNonce } from './lib/client.mjs';
import { newUscc, person, residentId } from './lib/people.mjs';
import { System, callXml, expectDone, expectError, expectShape, freshCode, issueBody, readXml, verifyBody } from './lib/system.mjs';

const zwm = System.fromEnvironment();
const VERIFY = '/api/v1/code/verify', ISSUE = '/api/v1/code/issue';
let channel, bound, third, fresh;

before(async () => {
  channel = await zwm.app('channel', 'req-ch');
  bound = await zwm.app('channel', 'req-bd', { channel: '06' });
  third = await zwm.app('third-party', 'req-tp');
  await zwm.inForce();
  fresh = (await freshCode(channel, ['a.b'])).code;
});
after(() => zwm.close());

const good = () => JSON.stringify(verifyBody(fresh));
const nested = (levels) => { // an object of so many levels, itself counted
  let value = 'x';
  for (let i = 0; i < levels; i++) value = { a: value };
  return value;
};

test('1001: what is not one JSON object', async (t) => {
  const bodies = {
    empty: '',
    blank: '  \n',
    'truncated after a brace': '{',
    'truncated in a string': good().slice(0, 100),
    'truncated before the last brace': good().slice(0, -1),
    array: '[]',
    'array around it': `[${good()}]`,
    string: '"code"',
    number: '1',
    null: 'null',
    'two objects': '{}{}',
    'something behind it': `${good()} x`,
    'NUL behind it': `${good()}\0`,
    'trailing comma': good().replace(/}$/, ',}'),
    comment: `/* */${good()}`,
    'single quotes': good().replaceAll('"', "'"),
    'bare name': good().replace('"code"', 'code'),
    NaN: good().replace(/}$/, ',"place":NaN}'),
    'leading zero': good().replace(/}$/, ',"place":01}'),
    'plus sign': good().replace(/}$/, ',"place":+1}'),
    'newline inside a string': good().replace('办理', '办\n理'),
    'unknown escape': good().replace('办理', '\\x41'),
    'short \\u escape': good().replace('办理', '\\u12'),
    XML: '<request/>',
    'deep beyond belief': `{"xxsy":${'['.repeat(30_000)}`,
    'deep and closed': `{"xxsy":${'['.repeat(20_000)}${']'.repeat(20_000)}}`,
    'invalid UTF-8': Buffer.concat([Buffer.from(good().slice(0, -1)), Buffer.from(',"place":"\xff"}', 'latin1')]),
    'overlong UTF-8': Buffer.concat([Buffer.from(good().slice(0, -1)), Buffer.from(',"place":"\xc0\xaf"}', 'latin1')]),
    'surrogate in UTF-8': Buffer.concat([Buffer.from(good().slice(0, -1)), Buffer.from(',"place":"\xed\xa0\x80"}', 'latin1')]),
    'beyond U+10FFFF': Buffer.concat([Buffer.from(good().slice(0, -1)), Buffer.from(',"place":"\xf4\x90\x80\x80"}', 'latin1')]),
    'UTF-8 cut off': Buffer.from(good()).subarray(0, Buffer.from(good()).indexOf(Buffer.from('办')) + 2),
    'UTF-16': Buffer.from(good(), 'utf16le'),
    'raw NUL in a string': good().replace('办理', '办\0理'),
    '17 levels': JSON.stringify({ channel: '01', xxsy: nested(16) }),
  };
  for (const [name, body] of Object.entries(bodies)) {
    await t.test(name, async () => expectError(await third.call(VERIFY, body), '1001'));
  }
});

test('escapes that stand for what a string may not hold', async (t) => {
  for (const escape of ['\\u0000', '\\u0001', '\\ud800', '\\udc00\\ud800', '\\ud800x']) {
    await t.test(escape, async () => {
      const answer = await third.call(VERIFY, good().replace('办理', escape));
      expectError(answer, answer.error === '1001' ? '1001' : '1003');
    });
  }
});

test('16 levels are read, in JSON and in XML', async () => {
  // A level is an object or list in JSON, an element in XML: there the leaf is one too.
  expectDone(await channel.issue(issueBody(['a.b'], { xxsy: nested(15) })));
  expectDone(await callXml(channel, ISSUE, issueBody(['a.b'], { xxsy: nested(14) })));
  expectError(await callXml(channel, ISSUE, issueBody(['a.b'], { xxsy: nested(15) })), '1001');
});

test('1001: what is not one <request> document', async (t) => {
  const inner = `<code>${fresh}</code><purpose>p</purpose><device_id>D1</device_id>`;
  const bodies = {
    empty: '',
    'text only': 'code',
    'another root': `<req>${inner}</req>`,
    'root in capitals': `<REQUEST>${inner}</REQUEST>`,
    truncated: `<request>${inner}`,
    'truncated in a tag': '<request><code',
    'wrongly nested': '<request><code><purpose></code></purpose></request>',
    'two roots': `<request>${inner}</request><request/>`,
    'text behind the root': `<request>${inner}</request>x`,
    DTD: `<!DOCTYPE request><request>${inner}</request>`,
    'DTD with an entity': `<!DOCTYPE request [<!ENTITY e "x">]><request>${inner}</request>`,
    'entity used': `<!DOCTYPE request [<!ENTITY e "${fresh}">]><request><code>&e;</code><purpose>p</purpose><device_id>D</device_id></request>`,
    'external entity': `<!DOCTYPE request [<!ENTITY e SYSTEM "file:///etc/hostname">]><request><code>&e;</code></request>`,
    'parameter entity': `<!DOCTYPE request [<!ENTITY % p SYSTEM "http://127.0.0.1:1/p"> %p;]><request>${inner}</request>`,
    'external subset': `<!DOCTYPE request SYSTEM "http://127.0.0.1:1/d.dtd"><request>${inner}</request>`,
    'many laughs': `<!DOCTYPE r [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]><request><code>&c;</code></request>`,
    'undeclared entity': `<request><code>&nbsp;</code></request>`,
    'processing instruction before': `<?php x?><request>${inner}</request>`,
    'processing instruction inside': `<request><?x y?>${inner}</request>`,
    'stylesheet': `<?xml-stylesheet href="http://127.0.0.1:1/"?><request>${inner}</request>`,
    'character zero': `<request><code>&#0;</code></request>`,
    'forbidden character': `<request><code>&#1;</code></request>`,
    'bare ampersand': `<request><purpose>a & b</purpose></request>`,
    'invalid UTF-8': Buffer.from(`<request><purpose>\xff</purpose></request>`, 'latin1'),
    'another encoding declared': `<?xml version="1.0" encoding="GBK"?><request>${inner}</request>`,
    'UTF-16': Buffer.from(`\uFEFF<request>${inner}</request>`, 'utf16le'),
    'NUL behind it': `<request>${inner}</request>\0`,
    '17 levels': `<request>${'<xxsy>'.repeat(16)}x${'</xxsy>'.repeat(16)}</request>`,
    'deep beyond belief': `<request>${'<a>'.repeat(9000)}${'</a>'.repeat(9000)}</request>`,
    JSON: '{}',
  };
  for (const [name, body] of Object.entries(bodies)) {
    await t.test(name, async () => expectError(await callXml(third, VERIFY, body), '1001'));
  }
});

test('1002: a required field is missing, and named', async (t) => {
  const { channel: _, ...noChannel } = issueBody(['a.b']);
  const cases = [
    [third, VERIFY, { purpose: 'p', device_id: 'D' }, 'code'],
    [third, VERIFY, { code: fresh, device_id: 'D' }, 'purpose'],
    [third, VERIFY, { code: fresh, purpose: 'p' }, 'scanner'],
    [third, VERIFY, { code: fresh, purpose: 'p', scanner: { type: 'person', name: 'x', id_type: '111' } }, 'scanner.id_no'],
    [channel, ISSUE, noChannel, 'channel'],
    [channel, ISSUE, { channel: '01', xxlb: ['a.b'] }, 'subject'],
    [channel, ISSUE, { channel: '01', subject: person() }, 'xxlb'],
    ...['type', 'name', 'id_type', 'id_no', 'assurance'].map((name) =>
      [channel, ISSUE, issueBody(['a.b'], { subject: { ...person(), [name]: undefined } }), `subject.${name}`]),
    [channel, ISSUE, issueBody(['a.b'], { code_type: 'QYM1',
      subject: { type: 'enterprise', name: '示例企业', id_type: '98', id_no: newUscc(), assurance: 3 } }), 'subject.agent'],
    [third, '/api/v1/data/pickup', { class: 'a.b', as: 'data' }, 'ticket'],
    [third, '/api/v1/data/pickup', { ticket: 'x', as: 'data' }, 'class'],
    [third, '/api/v1/data/pickup', { ticket: 'x', class: 'a.b' }, 'as'],
    [third, '/api/v1/code/outcome', {}, 'nonce'],
  ];
  for (const [client, target, body, names] of cases) {
    await t.test(`${target} without ${names}`, async () => {
      expectError(await client.call(target, body), '1002', { names });
      expectError(await callXml(client, target, JSON.parse(JSON.stringify(body))), '1002', { names });
    });
  }
});

test('1003: a value is out of its bounds, and the field named', async (t) => {
  const subject = (more) => issueBody(['a.b'], { subject: { ...person(), ...more } });
  const id = residentId();
  const wrongDigit = id.slice(0, 17) + (id[17] === '1' ? '2' : '1');
  const uscc = newUscc();
  const wrongUscc = uscc.slice(0, 17) + (uscc[17] === '1' ? '2' : '1');
  const cases = [
    [third, VERIFY, verifyBody(fresh, { purpose: '' }), 'purpose'],
    [third, VERIFY, verifyBody(fresh, { purpose: '长'.repeat(201) }), 'purpose'],
    [third, VERIFY, verifyBody(fresh, { purpose: 7 }), 'purpose'],
    [third, VERIFY, verifyBody(fresh, { scanner: 'x' }), 'scanner'],
    [third, VERIFY, verifyBody(fresh, { scanner: { type: 'robot', name: 'x', id_type: '111', id_no: residentId() } }), 'scanner.type'],
    [third, VERIFY, verifyBody(fresh, { scanner: { type: 'person', name: 'x', id_type: '111', id_no: wrongDigit } }), 'scanner.id_no'],
    [third, VERIFY, { code: [fresh], purpose: 'p', device_id: 'D' }, 'code'],
    [channel, ISSUE, subject({ id_no: wrongDigit }), 'subject.id_no'],
    [channel, ISSUE, subject({ id_no: residentId('110101', '19000230') }), 'subject.id_no'],
    [channel, ISSUE, subject({ id_no: residentId('110101', '29990101') }), 'subject.id_no'],
    [channel, ISSUE, subject({ id_no: id.slice(0, 17) }), 'subject.id_no'],
    [channel, ISSUE, subject({ type: 'enterprise', id_type: '98', id_no: wrongUscc }), 'subject.id_no'],
    [channel, ISSUE, subject({ id_type: 'x' }), 'subject.id_type'],
    [channel, ISSUE, subject({ type: 'cat' }), 'subject.type'],
    [channel, ISSUE, subject({ name: '' }), 'subject.name'],
    [channel, ISSUE, subject({ assurance: 0 }), 'subject.assurance'],
    [channel, ISSUE, subject({ assurance: 5 }), 'subject.assurance'],
    [channel, ISSUE, subject({ assurance: '3' }), 'subject.assurance'],
    [channel, ISSUE, subject({ assurance: 2.5 }), 'subject.assurance'],
    [channel, ISSUE, subject({ assurance: 1 }), 'subject.assurance'], // ZWM1 wants 2
    [channel, ISSUE, issueBody(['a.b'], { channel: '42' }), 'channel'],
    [channel, ISSUE, issueBody(['a.b'], { channel: '1' }), 'channel'],
    [channel, ISSUE, issueBody(['a.b'], { channel: 1 }), 'channel'],
    [channel, ISSUE, issueBody([]), 'xxlb'],
    [channel, ISSUE, issueBody('a.b'), 'xxlb'],
    [channel, ISSUE, issueBody(['a.b', 7]), 'xxlb[1]'],
    [channel, ISSUE, issueBody(['a.b', '有 空格']), 'xxlb[1]'],
    [channel, ISSUE, issueBody(['a.b', 'c.d', 'a.b']), 'xxlb[2]'],
    [channel, ISSUE, issueBody(Array.from({ length: 65 }, (_, i) => `c${i}`)), 'xxlb'],
    [channel, ISSUE, issueBody(['a.b'], { xxsy: { sqbh: '0'.repeat(32) } }), 'xxsy.sqbh'],
    [channel, ISSUE, issueBody(['a.b'], { bsqzt: { bsqztlx: '2', bsqzxm: '示例' } }), 'bsqzt.bsqztlx'],
    [channel, ISSUE, issueBody(['a.b'], { bsqzt: { bsqztlx: '0', bsqzxm: '示例', zjlx: '98', zjhm: wrongUscc } }), 'bsqzt.zjhm'],
    [channel, ISSUE, subject({ id_type: '98', id_no: uscc }), 'subject.id_type'],
    ...['0', '16', '01', '+1', ' 1', 'x', '', '1.0', '99999999999999999999'].map((czqx) =>
      [channel, ISSUE, issueBody(['a.b'], { czqx }), 'czqx']),
    [channel, ISSUE, issueBody(['a.b'], { czqx: 1 }), 'czqx'],
    [channel, ISSUE, issueBody(['a.b'], { validity_sec: 0 }), 'validity_sec'],
    [channel, ISSUE, issueBody(['a.b'], { validity_sec: 61 }), 'validity_sec'],
    [channel, ISSUE, issueBody(['a.b'], { validity_sec: -1 }), 'validity_sec'],
    [channel, ISSUE, issueBody(['a.b'], { validity_sec: 2 ** 53 }), 'validity_sec'],
    [channel, ISSUE, issueBody(['a.b'], { single_use: 'no' }), 'single_use'],
    [channel, ISSUE, issueBody(['a.b'], { single_use: 0 }), 'single_use'],
    [channel, ISSUE, issueBody(['a.b'], { xxsy: [] }), 'xxsy'],
    [channel, ISSUE, issueBody(['a.b'], { replaces: 'x' }), 'replaces'],
    [channel, ISSUE, issueBody(['a.b'], { code_type: 'zwm1' }), 'code_type'],
    [channel, ISSUE, issueBody(['a.b'], { code_type: 'QYM1' }), 'subject.type'],
    [third, '/api/v1/data/pickup', { ticket: 'x'.repeat(60), class: 'a.b', as: 'picture' }, 'as'],
    [third, '/api/v1/code/outcome', { nonce: 'short' }, 'nonce'],
  ];
  for (const [client, target, body, names] of cases) {
    await t.test(`${names} in ${JSON.stringify(body).slice(0, 60)}…`, async () => {
      expectError(await client.call(target, body), '1003', { names });
    });
  }
});

test('1003: a channel app registered for one channel type may not name another', async () => {
  expectDone(await bound.issue(issueBody(['a.b'], { channel: '06' })));
  expectError(await bound.issue(issueBody(['a.b'])), '1003', { names: 'channel' });
});

test('1003 in XML: a list without items, an object as text, a number that is none', async () => {
  const xml = (inner) => `<request><channel>01</channel><subject><type>person</type><name>某示例</name><id_type>111</id_type>` +
    `<id_no>${residentId()}</id_no><assurance>3</assurance></subject>${inner}</request>`;
  expectDone(await callXml(channel, ISSUE, xml('<xxlb><item>a.b</item></xxlb>')));
  expectError(await callXml(channel, ISSUE, xml('<xxlb>a.b</xxlb>')), '1003', { names: 'xxlb' });
  expectError(await callXml(channel, ISSUE, xml('<xxlb></xxlb>')), '1003', { names: 'xxlb' });
  expectError(await callXml(channel, ISSUE, xml('<xxlb><item>a.b</item></xxlb><validity_sec>1e1</validity_sec>')), '1003', { names: 'validity_sec' });
  expectError(await callXml(channel, ISSUE, xml('<xxlb><item>a.b</item></xxlb><validity_sec>0x1f</validity_sec>')), '1003', { names: 'validity_sec' });
  expectError(await callXml(channel, ISSUE, xml('<xxlb><item>a.b</item></xxlb><single_use>yes</single_use>')), '1003', { names: 'single_use' });
});

test('1004: unknown and duplicate fields, named', async (t) => {
  const body = good();
  const cases = {
    'unknown at the top': [body.replace(/}$/, ',"colour":"red"}'), 'colour'],
    'unknown inside': [body.replace('"scanner":{', '"scanner":{"age":"9",'), 'scanner.age'],
    'duplicate, same value': [body.replace(/}$/, `,"code":"${fresh}"}`), 'code'],
    'duplicate, another value': [body.replace(/}$/, ',"purpose":"another"}'), 'purpose'],
    'duplicate by an escape': [body.replace(/}$/, ',"\\u0070urpose":"another"}'), 'purpose'],
    'duplicate inside': [body.replace('"scanner":{', '"scanner":{"name":"甲",'), 'scanner.name'],
    'another capital': [body.replace('"code"', '"Code"'), 'Code'],
  };
  for (const [name, [text, names]] of Object.entries(cases)) {
    await t.test(`JSON: ${name}`, async () => expectError(await third.call(VERIFY, text), '1004', { names }));
  }
  await t.test('JSON: duplicate inside a free object', async () => {
    const text = JSON.stringify(issueBody(['a.b'])).replace(/}$/, ',"xxsy":{"k":"1","k":"2"}}');
    expectError(await channel.call(ISSUE, text), '1004');
  });
  const inner = `<code>${fresh}</code><purpose>p</purpose><device_id>D1</device_id>`;
  const xml = {
    unknown: [`<request>${inner}<colour>red</colour></request>`, 'colour'],
    duplicate: [`<request>${inner}<purpose>q</purpose></request>`, 'purpose'],
    'attribute on a field': [`<request><code a="1">${fresh}</code><purpose>p</purpose><device_id>D1</device_id></request>`, undefined],
  };
  for (const [name, [text, names]] of Object.entries(xml)) {
    await t.test(`XML: ${name}`, async () => expectError(await callXml(third, VERIFY, text), '1004', { names }));
  }
});

test('1005: 64 KiB are read, one byte more is not', async () => {
  const fill = (size) => good().padEnd(size - (Buffer.byteLength(good()) - good().length), ' ');
  const at = fill(65536), over = fill(65537);
  assert.equal(Buffer.byteLength(at), 65536);
  const probe = JSON.stringify({ nonce: newNonce() });
  expectError(await third.call('/api/v1/code/outcome', probe.padEnd(65536, ' ')), '3007');
  expectError(await third.call(VERIFY, over), '1005');
  expectError(await third.call(VERIFY, ' '.repeat(2_000_000)), '1005');
  expectError(await third.call(VERIFY, over, { headers: { Authorization: undefined } }), '1005');
  expectError(await callXml(third, VERIFY, `<request>${' '.repeat(70_000)}</request>`), '1005');
});

test('1005 for a body whose length was not announced', async () => {
  const request = third.prepare(VERIFY, good().padEnd(70_000, ' '));
  delete request.headers['Content-Length'];
  request.headers['Transfer-Encoding'] = 'chunked';
  expectError(await third.send(request), '1005');
});

test('1006: media types', async (t) => {
  for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'application/jsonx', 'application/json; charset=gbk',
    'multipart/form-data; boundary=x', '', undefined]) {
    await t.test(String(type), async () => {
      const answer = await third.call(VERIFY, good(), { headers: { 'Content-Type': type } });
      expectError(answer, '1006');
    });
  }
  for (const type of ['application/json; charset=utf-8', 'APPLICATION/JSON', 'application/json;charset="UTF-8"']) {
    await t.test(`${type} is taken`, async () => {
      const answer = await third.call('/api/v1/code/outcome', { nonce: newNonce() }, { headers: { 'Content-Type': type } });
      expectError(answer, '3007');
    });
  }
});

test('1007: methods', async (t) => {
  for (const method of ['GET', 'PUT', 'DELETE', 'PATCH', 'OPTIONS']) {
    await t.test(method, async () => {
      const answer = await third.call(VERIFY, method === 'GET' ? '' : good(), { method });
      expectError(answer, '1007');
    });
  }
  await t.test('POST where a file is fetched', async () => {
    expectError(await third.call(`/api/v1/data/file/${'A'.repeat(43)}`, '{}'), '1007');
  });
});

test('1008: interfaces that are not there', async (t) => {
  for (const target of ['/api/v1/code/verifyx', '/api/v1/code/', '/api/v1/nothing', '/api/v2/code/verify', '/api/v1/code/verify/',
    '/api/v1/code/VERIFY', '/api/']) {
    await t.test(target, async () => expectError(await third.call(target, good()), '1008'));
  }
});

test('errors come in XML to a caller of XML, nginx’s own included', async () => {
  for (const [target, body, code] of [[VERIFY, ' '.repeat(70_000), '1005'], ['/api/v1/nothing', '<request/>', '1008']]) {
    const answer = await third.call(target, body, { type: 'application/xml' });
    expectError(readXml(answer), code);
  }
  expectError(readXml(await third.call(VERIFY, '', { method: 'GET', type: 'application/xml' })), '1007');
});

test('request ids differ from call to call', async () => {
  const ids = new Set();
  for (let i = 0; i < 5; i++) ids.add((await third.call(VERIFY, '{}')).response.request_id);
  ids.add((await third.call('/api/v1/nothing', '{}')).response.request_id);
  ids.add((await third.call(VERIFY, ' '.repeat(70_000))).response.request_id);
  assert.equal(ids.size, 7);
});

test('a request that does not decode leaves its nonce and the code as they were', async () => {
  const { code } = await freshCode(channel, ['a.b']);
  const nonce = newNonce();
  for (const body of ['{', '{}', JSON.stringify(verifyBody(code, { colour: 'red' })), JSON.stringify(verifyBody(code, { purpose: '' }))]) {
    const answer = await third.call(VERIFY, body, { nonce });
    expectShape(answer);
    assert.match(answer.error, /^100[1-4]$/);
  }
  expectDone(await third.verify(verifyBody(code), { nonce }));
});
