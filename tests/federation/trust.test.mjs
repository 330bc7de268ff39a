// The trust list: what a node takes from its registry and what it refuses, how long it works without one, and what a list
// says about keys. The registry is one of Node here, so that it can lie (R2.3; issue: rollback refused).
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import canonicalize from 'canonicalize';
import { makeCode, newKey, publicKeyPem, sign, spkiFromPublicKey, verifies } from '../api/lib/client.mjs';
import { enterprise } from '../api/lib/people.mjs';
import { expectDone, expectError, freshCode, until, verifyBody } from '../api/lib/system.mjs';
import { Instance } from '../faults/lib/instance.mjs';
import { city, closeAll, department, issue, national, provinceA, provinceB, untilVerify, verify, withApps } from './lib/federation.mjs';
import { NodeSystem } from './lib/node-system.mjs';

const REGISTRY = '100000009', PEER = '300090501', TTL = 86_400;
const LIST = '/api/v1/route/list';
const spki = (key) => spkiFromPublicKey(key.publicKey).toString('base64');
const now = () => Math.floor(Date.now() / 1000);

let registry, peer, instance, node, channel, third, serve, version = 10, last;

const row = (one, more = {}) => ({
  system: one.id, name: one.title, base_url: one.baseUrl, public_key: spki(one.key), code_types: ['ZWM1', 'QYM1'], mode: 'direct', status: 'active', ...more,
});
// A list as the interface page has it: signed over the JCS form of the rest.
function makeList({ systems = [row(registry), row(peer)], key = registry.key, ...more } = {}) {
  const rest = { version, issued_at: now(), expires_at: now() + TTL, publisher: REGISTRY, systems, ...more };
  return JSON.stringify({ ...rest, signature: sign(canonicalize(rest), key).toString('base64') });
}

const publish = (text) => { serve = { status: 200, text }; };
const inForce = async () => JSON.parse(await node.zwm('route', 'trust', '--json'));
const looked = async () => { // two looks from now on: the second began after this
  const from = registry.requests.length;
  await until('the node looks at the list', () => registry.requests.length >= from + 2, { seconds: 60 });
};

// Serves `text`, and once the node has looked: is it the list in force?
async function taken(text) {
  publish(text);
  await looked();
  return JSON.stringify(await inForce()) === JSON.stringify(JSON.parse(text));
}

async function takesNew(more) {
  version++;
  last = makeList(more);
  assert.ok(await taken(last), 'a good list is taken');
  await node.inForce();
}

before(async () => {
  [registry, peer] = [new NodeSystem(REGISTRY), new NodeSystem(PEER)];
  await registry.listen();
  await peer.listen();
  registry.respond = (seen) => {
    if (seen.target !== LIST || !serve) return { status: 503, headers: { 'Content-Length': 0 }, body: '' };
    const body = Buffer.from(serve.text);
    return { status: serve.status, headers: { 'Content-Type': 'application/json', 'Content-Length': body.length }, body };
  };
  peer.respond = (seen) => peer.valid(seen);
  last = makeList();
  publish(last);
  const settings = () => ({
    registry_system: REGISTRY, registry_url: registry.baseUrl, allow_loopback_routes: 1, trust_refresh_sec: 1, processes: 1, nginx_workers: 1,
    peer_connect_ms: 10_000, peer_total_ms: 20_000,
  });
  instance = await Instance.start({
    settings, before: (dir) => writeFileSync(path.join(dir, 'keys', 'registry.pub'), publicKeyPem(registry.key.publicKey), { mode: 0o600 }),
  });
  node = instance.system;
  channel = await node.app('channel', 'tr-c');
  third = await node.app('third-party', 'tr-t');
  await until('the first list', () => inForce().catch(() => null));
  await withApps('tr', [provinceA, provinceB, department, city, national]);
});
after(async () => {
  await instance?.stop();
  registry?.close();
  peer?.close();
  closeAll();
});

