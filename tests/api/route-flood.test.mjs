// Registration under a flood: whoever sends many applications keeps nobody else out (R2.1; decision 20).
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { after, afterEach, before, test } from 'node:test';
import { newKey, spkiFromPublicKey } from './lib/client.mjs';
import { System, expectError } from './lib/system.mjs';

const zwm = System.fromEnvironment();
const REGISTER = '/api/v1/route/register';
const FLOOD = '127.0.7.7', NEIGHBOUR = '127.0.7.200', ELSEWHERE = '127.0.8.7';
const most = Number(zwm.setting('application_address_most', '20'));
let own;

before(async () => { ({ system: own } = await zwm.identity()); });
afterEach(() => zwm.zwm('route', 'refuse', '--all-pending'));
after(() => zwm.close());

let places = 0;
const newSystem = () => `29${String(10000 + places++)}02`;

const registration = (system, key, more = {}) => ({
  system, name: '测试码系统', base_url: 'https://code.example', public_key: spkiFromPublicKey(key.publicKey).toString('base64'),
  code_types: ['ZWM1'], mode: 'direct', contact: { name: '值班员示例', phone: '000-00000000', email: 'duty@code.example' }, ...more,
});

// An application with a key of its own, from `from`.
async function apply(system, from, more) {
  const key = newKey();
  const client = zwm.client(system, key, { to: own, localAddress: from });
  try {
    return await client.call(REGISTER, registration(system, key, more));
  } finally {
    client.close();
  }
}

const waits = (answer) => assert.equal(answer.result, '103', `${answer.error} ${answer.message}`);
const pending = async () => (await zwm.zwmJson('route', 'list')).items.filter((i) => i.status === 'pending');
const invite = async (...args) => (await zwm.zwm('route', 'invite', ...args)).trim();

const fails = (...args) => new Promise((resolve) => {
  execFile(`${zwm.binDir}/zwm`, args, { env: zwm.env }, (error, stdout, stderr) => resolve({ code: error?.code ?? 0, stderr }));
});

test('200 keys from one address: an applicant from elsewhere gets in, and so does one who is invited', async () => {
  const wanted = newSystem();
  const answers = [];
  // Half of them want the identifier that the honest one will apply for.
  for (let i = 0; i < 200; i += 10)
    answers.push(...await Promise.all(Array.from({ length: 10 }, (_, k) => apply(k % 2 ? wanted : newSystem(), k % 3 ? FLOOD : NEIGHBOUR))));
  const taken = answers.filter((a) => a.result === '103').length;
  // Those on their way at one moment do not see each other.
  assert.ok(taken >= most && taken <= most + 10, `${taken} of 200 wait`);
  for (const answer of answers.filter((a) => a.result !== '103')) expectError(answer, '4006');
  waits(await apply(wanted, ELSEWHERE));
  expectError(await apply(newSystem(), FLOOD), '4006');
  waits(await apply(wanted, FLOOD, { invitation: await invite() }));
  waits(await apply(wanted, NEIGHBOUR, { invitation: await invite('--system', wanted) }));

  // The operator sees where they are from, and refuses them together.
  const list = await pending();
  assert.equal(list.filter((i) => i.address === '127.0.7.0/24' && !i.invited).length, taken);
  assert.equal(list.filter((i) => i.invited).length, 2);
  assert.match(await zwm.zwm('route', 'refuse', '--all-pending', '--address', '127.0.7.0/24'), new RegExp(`^refused: ${taken + 2}\n$`));
  assert.deepEqual((await pending()).map((i) => i.address), ['127.0.8.0/24']);
  waits(await apply(newSystem(), FLOOD));
  await zwm.zwm('audit', 'verify');
});

test('an invitation serves once, in its time, for the system it names', async () => {
  const system = newSystem();
  const code = await invite();
  assert.match(code, /^[A-Za-z0-9_-]{32}$/);
  waits(await apply(system, FLOOD, { invitation: code }));
  expectError(await apply(system, FLOOD, { invitation: code }), '1003', { names: 'invitation' });
  expectError(await apply(system, FLOOD, { invitation: 'A'.repeat(32) }), '1003', { names: 'invitation' });
  expectError(await apply(system, FLOOD, { invitation: 'short' }), '1003', { names: 'invitation' });
  const named = await invite('--system', system);
  expectError(await apply(newSystem(), FLOOD, { invitation: named }), '1003', { names: 'invitation' });
  waits(await apply(system, FLOOD, { invitation: named })); // the wrong one has not used it up
  const { invitation, expires_at } = await zwm.zwmJson('route', 'invite', '--ttl', '5');
  assert.ok(Math.abs(expires_at - zwm.now() - 5) <= 2);
  await new Promise((done) => setTimeout(done, (expires_at - zwm.now() + 2) * 1000)); // its time is the matter
  expectError(await apply(system, FLOOD, { invitation }), '1003', { names: 'invitation' });
});

test('one invitation used by many at once serves one', async () => {
  const code = await invite();
  const answers = await Promise.all(Array.from({ length: 8 }, () => apply(newSystem(), FLOOD, { invitation: code })));
  assert.equal(answers.filter((a) => a.result === '103').length, 1);
  for (const answer of answers.filter((a) => a.result !== '103')) expectError(answer, '1003', { names: 'invitation' });
});

test('what is refused together: all, the older, those from a place', async () => {
  waits(await apply(newSystem(), FLOOD));
  waits(await apply(newSystem(), ELSEWHERE));
  const refuse = async (...args) => (await zwm.zwmJson('route', 'refuse', '--all-pending', ...args)).refused;
  assert.equal(await refuse('--older-than', '600'), 0);
  assert.equal(await refuse('--address', '127.0.9.1'), 0);
  assert.equal(await refuse('--address', '::/0'), 0);
  assert.equal(await refuse('--address', '127.0.8.1'), 1);
  assert.equal(await refuse(), 1);
  assert.equal(await refuse(), 0);
  for (const args of [['--address', 'example.com'], ['--address', '127.0.7.0/25'], ['--older-than', 'x'], ['--older-than', '0'], ['--older-than', '-5']])
    assert.equal((await fails('route', 'refuse', '--all-pending', ...args)).code, 2, args.join(' '));
  assert.equal((await fails('route', 'invite', '--system', '123')).code, 2);
  assert.equal((await fails('route', 'invite', '--ttl', '0')).code, 2);
});

test('what nobody decides on is dropped after its time, and its place is free', { skip: zwm.clockFile ? false : 'no clock_offset_file' }, async () => {
  const ttl = Number(zwm.setting('application_ttl_sec', '2592000')), offset = zwm.offset();
  for (let i = 0; i < most; i++) waits(await apply(newSystem(), FLOOD));
  expectError(await apply(newSystem(), FLOOD), '4006');
  try {
    zwm.setOffset(offset + ttl + 60);
    await zwm.inForce();
    waits(await apply(newSystem(), FLOOD));
    await zwm.zwm('retain');
    assert.equal((await pending()).length, 1);
  } finally {
    zwm.setOffset(offset);
    await zwm.inForce();
  }
});
