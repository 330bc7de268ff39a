// Pickup as file, small in the envelope and large by handle, and every way it is refused (R1.12, R4.3).
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import https from 'node:https';
import { openEnvelope, sm3Hex, sm3HexOfMuch, Answer } from './lib/client.mjs';
import { enterprise } from './lib/people.mjs';
import { System, expectDone, expectError, findClasses, freshCode, until, verifyBody } from './lib/system.mjs';

const zwm = System.fromEnvironment();
const MIB = 1 << 20;
let channel, third, stranger, system, classes, forEnterprise = {};

before(async () => {
  channel = await zwm.app('channel', 'pick-ch');
  third = await zwm.app('third-party', 'pick-tp');
  stranger = await zwm.app('third-party', 'pick-xx');
  ({ system } = await zwm.identity());
  await zwm.inForce();
  classes = await findClasses(zwm, channel, third);
  if (!classes.small.length || !classes.large.length) { // the sample files are the enterprise's
    const company = { code_type: 'QYM1', subject: enterprise() };
    const found = await findClasses(zwm, channel, third, company);
    if (!classes.small.length) [classes.small, forEnterprise.small] = [found.small, company];
    if (!classes.large.length) [classes.large, forEnterprise.large] = [found.large, company];
  }
  assert.ok(classes.data.length && classes.small.length && classes.large.length, `sample classes: ${JSON.stringify(classes)}`);
});
after(() => zwm.close());

async function ticketFor(xxlb, more = {}) {
  const { code } = await freshCode(channel, xxlb, { czqx: '5', ...more });
  const verified = await third.verify(verifyBody(code));
  expectDone(verified);
  return verified.item.ticket;
}

const largeHandle = async () => {
  const ticket = await ticketFor(classes.large.slice(0, 1), forEnterprise.large);
  const answer = await third.pickup({ ticket, class: classes.large[0], as: 'file' });
  expectDone(answer);
  return answer.item;
};

const expectFileError = (raw, code) => expectError(new Answer(raw, {}), code);

test('a small file comes in the envelope', async () => {
  const ticket = await ticketFor(classes.small.slice(0, 1), forEnterprise.small);
  const answer = await third.pickup({ ticket, class: classes.small[0], as: 'file' });
  expectDone(answer);
  const { item } = answer;
  assert.equal(item.file, undefined);
  assert.equal(item.media_type, 'application/pdf');
  assert.ok(item.size <= MIB);
  const pdf = openEnvelope(item.envelope, third.ownKey);
  assert.equal(pdf.length, item.size);
  assert.equal(pdf.toString('latin1', 0, 5), '%PDF-');
  assert.equal(sm3Hex(pdf), item.sm3);
  assert.throws(() => openEnvelope(item.envelope, stranger.ownKey), 'nobody else opens it');
});

test('a large file comes by handle, whole, once', async () => {
  const item = await largeHandle();
  assert.equal(item.envelope, undefined);
  assert.ok(item.size > MIB);
  assert.match(item.media_type, /^application\/pdf\b/);

  const whole = await third.file(item.file);
  assert.equal(whole.status, 200);
  assert.match(whole.headers['content-type'], /^application\/pdf\b/);
  assert.equal(Number(whole.headers['content-length']), item.size);
  assert.equal(whole.body.length, item.size);
  assert.equal(whole.body.toString('latin1', 0, 5), '%PDF-');
  assert.equal(sm3HexOfMuch(whole.body), item.sm3);

  expectFileError(await third.file(item.file), '6005');
  expectFileError(await third.file(item.file, { Range: 'bytes=0-0' }), '6005');
});

test('a large file comes in ranges, which together use the handle up', async () => {
  const item = await largeHandle();
  const third1 = Math.floor(item.size / 3);
  const parts = [];
  for (const range of [`0-${third1 - 1}`, `${third1}-${2 * third1 - 1}`, `${2 * third1}-`]) {
    const part = await third.file(item.file, { Range: `bytes=${range}` });
    assert.equal(part.status, 206);
    const [, from, to, total] = /^bytes (\d+)-(\d+)\/(\d+)$/.exec(part.headers['content-range']).map(Number);
    assert.equal(from, parts.reduce((n, p) => n + p.length, 0));
    assert.equal(to - from + 1, part.body.length);
    assert.equal(total, item.size);
    parts.push(part.body);
  }
  const whole = Buffer.concat(parts);
  assert.equal(whole.length, item.size);
  assert.equal(sm3HexOfMuch(whole), item.sm3);
  expectFileError(await third.file(item.file), '6005');
});

test('a broken-off fetch is taken up where it stopped', async () => {
  const item = await largeHandle();
  const head = await third.file(item.file, { Range: 'bytes=0-999' });
  assert.equal(head.status, 206);
  const tail = await third.file(item.file, { Range: 'bytes=-1000' });
  assert.equal(tail.status, 206);
  assert.equal(tail.headers['content-range'], `bytes ${item.size - 1000}-${item.size - 1}/${item.size}`);
  const middle = await third.file(item.file, { Range: `bytes=1000-${item.size - 1001}` });
  assert.equal(sm3HexOfMuch(Buffer.concat([head.body, middle.body, tail.body])), item.sm3);
});

