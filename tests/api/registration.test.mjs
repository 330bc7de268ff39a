// What an operator registers, as he does it at the command: apps, services, classes, keys, and the record of it.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { keyProof, newKey, publicKeyPem, sm3Hex, spkiFromPublicKey } from './lib/client.mjs';
import { System, expectDone, expectError, freshCode, verifyBody } from './lib/system.mjs';

const zwm = System.fromEnvironment();
const dir = mkdtempSync(path.join(tmpdir(), 'zwm-reg-'));
const tag = `${process.pid}`;
let channel, third, system, publicKey;

before(async () => {
  channel = await zwm.app('channel', 'reg-ch');
  third = await zwm.app('third-party', 'reg-tp');
  ({ system, publicKey } = await zwm.identity());
  await zwm.inForce();
});
after(() => {
  zwm.close();
  rmSync(dir, { recursive: true });
});

const file = (name, text) => {
  const at = path.join(dir, name);
  writeFileSync(at, text);
  return at;
};
const refused = (pattern, ...args) => assert.rejects(zwm.zwm(...args), (e) => {
  assert.equal(e.code, 1, e.stderr);
  assert.match(e.stderr, pattern);
  return true;
});
const shown = (...args) => zwm.zwmJson(...args);
const fingerprint = (key) => sm3Hex(spkiFromPublicKey(key.publicKey));

const proof = (key, appId, options = {}) => keyProof(key, appId, { at: zwm.now(), to: system, ...options });

test('app show and list say by what an app is known', async () => {
  const app = await shown('app', 'show', third.appId);
  assert.equal(app.key, fingerprint(third.ownKey));
  assert.equal(app.kind, 'third-party');
  assert.equal(app.keys.length, 1);
  assert.match(app.keys[0], new RegExp(`^${fingerprint(third.ownKey)} since 20`));
  const { items } = await shown('app', 'list');
  const item = items.find((i) => i.app_id === third.appId);
  assert.equal(item.key, app.key);
  assert.ok('allow_list' in item && 'rate_per_sec' in item);
  const text = await zwm.zwm('app', 'list');
  assert.match(text, new RegExp(`^${third.appId} .*${app.key.slice(0, 16)}`, 'm'));
  await refused(/no app nobody/, 'app', 'show', 'nobody');
});

test('app edit changes what is said and nothing else, and a refused one nothing', async () => {
  const id = third.appId;
  const before_ = await shown('app', 'show', id);
  await zwm.zwm('app', 'edit', id, '--name', '改名机构', '--rate', '5', '--allow-list', '10.0.0.0/8');
  const now = await shown('app', 'show', id);
  assert.deepEqual([now.name, now.rate_per_sec, now.allow_list], ['改名机构', 5, '10.0.0.0/8']);
  assert.deepEqual([now.key, now.uscc, now.kind], [before_.key, before_.uscc, before_.kind]);
  await refused(/direction/, 'app', 'edit', id, '--name', 'a\u202eb');
  await refused(/GB 32100/, 'app', 'edit', id, '--uscc', '91999999MA0000001M');
  await refused(/no app nobody/, 'app', 'edit', 'nobody', '--name', 'x');
  await zwm.zwm('app', 'edit', id, '--rate', 'none', '--allow-list', 'none');
  const last = await shown('app', 'show', id);
  assert.deepEqual([last.name, last.rate_per_sec, last.allow_list], ['改名机构', null, null]);
  const { items } = await shown('audit', 'list', '--action', 'app.edit', '--limit', '2');
  assert.deepEqual(items.at(-1).detail, {
    app_id: id, before: { allow_list: '10.0.0.0/8', rate_per_sec: 5 }, after: { allow_list: null, rate_per_sec: null },
  });
});

test('a new key comes with a proof that its holder wants it, here and for this app', async () => {
  const key = newKey(), id = third.appId;
  const good = proof(key, id);
  const cases = {
    'no proof at all': '{}',
    'another app': proof(key, channel.appId),
    'another system': proof(key, id, { to: '251000099' }),
    'too old': proof(key, id, { at: zwm.now() - 7 * 86400 - 5 }),
    'of a time to come': proof(key, id, { at: zwm.now() + 400 }),
    'signed by another key': proof(key, id, { by: newKey() }),
    'with something more': good.replace('{', '{"more":1,'),
  };
  for (const [name, text] of Object.entries(cases)) await refused(/proof/, 'app', 'key', id, '--proof', file(name, text));
  await assert.rejects(zwm.zwm('app', 'key', id, '--public-key', file('pub', publicKeyPem(key.publicKey))),
    (e) => e.code === 2 && /--proof/.test(e.stderr));
  await refused(/another key/, 'app', 'key', id, '--proof', file('good', good), '--public-key', file('other', publicKeyPem(newKey().publicKey)));
  await refused(new RegExp(`${channel.appId} has or had this key`), 'app', 'key', id, '--proof',
    file('theirs', proof(channel.ownKey, id)));
  await refused(/already/, 'app', 'key', id, '--proof', file('same', proof(third.ownKey, id)));
  assert.equal((await shown('app', 'show', id)).key, fingerprint(third.ownKey));
});

