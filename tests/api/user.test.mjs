// User tickets, consents, who a person is to an app, and what apps are told of a logout (interface-people 4), as app pages
// use them and as attackers do.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { System, expectDone, expectError } from './lib/system.mjs';
import { PageClient } from './lib/page.mjs';
import { openEnvelope } from './lib/client.mjs';
import { otherPerson, residentId } from './lib/people.mjs';

const zwm = System.fromEnvironment();
const ONE = `https://one-${zwm.tag}.example`, TWO = `https://two-${zwm.tag}.example`, SHARED = `https://shared-${zwm.tag}.example`;
const PORTAL = 'https://user-portal.example';
let one, two, channel;

before(async () => {
  one = await zwm.app('third-party', 'user-one');
  two = await zwm.app('third-party', 'user-two');
  channel = await zwm.app('channel', 'user-ch');
  await zwm.zwm('app', 'origins', one.appId, '--set', `${ONE},${SHARED}`);
  await zwm.zwm('app', 'origins', two.appId, '--set', `${TWO},${SHARED}`);
  await zwm.zwm('app', 'origins', channel.appId, '--set', PORTAL);
  await zwm.inForce();
});
after(() => zwm.close());

async function logIn(id) {
  const page = new PageClient(zwm);
  const answer = await page.call('/login/api/sample', { id });
  assert.equal(answer.error, '', answer.message);
  page.headers = { 'Zwm-Csrf': answer.item.csrf };
  return page;
}
const ticket = (page, body = { origin: ONE }) => page.call('/user/api/ticket', body);
const agree = (page, body = {}) => page.call('/user/api/consent', { app_id: one.appId, decision: 'grant', origin: ONE, ...body });
const info = (app, value) => app.call('/api/v1/user/info', { ticket: value });

test('a page gets a ticket once the person has agreed; the app learns who it is', async () => {
  const page = await logIn('zhang');
  const asked = await ticket(page);
  assert.equal(asked.item.state, 'consent', asked.message);
  assert.equal(asked.item.ticket, undefined);
  assert.deepEqual([asked.item.app_id, asked.item.org_name], [one.appId, '测试user-one']);
  assert.ok(asked.item.what.length > 0);
  const refused = await agree(page, { decision: 'refuse' });
  assert.equal(refused.item.state, 'refused');
  assert.equal((await ticket(page)).item.state, 'consent');
  const agreed = await agree(page);
  assert.equal(agreed.item.state, 'ticket', agreed.message);
  assert.match(agreed.item.ticket, /^[\w-]{43}$/);
  assert.equal(agreed.item.type, 1);
  assert.equal(agreed.item.dialect, 'json');
  const known = await info(one, agreed.item.ticket);
  expectDone(known);
  assert.match(known.item.user_id, /^[\w-]{43}$/);
  assert.deepEqual([known.item.type, known.item.assurance], [1, 3]);
  assert.deepEqual(JSON.parse(openEnvelope(known.item.envelope, one.ownKey)), { name: '张示例', id_type: '111', id_no: '999999199001010016' });
  // remembered: no question the next time; the same person is the same to the app, and another to another app
  const again = await ticket(page);
  assert.equal(again.item.state, 'ticket');
  assert.equal((await info(one, again.item.ticket)).item.user_id, known.item.user_id);
  const other = await page.call('/user/api/consent', { app_id: two.appId, decision: 'grant', origin: TWO });
  assert.notEqual((await info(two, other.item.ticket)).item.user_id, known.item.user_id);
  const elder = await logIn('qian');
  await agree(elder);
  assert.notEqual((await info(one, (await ticket(elder)).item.ticket)).item.user_id, known.item.user_id);
});