test('simultaneous fetches of one handle: one has the file', async () => {
  const item = await largeHandle();
  const raws = await Promise.all(Array.from({ length: 8 }, () => third.file(item.file)));
  const whole = raws.filter((raw) => raw.status === 200);
  assert.equal(whole.length, 1);
  assert.equal(sm3HexOfMuch(whole[0].body), item.sm3);
  for (const raw of raws) if (raw !== whole[0]) expectFileError(raw, '6005');
});

test('a fetch that the caller broke off in the middle can be made again', async () => {
  const item = await largeHandle();
  const { host, hostname, port } = new URL(zwm.baseUrl);
  await new Promise((resolve, reject) => {
    const request = https.get({ hostname, port, path: `/api/v1/data/file/${item.file}`, headers: { Host: host }, agent: false }, (response) => {
      response.once('data', () => response.destroy()).once('close', resolve);
    }).on('error', reject);
    request.setNoDelay();
  });
  const again = await until('the handle serves again', async () => {
    const raw = await third.file(item.file);
    return raw.status === 200 ? raw : null;
  });
  assert.equal(sm3HexOfMuch(again.body), item.sm3);
});

test('a range outside the file is refused and costs nothing', async () => {
  const item = await largeHandle();
  const outside = await third.file(item.file, { Range: `bytes=${item.size}-` });
  assert.equal(outside.status, 416);
  assert.equal(outside.headers['content-range'], `bytes */${item.size}`);
  const whole = await third.file(item.file);
  assert.equal(sm3HexOfMuch(whole.body), item.sm3);
});

test('a handle fetched with the Authorization header of its app, and refused to another app', async () => {
  const item = await largeHandle();
  const target = `/api/v1/data/file/${item.file}`;
  const of = (client, more) => ({ Authorization: client.authorization({ method: 'GET', target, ...more }).header });

  const foreign = await third.file(item.file, of(stranger));
  assert.ok(foreign.status >= 400, `another app got ${foreign.status}`);
  expectFileError(await third.file(item.file, of(third, { key: stranger.ownKey })), '2001');
  const own = await third.file(item.file, of(third));
  assert.equal(own.status, 200);
  assert.equal(sm3HexOfMuch(own.body), item.sm3);
});

test('handles that nobody was given', async () => {
  for (const handle of ['A'.repeat(43), '..%2f..%2fzwm.conf', 'x']) {
    const raw = await third.file(handle);
    assert.equal(raw.status, 404, handle);
  }
});

test('a handle has its time', async (t) => {
  if (!zwm.clockFile) return t.skip('no clock_offset_file');
  const item = await largeHandle();
  await zwm.shifted(Number(zwm.setting('handle_ttl_sec', 600)) + 1, async () => {
    expectFileError(await third.file(item.file), '6002');
  });
});

test('pickup: each refusal', async (t) => {
  const [data] = classes.data;
  const unregistered = 'zz.unregistered';
  const ticket = await ticketFor([data, unregistered]);

  await t.test('6001: an unknown ticket', async () => {
    expectError(await third.pickup({ ticket: `${system}.${'A'.repeat(43)}`, class: data, as: 'data' }), '6001');
  });
  await t.test('6001: the ticket of another app', async () => {
    expectError(await stranger.pickup({ ticket, class: data, as: 'data' }), '6001');
  });
  await t.test('6001: a ticket altered in one character', async () => {
    const altered = ticket.replace(/.$/, (c) => (c === 'A' ? 'E' : 'A'));
    expectError(await third.pickup({ ticket: altered, class: data, as: 'data' }), '6001');
  });
  await t.test('6002: the ticket has expired', async (tt) => {
    if (!zwm.clockFile) return tt.skip('no clock_offset_file');
    const { code } = await freshCode(channel, [data]);
    const { item } = await third.verify(verifyBody(code));
    const expired = () => zwm.shifted(item.ticket_expires + 2 - zwm.now(), () =>
      third.pickup({ ticket: item.ticket, class: data, as: 'data' }));
    expectError(await expired(), '6002');
  });
  await t.test('6003: a class that was not authorized', async () => {
    expectError(await third.pickup({ ticket, class: 'zz.other', as: 'data' }), '6003');
  });
  await t.test('6004: a file without the download bit', async () => {
    for (const czqx of [undefined, '1', '3', '9']) {
      const { code } = await freshCode(channel, classes.small.slice(0, 1), { ...forEnterprise.small, ...(czqx && { czqx }) });
      const verified = await third.verify(verifyBody(code));
      expectDone(verified);
      expectError(await third.pickup({ ticket: verified.item.ticket, class: classes.small[0], as: 'file' }), '6004');
    }
  });
  await t.test('6007: a class that no service has', async () => {
    expectError(await third.pickup({ ticket, class: unregistered, as: 'data' }), '6007');
  });
  await t.test('6005: three times a class, not four', async () => {
    for (let i = 0; i < 3; i++) expectDone(await third.pickup({ ticket, class: data, as: 'data' }));
    expectError(await third.pickup({ ticket, class: data, as: 'data' }), '6005');
  });
});

test('three times a class holds for simultaneous calls', async () => {
  const [data] = classes.data;
  const ticket = await ticketFor([data]);
  const calls = Array.from({ length: 12 }, () => third.prepare('/api/v1/data/pickup', { ticket, class: data, as: 'data' }));
  const answers = await Promise.all(calls.map((call) => third.send(call)));
  const done = answers.filter((a) => a.result === '100');
  assert.equal(done.length, 3);
  for (const answer of answers.filter((a) => a.result !== '100')) expectError(answer, '6005');
});
