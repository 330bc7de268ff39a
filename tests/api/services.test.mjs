// Pickup from an information service of our own: what the code system sends it, and what it makes of every kind of answer
// (R1.12; interface 2.4; an information service is another party, so nothing it says is believed unseen).
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import http from 'node:http';
import { openEnvelope, outString, sm3HexOfMuch, verifies } from './lib/client.mjs';
import { person } from './lib/people.mjs';
import { System, expectDone, expectError, freshCode, until, verifyBody } from './lib/system.mjs';

const zwm = System.fromEnvironment();
const DATA = 'test.data', FILE = 'test.file', DOWN = 'test.down', UNSAFE = 'test.unsafe';
const MIB = 1 << 20;
let server, base, answerWith, received, channel, third, system, publicKey;

const json = (response, status, value) => {
  const body = Buffer.from(JSON.stringify(value));
  response.writeHead(status, { 'Content-Type': 'application/json', 'Content-Length': body.length }).end(body);
};
const envelopeOf = (items, code = '100', error = '') => ({ process_response: {
  result_code: code, error_code: error, error_msg: '', date: '2026-11-22', request_id: '0'.repeat(32), items } });
const file = (bytes, { sm3 = sm3HexOfMuch(bytes), type = 'application/pdf' } = {}) => (response) => {
  response.writeHead(200, { 'Content-Type': type, 'Content-Length': bytes.length, ...(sm3 && { 'Zwm-Sm3': sm3 }) }).end(bytes);
};