const ask = (code = peer.code({ deadline: node.now() + 60 })) => third.verify(verifyBody(code));

test('a list of the pinned publisher is taken, and codes are verified by it', async () => {
  assert.equal((await inForce()).version, 10);
  expectDone(await ask());
});

test('of two systems with the same six digits the signature tells whose a QYM1 code is', async () => {
  const { system } = await node.identity();
  const sister = new NodeSystem(`${system.slice(0, 7)}${system.endsWith('77') ? '78' : '77'}`);
  await sister.listen();
  try {
    sister.respond = (seen) => sister.valid(seen);
    await takesNew({ systems: [row(registry), row(peer), row(sister)] });
    const theirs = await ask(makeCode({ type: 'QYM1', system: system.slice(1, 7), deadline: node.now() + 60, key: sister.key }));
    expectDone(theirs);
    assert.equal(theirs.item.system, sister.id);
    const ours = await ask((await freshCode(channel, ['a.b'], { code_type: 'QYM1', subject: enterprise() })).code);
    expectDone(ours);
    assert.equal(ours.item.system, system);
    expectError(await ask(makeCode({ type: 'QYM1', system: system.slice(1, 7), deadline: node.now() + 60, key: newKey() })), '3003');
  } finally {
    sister.close();
    await takesNew();
  }
});

test('an older list is refused, whoever serves it', async () => {
  const old = last;
  await takesNew();
  assert.ok(!await taken(old), 'a list seen before');
  assert.ok(!await taken(makeList({ version: 1, issued_at: now() + 1 })), 'a new one with a low number');
  assert.ok(!await taken(makeList({ systems: [row(registry)] })), 'another list under the number in force');
  assert.deepEqual(await inForce(), JSON.parse(last));
  expectDone(await ask());
});

test('lists that do not hold are refused, and a good one after them is taken', async () => {
  const wrong = {
    'signed with another key': () => makeList({ key: newKey() }),
    'changed behind the signature': () => makeList().replace('"active"', '"suspended"'),
    'without signature': () => JSON.stringify({ ...JSON.parse(makeList()), signature: undefined }),
    'of another publisher': () => makeList({ publisher: PEER }),
    'whose publisher has another key': () => makeList({ systems: [row(registry, { public_key: spki(newKey()) }), row(peer)] }),
    'without its publisher': () => makeList({ systems: [row(peer)] }),
    'with a system twice': () => makeList({ systems: [row(registry), row(peer), row(peer)] }),
    'over plain HTTP': () => makeList({ systems: [row(registry), row(peer, { base_url: peer.baseUrl.replace('https', 'http') })] }),
    'with a user in an address': () => makeList({ systems: [row(registry), row(peer, { base_url: peer.baseUrl.replace('//', '//a:b@') })] }),
    'with a key that is none': () => makeList({ systems: [row(registry), row(peer, { public_key: 'AAAA' })] }),
    'with an identifier that is none': () => makeList({ systems: [row(registry), row(peer, { system: '900000001' })] }),
    'with a mode that is none': () => makeList({ systems: [row(registry), row(peer, { mode: 'tunnel' })] }),
    'expired': () => makeList({ issued_at: now() - 100, expires_at: now() - 10 }),
    'that ends before it begins': () => makeList({ issued_at: now() + TTL, expires_at: now() + 10 }),
    'made in the future': () => makeList({ issued_at: now() + 400, expires_at: now() + TTL }),
    'valid for a lifetime': () => makeList({ expires_at: now() + 31 * 86_400 }),
    'with a version that is no number': () => makeList({ version: String(version) }),
    'with a version below nothing': () => makeList({ version: -5 }),
    'with a member twice': () => makeList().replace('{', '{"version":99,'),
    'that is no list': () => '[]',
    'that is cut off': () => makeList().slice(0, -40),
    'that is empty': () => '',
  };
  // A look gets one of them each. Every one has a number of its own, so the list in force would tell which was taken.
  const texts = Object.values(wrong).map((make) => {
    version++;
    return make();
  });
  const respond = registry.respond;
  registry.respond = (seen) => {
    if (texts.length) publish(texts.shift());
    return respond(seen);
  };
  await until('all are served', () => texts.length === 0, { seconds: 90 });
  registry.respond = respond;
  await looked();
  assert.deepEqual(await inForce(), JSON.parse(last));
  await takesNew();
  expectDone(await ask());
});

