// What is revoked while it is being handed over is not handed over (interface 2.5): a pickup whose service is still at work,
// and a download that is under way.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { readdirSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import path from 'node:path';
import { Answer, sm3HexOfMuch } from './lib/client.mjs';
import { person } from './lib/people.mjs';
import { System, expectDone, expectError, freshCode, until, verifyBody } from './lib/system.mjs';

const zwm = System.fromEnvironment();
const DATA = 'test.revoked.data', FILE = 'test.revoked.file';
const MIB = 1 << 20;
let server, answerWith, channel, third;

const json = (response, value) => {
  const body = Buffer.from(JSON.stringify({ process_response: {
    result_code: '100', error_code: '', error_msg: '', date: '2026-11-22', request_id: '0'.repeat(32), items: [value] } }));
  response.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': body.length }).end(body);
};
const file = (response, bytes) =>
  response.writeHead(200, { 'Content-Type': 'application/pdf', 'Content-Length': bytes.length, 'Zwm-Sm3': sm3HexOfMuch(bytes) }).end(bytes);

before(async () => {
  server = http.createServer((request, response) => {
    request.resume().on('end', () => answerWith(response));
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  for (const [name, kind] of [[DATA, 'data'], [FILE, 'file']]) {
    await zwm.zwm('class', 'add', '--class', name, '--name', '测试类别', '--kind', kind, '--service', 'test-revoked', '--base-url',
      `http://127.0.0.1:${server.address().port}`, '--service-name', '测试信息服务');
  }
  channel = await zwm.app('channel', 'rvk-ch');
  third = await zwm.app('third-party', 'rvk-tp');
  await zwm.inForce();
});
after(() => {
  zwm.close();
  server.closeAllConnections();
  server.close();
});

async function ticketFor(subject) {
  const { code, sqbh } = await freshCode(channel, [DATA, FILE], { czqx: '5', subject });
  const verified = await third.verify(verifyBody(code));
  expectDone(verified);
  return { ticket: verified.item.ticket, sqbh };
}

const revoke = async (sqbh, subject) => expectDone(await channel.call('/api/v1/authorization/revoke', { sqbh, subject }));
const spooled = () => readdirSync(zwm.setting('spool_dir', path.join(zwm.varDir, 'spool'))).length;

for (const [what, cls, as, answer] of [
  ['data', DATA, 'data', (response) => json(response, { media_type: 'text/plain', data: '内容' })],
  ['a small file', FILE, 'file', (response) => file(response, Buffer.alloc(1000, 'x'))],
  ['a large file', FILE, 'file', (response) => file(response, Buffer.alloc(2 * MIB, 'x'))],
]) {
  test(`revoked while the service is at work on ${what}: 3009, and nothing is left`, async () => {
    const subject = person();
    const { ticket, sqbh } = await ticketFor(subject);
    const files = spooled();
    answerWith = async (response) => {
      await revoke(sqbh, subject);
      answer(response);
    };
    expectError(await third.pickup({ ticket, class: cls, as }), '3009');
    assert.equal(spooled(), files);
    const { items } = await channel.call('/api/v1/authorization/list', { subject });
    const uses = items.find((item) => item.sqbh === sqbh).uses.filter((use) => use.interface === 'pickup');
    assert.deepEqual(uses.map((use) => [use.class, use.error_code]), [[cls, '3009']]);
    expectError(await third.pickup({ ticket, class: cls, as }), '3009');
  });
}

test('another authorization of the same subject is untouched', async () => {
  const subject = person();
  const kept = await ticketFor(subject), gone = await ticketFor(subject);
  answerWith = async (response) => {
    await revoke(gone.sqbh, subject);
    json(response, { media_type: 'text/plain', data: '内容' });
  };
  expectDone(await third.pickup({ ticket: kept.ticket, class: DATA, as: 'data' }));
});

// Reads a file a little at a time; `begun` is run once some of it has come. {got, broken, ms}: `ms` from then to the end.
function download(handle, begun) {
  const { hostname, port } = new URL(zwm.baseUrl);
  return new Promise((resolve, reject) => {
    https.get({ hostname, port, path: `/api/v1/data/file/${handle}`, agent: false }, (response) => {
      let got = 0, since = null;
      const end = (broken) => resolve({ got, broken, ms: performance.now() - since });
      response.on('data', (part) => {
        got += part.length;
        response.pause();
        if (since === null) {
          since = performance.now();
          begun().catch(reject);
        }
        setTimeout(() => response.resume(), 3);
      });
      response.on('end', () => end(!response.complete)).on('aborted', () => end(true)).on('error', () => end(true));
    }).on('error', reject);
  });
}

test('revoked while a download runs: it is cut within a second, and the handle is dead', async () => {
  const subject = person(), size = 60 * MIB;
  const { ticket, sqbh } = await ticketFor(subject);
  answerWith = (response) => file(response, Buffer.alloc(size, 'x'));
  const picked = await third.pickup({ ticket, class: FILE, as: 'file' });
  expectDone(picked);
  const files = spooled();
  const { got, broken, ms } = await download(picked.item.file, () => revoke(sqbh, subject));
  assert.ok(broken, 'the connection was cut');
  assert.ok(got < size, `${got} of ${size} bytes came`);
  assert.ok(ms < 5000, `cut after ${Math.round(ms)} ms`); // a second, and what the caller had still to read
  expectError(new Answer(await third.file(picked.item.file), {}), '3009');
  await until('the file is gone', () => spooled() === files - 1);
});

test('a download of which nobody revokes anything runs for longer than that, to its end', async () => {
  const subject = person(), size = 40 * MIB;
  const { ticket } = await ticketFor(subject);
  answerWith = (response) => file(response, Buffer.alloc(size, 'x'));
  const picked = await third.pickup({ ticket, class: FILE, as: 'file' });
  expectDone(picked);
  const { got, broken, ms } = await download(picked.item.file, async () => {});
  assert.deepEqual([got, broken], [size, false]);
  assert.ok(ms > 1000, `it took ${Math.round(ms)} ms`);
});