before(async () => {
  server = http.createServer((request, response) => {
    const parts = [];
    request.on('data', (p) => parts.push(p)).on('end', () => {
      received = { method: request.method, url: request.url, headers: request.headers, body: Buffer.concat(parts) };
      answerWith(response);
    });
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address();
  const add = (name, kind, service, url) => zwm.zwm('class', 'add', '--class', name, '--name', '测试类别', '--kind', kind,
    '--service', service, '--base-url', url, '--service-name', '测试信息服务');
  base = `http://127.0.0.1:${port}/base`;
  await add(DATA, 'data', 'test-service', base);
  await add(FILE, 'file', 'test-service', base);
  await add(DOWN, 'data', 'test-down', 'http://127.0.0.1:1');
  channel = await zwm.app('channel', 'svc-ch');
  third = await zwm.app('third-party', 'svc-tp');
  ({ system, publicKey } = await zwm.identity());
  await zwm.inForce();
});
after(() => {
  zwm.close();
  server.closeAllConnections();
  server.close();
});

async function pickup(name, as, more = {}) {
  const { code, sqbh, record } = await freshCode(channel, [DATA, FILE, DOWN], { czqx: '5', ...more });
  const verified = await third.verify(verifyBody(code));
  expectDone(verified);
  const ticket = verified.item.ticket;
  return { answer: await third.pickup({ ticket, class: name, as }), sqbh, record, ticket };
}

test('the code system signs its call, and sends what the service needs to decide for itself', async () => {
  answerWith = (response) => json(response, 200, envelopeOf([{ media_type: 'application/json', data: { 证照编号: 'A1' } }]));
  const { answer, sqbh, record } = await pickup(DATA, 'data');
  expectDone(answer);
  assert.equal(answer.item.source, '测试信息服务');
  assert.deepEqual(JSON.parse(openEnvelope(answer.item.envelope, third.ownKey)), { 证照编号: 'A1' });

  assert.equal(received.method, 'POST');
  assert.equal(received.url, '/base/fetch');
  const sent = JSON.parse(received.body);
  assert.deepEqual(sent, { sqbh, class: DATA, as: 'data', record,
    requester: { app_id: third.appId, org_name: '测试svc-tp', uscc: third.uscc } });
  const [, appId, timestamp, nonce, signature] =
    /^ZWM-SM2-SM3-OUT app_id="([^"]*)",timestamp="(\d+)",nonce="([\w-]{16,64})",signature="([^"]*)"$/.exec(received.headers.authorization);
  assert.equal(appId, system);
  const string = outString({ method: 'POST', url: `${base}/fetch`, timestamp, nonce, body: received.body });
  assert.ok(verifies(string, Buffer.from(signature, 'base64'), publicKey), 'the signature of the code system');
});

test('data of other media types come as they are', async () => {
  answerWith = (response) => json(response, 200, envelopeOf([{ media_type: 'text/plain', data: '纯文本' }]));
  const { answer } = await pickup(DATA, 'data');
  expectDone(answer);
  assert.equal(answer.item.media_type, 'text/plain');
  assert.equal(openEnvelope(answer.item.envelope, third.ownKey).toString('utf8'), '纯文本');
});

test('a file of 1 MiB is inline, one byte more comes by handle', async () => {
  for (const [size, inline] of [[0, true], [1, true], [MIB, true], [MIB + 1, false]]) {
    const bytes = Buffer.alloc(size, 'zwm');
    answerWith = file(bytes);
    const { answer } = await pickup(FILE, 'file');
    expectDone(answer);
    const { item } = answer;
    assert.equal(item.size, size);
    assert.equal(item.sm3, sm3HexOfMuch(bytes));
    assert.equal('envelope' in item, inline, `${size} bytes`);
    assert.equal('file' in item, !inline, `${size} bytes`);
    const got = inline ? openEnvelope(item.envelope, third.ownKey) : (await third.file(item.file)).body;
    assert.ok(bytes.equals(got), `${size} bytes`);
  }
});

test('6004: a file where data was asked for, whatever is permitted, and that try does not count', async () => {
  for (const bytes of [Buffer.alloc(100, 'x'), Buffer.alloc(MIB + 1, 'x')]) {
    for (const czqx of ['5', '1']) {
      answerWith = file(bytes);
      const { answer, ticket } = await pickup(DATA, 'data', { czqx });
      expectError(answer, '6004');
      expectError(await third.pickup({ ticket, class: FILE, as: 'data' }), '6004');
      answerWith = (response) => file(bytes, { type: 'application/json' })(response);
      expectError(await third.pickup({ ticket, class: DATA, as: 'data' }), '6004');
      answerWith = (response) => json(response, 200, envelopeOf([{ media_type: 'text/plain', data: 'x' }]));
      for (let i = 0; i < 3; i++) expectDone(await third.pickup({ ticket, class: DATA, as: 'data' }));
    }
  }
});

test('6004: a file without the permission to download is not even asked for', async () => {
  answerWith = file(Buffer.alloc(100, 'x'));
  received = null;
  for (const czqx of ['1', '2', '8', '11']) expectError((await pickup(FILE, 'file', { czqx })).answer, '6004');
  expectError((await pickup(DATA, 'data', { czqx: '4' })).answer, '6004');
  assert.equal(received, null);
});

test('6007: the service has nothing', async () => {
  answerWith = (response) => json(response, 404, envelopeOf([], '102', '6007'));
  for (const [name, as] of [[DATA, 'data'], [FILE, 'file']]) expectError((await pickup(name, as)).answer, '6007');
});

test('6006: nobody listens', async () => expectError((await pickup(DOWN, 'data')).answer, '6006'));

test('the subject is shown how each pickup ended', async () => {
  const subject = person();
  const endsIn = async (name, expected) => {
    const { code, sqbh } = await freshCode(channel, [DATA, DOWN], { subject });
    const verified = await third.verify(verifyBody(code));
    expectDone(verified);
    await third.pickup({ ticket: verified.item.ticket, class: name, as: 'data' });
    const list = await channel.call('/api/v1/authorization/list', { subject });
    const uses = list.items.find((item) => item.sqbh === sqbh).uses.filter((use) => use.interface === 'pickup');
    assert.deepEqual(uses.map((use) => [use.class, use.error_code]), [[name, expected]]);
  };
  answerWith = (response) => json(response, 200, envelopeOf([{ media_type: 'text/plain', data: 'x' }]));
  await endsIn(DATA, '');
  answerWith = (response) => json(response, 404, envelopeOf([], '102', '6007'));
  await endsIn(DATA, '6007');
  await endsIn(DOWN, '6006');
});

test('6006: answers that are none', async (t) => {
  const pdf = Buffer.alloc(5000, 'x'), large = Buffer.alloc(MIB + 5000, 'x');
  const good = envelopeOf([{ media_type: 'application/json', data: {} }]);
  const cases = {
    'status 500': [DATA, (r) => json(r, 500, {})],
    'status 500 around a good answer': [DATA, (r) => json(r, 500, envelopeOf([], '102', '9001'))],
    'no JSON': [DATA, (r) => r.writeHead(200, { 'Content-Type': 'application/json' }).end('<html>')],
    'truncated JSON': [DATA, (r) => r.writeHead(200, { 'Content-Type': 'application/json' }).end(JSON.stringify(good).slice(0, -3))],
    'duplicate member': [DATA, (r) => r.writeHead(200, { 'Content-Type': 'application/json' })
      .end(JSON.stringify(good).replace('"data":{}', '"data":{},"data":{"a":"b"}'))],
    'another document': [DATA, (r) => json(r, 200, { hello: 'world' })],
    'no items': [DATA, (r) => json(r, 200, envelopeOf([]))],
    'an item without data': [DATA, (r) => json(r, 200, envelopeOf([{ media_type: 'text/plain' }]))],
    'an item without media type': [DATA, (r) => json(r, 200, envelopeOf([{ data: {} }]))],
    'a media type that would split a header': [DATA, (r) => json(r, 200, envelopeOf([{ media_type: 'text/plain\r\nX: y', data: {} }]))],
    'another error': [DATA, (r) => json(r, 403, envelopeOf([], '102', '2005'))],
    'HTML': [DATA, (r) => r.writeHead(200, { 'Content-Type': 'text/html' }).end('<html></html>')],
    'a redirect': [DATA, (r) => r.writeHead(302, { Location: `http://127.0.0.1:${server.address().port}/base/fetch` }).end()],
    'connection closed': [DATA, (r) => r.destroy()],
    'broken off': [FILE, (r) => {
      r.writeHead(200, { 'Content-Type': 'application/pdf', 'Content-Length': 9999, 'Zwm-Sm3': sm3HexOfMuch(pdf) }).write(pdf);
      setTimeout(() => r.destroy(), 20);
    }],
    'a file of another digest': [FILE, file(pdf, { sm3: '0'.repeat(64) })],
    'a file without digest': [FILE, file(pdf, { sm3: null })],
    'a large file of another digest': [FILE, file(large, { sm3: sm3HexOfMuch(pdf) })],
    'a large file without digest': [FILE, file(large, { sm3: null })],
    'data where a file was asked for': [FILE, (r) => json(r, 200, good)],
    'not HTTP': [DATA, (r) => r.socket.end('hello\r\n')],
  };
  for (const [name, [cls, give]] of Object.entries(cases)) {
    await t.test(name, async () => {
      answerWith = give;
      const { answer, ticket } = await pickup(cls, cls === FILE ? 'file' : 'data');
      expectError(answer, '6006');
      // What failed does not count: three times are left.
      answerWith = cls === FILE ? file(pdf) : (r) => json(r, 200, good);
      for (let i = 0; i < 3; i++) expectDone(await third.pickup({ ticket, class: cls, as: cls === FILE ? 'file' : 'data' }));
      expectError(await third.pickup({ ticket, class: cls, as: cls === FILE ? 'file' : 'data' }), '6005');
    });
  }
});

test('a service that is slow does not hold up verifications', async () => {
  let release;
  const gate = new Promise((resolve) => { release = resolve; });
  answerWith = async (response) => {
    await gate;
    json(response, 200, envelopeOf([{ media_type: 'text/plain', data: 'late' }]));
  };
  const slow = pickup(DATA, 'data');
  const { code } = await freshCode(channel, [DATA]);
  expectDone(await third.verify(verifyBody(code)));
  release();
  expectDone((await slow).answer);
});

test('a file takes as long as it must while it comes, and no longer than it stalls', async () => {
  const piece = Buffer.alloc(64 * 1024, 'x'), n = 24, whole = Buffer.concat(Array(n).fill(piece));
  const total = Number(zwm.setting('service_total_ms', 10000)), stall = Number(zwm.setting('download_stall_sec', 10)) * 1000;
  const head = (response) => response.writeHead(200, {
    'Content-Type': 'application/pdf', 'Content-Length': whole.length, 'Zwm-Sm3': sm3HexOfMuch(whole) });
  let slow;
  answerWith = (response) => {
    slow = !slow; // the first is slow, the second stops
    head(response).write(piece);
    for (let i = 1; slow && i < n; i++) setTimeout(() => response.write(piece), (i * (total + 1500)) / (n - 1));
  };
  const began = performance.now(), ms = () => performance.now() - began;
  const first = pickup(FILE, 'file').then((picked) => ({ ...picked, ms: ms() }));
  await until('the first is asked for', () => slow);
  const second = pickup(FILE, 'file').then((picked) => ({ ...picked, ms: ms() }));
  const stopped = await second, served = await first;
  expectError(stopped.answer, '6006');
  assert.ok(stopped.ms >= stall * 0.9 && stopped.ms < stall + 6000, `given up after ${Math.round(stopped.ms)} ms`);
  expectDone(served.answer);
  assert.ok(served.ms > total, `it took ${Math.round(served.ms)} ms`);
  assert.ok(whole.equals((await third.file(served.answer.item.file)).body));
});

test('a service’s address is https, or http on this machine alone', async () => {
  for (const url of ['http://example.invalid', 'http://127.0.0.1.example.invalid/', 'http://127.0.0.1@example.invalid/', 'ftp://127.0.0.1/',
    'file:///etc/passwd', 'http://127.0.0.10x/', '']) {
    await assert.rejects(zwm.zwm('class', 'add', '--class', UNSAFE, '--name', '测试', '--kind', 'data', '--service', 'test-unsafe',
      '--base-url', url), url);
  }
  assert.ok(!(await zwm.zwmJson('class', 'list')).items.some((item) => item.class === UNSAFE));
});

test('nothing of the person reaches the service but the record', async () => {
  answerWith = (response) => json(response, 200, envelopeOf([{ media_type: 'application/json', data: {} }]));
  const { code } = await freshCode(channel, [DATA], { subject: { ...person(), phone: '13900000000' } });
  const { item } = await third.verify(verifyBody(code));
  expectDone(await third.pickup({ ticket: item.ticket, class: DATA, as: 'data' }));
  const text = received.body.toString('utf8');
  for (const value of ['13900000000', code, item.ticket]) assert.ok(!text.includes(value), value);
});