test('the key before is accepted until its time, in codes and receipts, and not after', async () => {
  const old = peer.key, next = newKey();
  peer.key = next;
  await takesNew({ systems: [row(registry), row(peer, { previous_public_key: spki(old), previous_until: now() + 600 })] });
  expectDone(await ask());
  expectDone(await ask(peer.code({ key: old })));
  peer.respond = (seen) => peer.valid(seen, { receipt: { key: old } });
  expectDone(await ask());
  await takesNew({ systems: [row(registry), row(peer, { previous_public_key: spki(old), previous_until: now() - 1 })] });
  expectError(await ask(), '4003');
  peer.respond = (seen) => peer.valid(seen);
  expectError(await ask(peer.code({ key: old })), '3003');
  expectDone(await ask());
});

test('suspended and missing systems', async () => {
  await takesNew({ systems: [row(registry), row(peer, { status: 'suspended' })] });
  expectError(await ask(), '4002');
  await takesNew({ systems: [row(registry)] });
  expectError(await ask(), '4001');
  await takesNew();
  expectDone(await ask());
});

test('without a registry the last list serves until it expires: then 4005, and own codes go on', async () => {
  serve = null; // 503
  await looked();
  expectDone(await ask());
  await node.shifted(TTL - 60, async () => expectDone(await ask()));
  await node.shifted(TTL + 60, async () => {
    expectError(await ask(), '4005');
    expectError(await third.call('/api/v1/route/query', { system: PEER }), '4005');
    const { code } = await freshCode(channel, ['a.b']);
    expectDone(await third.verify(verifyBody(code)));
  });
  expectDone(await ask());
});

test('restarted without its registry, a node works by the list it kept', async () => {
  serve = null;
  await instance.local('down');
  await instance.local('up');
  await until('it verifies', async () => (await ask()).result === '100');
  assert.deepEqual(await inForce(), JSON.parse(last));
});

test('the published list of the national system: signed as the interface says, for anyone to fetch', async () => {
  const client = provinceB.client('', null);
  const raw = await client.send({ method: 'GET', target: LIST, headers: {}, body: Buffer.alloc(0), string: '' });
  assert.equal(raw.status, 200);
  const { signature, ...rest } = JSON.parse(raw.body);
  assert.ok(verifies(canonicalize(rest), Buffer.from(signature, 'base64'), await national.publicKey()));
  assert.equal(rest.publisher, national.id);
  assert.ok(rest.expires_at > rest.issued_at);
  for (const one of [national, provinceA, provinceB, city, department]) {
    const listed = rest.systems.find(({ system }) => system === one.id);
    assert.equal(listed.base_url, one.baseUrl);
    assert.equal(listed.public_key, await one.spki());
    assert.equal(listed.mode, one.mode);
  }
});

test('an outage of the national system: 4005 once a province\'s list has run out by its clock, and it recovers', async () => {
  const { code } = await issue(provinceA);
  await national.local('down');
  try {
    expectDone(await verify(provinceB, code));
    await provinceB.shifted(TTL + 60, async () => {
      const other = await issue(provinceA, { single_use: false });
      expectError(await verify(provinceB, other.code), '4005');
    });
  } finally {
    await national.local('up');
  }
  await untilVerify('with the registry again', provinceA, provinceB, '');
  await untilVerify('and through it', department, provinceB, '');
});