test('while keys overlap both are the app’s, then the new one alone', async () => {
  const old = third.ownKey, key = newKey(), id = third.appId;
  await zwm.zwm('app', 'key', id, '--proof', file('overlap', proof(key, id)), '--overlap', '600');
  await zwm.inForce();
  const app = await shown('app', 'show', id);
  assert.equal(app.key, fingerprint(key));
  assert.equal(app.previous_key, fingerprint(old));
  assert.ok(app.previous_until > zwm.now() + 590 && app.previous_until <= zwm.now() + 600);
  const verify = async (k) => third.verify(verifyBody((await freshCode(channel, ['a.b'])).code), { key: k });
  expectDone(await verify(old));
  expectDone(await verify(key));
  expectError(await verify(newKey()), '2001');
  const offset = zwm.offset();
  zwm.setOffset(offset + 601);
  try {
    expectError(await verify(old), '2001');
    expectDone(await verify(key));
  } finally {
    zwm.setOffset(offset);
  }
  third.key = key;
  third.ownKey = key;
});

test('`zwm key prove` makes the proof', async () => {
  const at = path.join(dir, 'made.key');
  await zwm.zwm('key', 'new', at);
  const text = await zwm.zwm('key', 'prove', at, '--app-id', third.appId, '--system', system);
  await zwm.zwm('app', 'key', third.appId, '--proof', file('made.proof', text));
  const hex = execFileSync('openssl', ['pkey', '-pubin', '-in', `${at}.pub`, '-outform', 'DER']);
  assert.equal((await shown('app', 'show', third.appId)).key, sm3Hex(hex));
  await assert.rejects(zwm.zwm('key', 'prove', at, '--app-id', third.appId), (e) => e.code === 2);
  await refused(/9 digits/, 'key', 'prove', at, '--app-id', third.appId, '--system', '12');
});

test('a removed app is unknown to everybody, and its identifier is not given again', async () => {
  const app = await zwm.app('third-party', 'reg-gone');
  await zwm.inForce();
  expectError(await app.outcome('a'.repeat(20)), '3007');
  await zwm.zwm('app', 'remove', app.appId);
  await zwm.inForce();
  expectError(await app.outcome('b'.repeat(20)), '2001');
  await refused(/no app/, 'app', 'resume', app.appId);
  await refused(/removed/, 'app', 'add', '--app-id', app.appId, '--kind', 'third-party', '--name', 'x', '--uscc', app.uscc,
    '--public-key', file('gone', publicKeyPem(newKey().publicKey)));
  assert.ok(!(await shown('app', 'list')).items.some((i) => i.app_id === app.appId));
  assert.equal((await shown('app', 'list', '--all')).items.find((i) => i.app_id === app.appId).status, 'removed');
});