test('a ticket serves once, for its app, for a minute; another app\'s try does not spend it', async () => {
  const page = await logIn('zhang');
  await agree(page);
  const mine = (await ticket(page)).item.ticket;
  expectError(await info(two, mine), '8009');
  expectError(await info(channel, mine), '2006');
  expectError(await info(zwm.client(one.appId, two.ownKey), mine), '2001');
  expectDone(await info(one, mine));
  expectError(await info(one, mine), '8009');
  const late = (await ticket(page)).item.ticket;
  await zwm.shifted(62, async () => expectError(await info(one, late), '8009'));
  expectDone(await info(one, late)); // the clock is back
  expectError(await info(one, 'A'.repeat(43)), '8009');
  for (const value of ['', 'A'.repeat(42), 'A'.repeat(44), 5]) expectError(await info(one, value), '1003');
  expectError(await one.call('/api/v1/user/info', {}), '1002');
});

test('many at once: one gets it', async () => {
  const page = await logIn('zhang');
  await agree(page);
  const mine = (await ticket(page)).item.ticket;
  const answers = await Promise.all(Array.from({ length: 16 }, () => info(one, mine)));
  assert.equal(answers.filter((a) => a.error === '').length, 1);
  assert.equal(answers.filter((a) => a.error === '8009').length, 15);
});

test('a nonce serves once, and spends no ticket the second time', async () => {
  const page = await logIn('zhang');
  await agree(page);
  const [first, second] = [(await ticket(page)).item.ticket, (await ticket(page)).item.ticket];
  const nonce = 'n'.repeat(32);
  expectDone(await one.call('/api/v1/user/info', { ticket: first }, { nonce }));
  expectError(await one.call('/api/v1/user/info', { ticket: second }, { nonce }), '2003');
  expectDone(await info(one, second));
});

test('pages of nobody, of two, and of channels get none', async () => {
  const page = await logIn('zhang');
  for (const origin of ['https://evil.example', SHARED, PORTAL, `${ONE}/`, `${ONE}:8443`, ONE.toUpperCase().replace('HTTPS', 'https'), zwm.baseUrl, 'null']) {
    const answer = await ticket(page, { origin });
    assert.ok(['8008', '1003'].includes(answer.error), `${origin} ${answer.error}`);
  }
  for (const return_url of ['https://evil.example/', `${ONE}.evil.example/`, `${ONE}@evil.example/`, 'javascript:alert(1)//one.example']) {
    assert.equal((await ticket(page, { return_url })).error, '8008', return_url);
  }
  assert.equal((await ticket(page, {})).error, '1002');
  assert.equal((await ticket(page, { origin: ONE, return_url: `${ONE}/` })).error, '1003');
  // agreed about one app, given to another
  assert.equal((await agree(page, { origin: TWO })).error, '8008');
  assert.equal((await agree(page, { app_id: two.appId })).error, '8008');
  assert.equal((await agree(page, { decision: 'yes' })).error, '1003');
});

test('the session\'s own rules hold: no token beside the cookie, another site, a frame, nobody', async () => {
  const page = await logIn('zhang');
  await agree(page);
  for (const headers of [{ 'Zwm-Csrf': 'x' }, { Origin: ONE }, { 'Sec-Fetch-Site': 'cross-site' }]) {
    for (const [call, body] of [['ticket', { origin: ONE }], ['consent', { app_id: one.appId, decision: 'grant', origin: ONE }]]) {
      assert.equal((await page.call(`/user/api/${call}`, body, headers)).error, '8001', JSON.stringify(headers));
    }
  }
  assert.equal((await ticket(new PageClient(zwm))).error, '8001');
  const session = await channel.call('/api/v1/show/session', { subject: { ...otherPerson, id_no: residentId('110101', '19120507', '000') }, embed_origin: PORTAL });
  const frame = new PageClient(zwm);
  await frame.enter(session.item.show_token, PORTAL);
  assert.equal((await ticket(frame)).error, '8005');
  assert.equal((await agree(frame)).error, '8005');
});

