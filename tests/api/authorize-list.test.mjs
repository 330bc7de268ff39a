// The list of a subject's authorizations, page by page (interface 2.5): what was used is reached first, everything is reached,
// and a cursor serves the subject that it is of.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { otherPerson, residentId } from './lib/people.mjs';
import { System, callXml, expectDone, expectError, freshCode, verifyBody } from './lib/system.mjs';

const zwm = System.fromEnvironment();
const LIST = '/api/v1/authorization/list', CLASS = '1.2.156.3002.9999.01.01';
const SHOWN = 60;
let channel, kiosk, third, subject, used, shown;

before(async () => {
  channel = await zwm.app('channel', 'list-ch');
  kiosk = await zwm.app('channel', 'list-kiosk', { channel: '06' });
  third = await zwm.app('third-party', 'list-tp');
  await zwm.inForce();
  const born = new Date(Date.UTC(1911, 0, 1 + Math.floor(Math.random() * 9000))).toISOString().slice(0, 10).replaceAll('-', '');
  subject = { type: 'person', name: '示例甲', id_type: '111', assurance: 2, id_no: residentId('110101', born, '000') };
  const first = await freshCode(channel, [CLASS], { subject });
  expectDone(await third.verify(verifyBody(first.code)));
  used = first.sqbh;
  shown = [];
  for (let i = 0; i < SHOWN; i++) { // a code on show, renewed again and again
    const { sqbh } = await freshCode(channel, [CLASS], { subject, ...(i && { replaces: shown.at(-1) }) });
    shown.push(sqbh);
  }
});
after(() => zwm.close());

const list = (more = {}, app = channel) => app.call(LIST, { subject, ...more });

async function pages(more) {
  const all = [];
  for (let cursor; ;) {
    const answer = await list({ ...more, ...(cursor && { cursor }) });
    expectDone(answer);
    all.push(answer.items);
    cursor = answer.response.next_cursor;
    if (!cursor) return all;
    assert.match(cursor, /^[A-Za-z0-9_-]{88}$/);
  }
}

test('what was used is on the first page, however many codes were shown since', async () => {
  const answer = await list();
  expectDone(answer);
  assert.equal(answer.items.length, 50);
  const first = answer.items.slice(0, 2).map((item) => [item.sqbh, item.state, item.uses.length]);
  assert.deepEqual(first.sort(), [[shown.at(-1), 'active', 0], [used, 'used', 1]].sort());
  assert.ok(answer.items.slice(2).every((item) => item.state === 'replaced'));
});

test('page by page everything comes, once', async () => {
  for (const limit of [7, 50, 61, 200]) {
    const all = await pages({ limit });
    assert.deepEqual(all.slice(0, -1).map((items) => items.length), Array(Math.ceil(61 / limit) - 1).fill(limit));
    assert.deepEqual(all.flat().map((item) => item.sqbh).sort(), [used, ...shown].sort());
  }
});

test('kinds, and since when', async () => {
  const numbers = async (more) => (await pages({ ...more, limit: 1 })).flat().map((item) => item.sqbh);
  assert.deepEqual(await numbers({ kind: 'used' }), [used]);
  assert.deepEqual(await numbers({ kind: 'open' }), [shown.at(-1)]);
  assert.deepEqual(await numbers({ kind: 'used', since: zwm.now() + 60 }), []);
  assert.deepEqual(await numbers({ kind: 'used', since: zwm.now() - 3600 }), [used]);
});

test('the last page has no next_cursor, and neither has an error', async () => {
  const { response } = await list({ kind: 'used' });
  assert.ok(!('next_cursor' in response));
  const { response: refused } = await list({ limit: 0 });
  assert.ok(!('next_cursor' in refused));
});

test('a cursor leads nowhere but where it was given', async () => {
  const cursor = (await list({ limit: 2 })).response.next_cursor;
  const refused = async (more, app) => expectError(await list({ cursor, ...more }, app), '1003', { names: 'cursor' });
  await refused({ subject: otherPerson });
  await refused({ kind: 'used' });
  await refused({ since: 1 });
  await refused({ cursor: cursor.replace(/^./, (c) => (c === 'A' ? 'B' : 'A')) });
  await refused({ cursor: cursor.replace(/.$/, (c) => (c === 'A' ? 'B' : 'A')) });
  await refused({ cursor: cursor.slice(1) });
  await refused({ cursor: 'A'.repeat(88) });
  expectDone(await list({ cursor }, kiosk)); // another channel that has identified the subject goes on
});

test('wrong fields, each named', async () => {
  for (const [more, names] of [
    [{ limit: 0 }, 'limit'], [{ limit: 201 }, 'limit'], [{ limit: '5' }, 'limit'], [{ kind: 'unused' }, 'kind'], [{ kind: '' }, 'kind'],
    [{ since: -1 }, 'since'], [{ cursor: '' }, 'cursor'], [{ cursor: 'x'.repeat(129) }, 'cursor'],
  ]) expectError(await list(more), '1003', { names });
});

test('the same in XML', async () => {
  const first = await callXml(channel, LIST, { subject, limit: 2 });
  assert.equal(first.result, '100');
  const { next_cursor: cursor } = first.response;
  assert.match(cursor, /^[A-Za-z0-9_-]{88}$/);
  assert.equal((await callXml(channel, LIST, { subject, limit: 2, cursor })).result, '100');
});