test('a class does not move the service that holds it', async () => {
  const service = `reg-${tag}`, url = 'https://service.example/zwm';
  const add = (name, ...more) => ['class', 'add', '--class', `${tag}.${name}`, '--name', '测试', '--kind', 'data', '--service', service, ...more];
  await refused(/zwm service add/, ...add('1'));
  await zwm.zwm(...add('1', '--base-url', url));
  await zwm.zwm(...add('2'));
  await refused(/is at https:\/\/service\.example\/zwm; `zwm service edit/, ...add('3', '--base-url', 'https://elsewhere.example'));
  await refused(/zwm class edit/, ...add('2'));
  assert.deepEqual(await shown('service', 'show', service), { service, name: service, base_url: url, status: 'active', classes: 2 });
  await zwm.zwm('service', 'edit', service, '--base-url', 'https://elsewhere.example');
  assert.equal((await shown('class', 'show', `${tag}.1`)).base_url, 'https://elsewhere.example');

  await refused(/2 classes/, 'service', 'remove', service);
  await zwm.zwm('service', 'add', `${service}b`, '--base-url', url, '--name', '另一服务');
  await zwm.zwm('class', 'edit', `${tag}.1`, '--service', `${service}b`, '--kind', 'file');
  assert.deepEqual(await shown('class', 'show', `${tag}.1`),
    { class: `${tag}.1`, name: '测试', kind: 'file', service: `${service}b`, base_url: url });
  await refused(/no service nobody/, 'class', 'edit', `${tag}.1`, '--service', 'nobody');
  await zwm.zwm('class', 'remove', `${tag}.2`);
  await zwm.zwm('service', 'remove', service);
  await refused(/no service/, 'service', 'show', service);
  assert.ok((await shown('service', 'list')).items.some((i) => i.service === `${service}b` && i.classes === 1));
});

test('a suspended service is not asked', async () => {
  const name = `${tag}.1`;
  await zwm.zwm('service', 'suspend', `reg-${tag}b`);
  const verified = await third.verify(verifyBody((await freshCode(channel, [name], { czqx: '5' })).code),
    { key: await currentKey() });
  expectDone(verified);
  expectError(await third.pickup({ ticket: verified.item.ticket, class: name, as: 'file' }, { key: await currentKey() }), '6006');
  await zwm.zwm('service', 'resume', `reg-${tag}b`);
});

// The key that `zwm key prove` was tried with.
async function currentKey() {
  const text = execFileSync('openssl', ['pkey', '-in', path.join(dir, 'made.key'), '-noout', '-text']).toString();
  const hex = (n) => text.match(new RegExp(`${n}:\\s*((?:[0-9a-f:]|\\s)+)`))[1].replace(/[\s:]/g, '');
  return { privateKey: hex('priv').slice(-64).padStart(64, '0'), publicKey: hex('pub') };
}

test('acts are listed: by time, by action, the newest last', async () => {
  const { items } = await shown('audit', 'list', '--limit', '1000');
  assert.ok(items.length > 10);
  assert.ok(items.every((item, i) => i === 0 || item.seq === items[i - 1].seq + 1));
  for (const item of items) assert.match(item.at, /^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
  const services = (await shown('audit', 'list', '--action', 'service', '--limit', '1000')).items;
  assert.ok(services.length >= 4 && services.every((item) => item.action.startsWith('service.')));
  assert.deepEqual((await shown('audit', 'list', '--limit', '1')).items, [items.at(-1)]);
  assert.deepEqual((await shown('audit', 'list', '--since', '2100-01-01')).items, []);
  assert.equal((await shown('audit', 'list', '--since', items.at(-1).at)).items.at(-1).seq, items.at(-1).seq);
  for (const bad of [['--since', 'yesterday'], ['--limit', '0'], ['--limit', 'x']])
    await assert.rejects(zwm.zwm('audit', 'list', ...bad), (e) => e.code === 2);
  assert.equal((await shown('audit', 'verify')).intact, true);
});

test('`zwm call --receipt` says what the receipt is worth', async () => {
  const call = async (...more) => zwm.tried('call', '--app', third.appId, '--key', path.join(dir, 'made.key'), ...more,
    '/api/v1/code/outcome', JSON.stringify({ nonce: 'c'.repeat(20) }));
  const right = await call('--receipt');
  assert.match(right.stderr, new RegExp(`receipt: right, of ${system}`));
  const given = await call('--system-key', file('system.pub', publicKeyPem(publicKey)));
  assert.match(given.stderr, /receipt: right/);
  const wrong = await call('--system-key', file('wrong.pub', publicKeyPem(newKey().publicKey)));
  assert.match(wrong.stderr, /receipt: WRONG/);
  assert.equal(wrong.code, 1);
  assert.doesNotMatch((await call()).stderr, /receipt/);
});

test('lines of evidence tell calls apart', async () => {
  const { code, sqbh } = await freshCode(channel, ['a.b'], { single_use: false });
  const key = await currentKey();
  for (let i = 0; i < 3; i++) expectDone(await third.verify(verifyBody(code), { key }));
  const lines = (await zwm.zwm('evidence', sqbh)).trim().split('\n');
  assert.equal(lines.length, 4);
  assert.equal(new Set(lines.map((line) => line.replace(/^\S+/, ''))).size, 4, 'without their times');
  for (const line of lines) assert.match(line, /^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z {2}\w+ +of \S+, nonce \S+: done; its signature: right$/);
});