test('consents are listed, taken back at once, and only by the person', async () => {
  const page = await logIn('qian'), other = await logIn('li');
  await agree(page);
  const held = (await ticket(page)).item.ticket;
  const list = (await page.call('/show/api/consents')).items;
  const mine = list.find((c) => c.app_id === one.appId);
  assert.equal(mine.org_name, '测试user-one');
  assert.ok(Math.abs(mine.given_at - zwm.now()) < 120);
  assert.ok(!(await other.call('/show/api/consents')).items.some((c) => c.app_id === one.appId));
  assert.equal((await other.call('/show/api/consent-revoke', { app_id: one.appId })).error, '1003');
  assert.equal((await page.call('/show/api/consent-revoke', { app_id: one.appId })).error, '');
  expectError(await info(one, held), '8009'); // given before, and worth nothing now
  assert.equal((await ticket(page)).item.state, 'consent');
  assert.equal((await page.call('/show/api/consent-revoke', { app_id: one.appId })).error, '1003');
});

test('a legal person: type 2, and the agent', async () => {
  const page = await logIn('zhao');
  await agree(page);
  const asPerson = (await ticket(page)).item.ticket;
  await page.call('/show/api/choose', { classes: [], acting: 0 });
  expectError(await info(one, asPerson), '8009'); // it said that it was a person's
  const answer = (await ticket(page)).item;
  assert.equal(answer.type, 2);
  const known = await info(one, answer.ticket);
  assert.equal(known.item.type, 2);
  const told = JSON.parse(openEnvelope(known.item.envelope, one.ownKey));
  assert.equal(told.name, '示例科技有限公司');
  assert.equal(told.agent.name, '赵法人');
});

test('a page by itself is led back with the ticket in the fragment', async () => {
  const page = await logIn('zhang');
  await page.call('/show/api/consent-revoke', { app_id: one.appId });
  const address = `${ONE}/page?a=1`;
  assert.equal((await ticket(page, { return_url: address })).item.next, undefined);
  const no = await page.call('/user/api/consent', { app_id: one.appId, decision: 'refuse', return_url: `${address}#old` });
  assert.equal(no.item.next, `${address}#zwm-refused&dialect=json`);
  const yes = await page.call('/user/api/consent', { app_id: one.appId, decision: 'grant', return_url: address });
  const [, value] = yes.item.next.slice(address.length).match(/^#zwm-ticket=([\w-]{43})&type=1&dialect=json&page=[\w-]{43}$/);
  assert.ok(yes.item.next.startsWith(address));
  expectDone(await info(one, value));
});

test('dialects', async () => {
  const page = await logIn('zhang');
  await agree(page);
  for (const dialect of ['mob', 'shandong', 'gansu', 'json']) {
    await zwm.zwm('app', 'dialect', one.appId, '--set', dialect);
    assert.equal((await ticket(page)).item.dialect, dialect);
  }
  for (const args of [['dialect', one.appId, '--set', 'guangdong'], ['dialect', 'nobody', '--set', 'json'], ['dialect', one.appId],
    ['logout-url', one.appId, '--set', 'javascript:alert(1)'], ['logout-url', one.appId, '--set', 'http://one.example/'],
    ['logout-url', one.appId, '--set', 'https://127.0.0.1/'], ['logout-url', one.appId, '--set', 'https://user@one.example/'],
    ['logout-url', 'nobody', '--set', 'https://one.example/']]) {
    await assert.rejects(zwm.zwm('app', ...args), args.join(' '));
  }
});

test('a logout ends tickets, and is told to each app that took one', async () => {
  await zwm.zwm('app', 'logout-url', one.appId, '--set', 'https://one.example/logged-out');
  const page = await logIn('zhang');
  await agree(page);
  const used = (await ticket(page)).item.ticket, held = (await ticket(page)).item.ticket;
  const known = await info(one, used);
  const before_ = (await zwm.zwmJson('callback', 'list')).items.length;
  assert.equal((await page.call('/show/api/end')).error, '');
  expectError(await info(one, held), '8009');
  const jobs = (await zwm.zwmJson('callback', 'list')).items.filter((j) => j.app_id === one.appId);
  assert.equal((await zwm.zwmJson('callback', 'list')).items.length, before_ + 1);
  assert.equal(jobs[0].url, 'https://one.example/logged-out');
  assert.ok(known.item.user_id);
  await zwm.zwm('app', 'logout-url', one.appId, '--set', '');
  const quiet = await logIn('zhang');
  await ticket(quiet);
  await quiet.call('/show/api/end');
  assert.equal((await zwm.zwmJson('callback', 'list')).items.length, before_ + 1);
});

test('notes of correction: about one\'s own authorizations only', async () => {
  const page = await logIn('zhang'), other = await logIn('li');
  const { sqbh } = (await page.call('/show/api/code', {})).item;
  const note = { sqbh, class: '1.2.156.3002.9999.01.01', note: '出生日期有误，应为一九九〇年。<script>alert(1)</script>' };
  const kept = await page.call('/show/api/correct', note);
  assert.match(kept.item.correction_no, /^[0-9a-f]{32}$/, kept.message);
  assert.equal((await other.call('/show/api/correct', note)).error, '5005');
  assert.equal((await page.call('/show/api/correct', { ...note, sqbh: '0'.repeat(32) })).error, '5001');
  for (const wrong of [{ note: '' }, { note: 'x'.repeat(501) }, { class: 'a b' }, { sqbh: 'x' }]) {
    assert.equal((await page.call('/show/api/correct', { ...note, ...wrong })).error, '1003', JSON.stringify(wrong).slice(0, 40));
  }
});

test('a page by itself asks on by its key, which is good for its app alone', async () => {
  const page = await logIn('zhang');
  const led = await page.call('/user/api/consent', { app_id: one.appId, decision: 'grant', return_url: `${ONE}/` });
  const key = new URLSearchParams(led.item.next.split('#')[1]).get('page');
  const browser = new PageClient(zwm); // no cookie there
  const ask = async (act, { origin = ONE, value = key, headers = {} } = {}) => {
    const answer = await browser.send('/user/api/page', { method: 'POST', body: new URLSearchParams({ page: value, act }).toString(),
      headers: { 'Content-Type': 'application/x-www-form-urlencoded', ...(origin ? { Origin: origin } : {}), 'Sec-Fetch-Site': 'cross-site', ...headers } });
    const r = JSON.parse(answer.text).process_response;
    return { error: r.error_code, item: r.items[0], reader: answer.headers['access-control-allow-origin'], credentials: answer.headers['access-control-allow-credentials'] };
  };
  const state = await ask('state');
  assert.deepEqual([state.item.state, state.item.type, state.item.dialect, state.reader, state.credentials], ['in', 1, 'json', ONE, undefined]);
  const given = await ask('ticket');
  assert.equal(given.item.state, 'ticket');
  expectDone(await info(one, given.item.ticket));
  for (const origin of [TWO, PORTAL, 'https://evil.example', 'null', null, SHARED, zwm.baseUrl]) {
    const answer = await ask('ticket', { origin });
    assert.ok(['8001', '8008'].includes(answer.error), `${origin} ${answer.error}`);
    if (origin !== TWO) assert.equal(answer.reader, undefined, origin);
  }
  for (const value of ['', 'A'.repeat(43), key.slice(0, 42), `${key}A`, key.slice(0, 30) + 'A'.repeat(13)]) assert.equal((await ask('ticket', { value })).error, '8001', value);
  assert.equal((await ask('other')).error, '1003');
  assert.equal((await page.call('/show/api/consent-revoke', { app_id: one.appId })).error, '');
  assert.equal((await ask('ticket')).item.state, 'consent');
  assert.equal((await ask('logout')).item.state, 'out');
  assert.equal((await ask('state')).error, '8001');
  assert.equal((await page.call('/show/api/state')).error, '8001');
});
