// Routes and the trust list (R2.1 to R2.3; interface 2.6). The throwaway instance is its own registry.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import canonicalize from 'canonicalize';
import { makeCode, newKey, newNonce, publicKeyFromSpki, publicKeyPem, spkiFromPublicKey, verifies } from './lib/client.mjs';
import { System, callXml, expectDone, expectError, expectShape, freshCode, until } from './lib/system.mjs';

const zwm = System.fromEnvironment();
const REGISTER = '/api/v1/route/register', QUERY = '/api/v1/route/query', LIST = '/api/v1/route/list';
let channel, third, own, publicKey;

before(async () => {
  channel = await zwm.app('channel', 'route-ch');
  third = await zwm.app('third-party', 'route-tp');
  ({ system: own, publicKey } = await zwm.identity());
  await zwm.inForce();
});
after(() => zwm.close());

// --- helpers --------------------------------------------------------------------------------------------------------

let places = Math.floor(Math.random() * 9000);
const newSystem = () => `29${String(10000 + places++ % 90000)}01`;

const spki = (key) => spkiFromPublicKey(key.publicKey).toString('base64');

const registration = (system, key, more = {}) => ({
  system, name: '测试码系统', base_url: 'https://code.example', public_key: spki(key), code_types: ['ZWM1', 'QYM1'], mode: 'direct',
  contact: { name: '值班员示例', phone: '000-00000000', email: 'duty@code.example' }, ...more,
});

// A code system that calls us: its calls say so.
const asSystem = (appId, key) => Object.assign(zwm.client(appId, key), { to: own });

// A registration of `system`, signed with `key` (the one it carries, unless `signer` is another).
const register = (system, key, more, { signer = key, appId = system, ...options } = {}) =>
  asSystem(appId, signer).call(REGISTER, registration(system, key, more), options);

function expectPending(answer) {
  expectShape(answer);
  assert.equal(answer.result, '103', `${answer.error} ${answer.message}`);
  assert.equal(answer.status, 200);
  assert.equal(answer.error, '');
  assert.match(answer.item.application_no, /^[0-9a-f]{32}$/);
  return answer.item.application_no;
}

async function trustList() {
  const { status, headers, body } = await third.send({ method: 'GET', target: LIST, headers: {}, body: Buffer.alloc(0) });
  assert.equal(status, 200);
  assert.equal(headers['content-type'], 'application/json');
  return JSON.parse(body.toString('utf8'));
}

const entry = async (system) => (await trustList()).systems.find((s) => s.system === system);

async function zwmFails(...args) {
  return zwm.zwm(...args).then(
    (out) => assert.fail(`zwm ${args.join(' ')} was done: ${out}`),
    ({ code, stderr }) => {
      assert.equal(code, 1);
      return stderr;
    },
  );
}

async function approved(more) {
  const system = newSystem(), key = newKey();
  await zwm.zwm('route', 'approve', expectPending(await register(system, key, more)));
  return { system, key };
}

// --- the list -------------------------------------------------------------------------------------------------------

test('the list: signed over the canonical form of the rest, under the system\'s key', async () => {
  const { signature, ...rest } = await trustList();
  assert.ok(verifies(canonicalize(rest), Buffer.from(signature, 'base64'), publicKey));
  assert.equal(verifies(canonicalize({ ...rest, version: rest.version + 1 }), Buffer.from(signature, 'base64'), publicKey), false);
  assert.equal(rest.publisher, own);
  assert.ok(rest.issued_at < rest.expires_at && rest.expires_at > zwm.now());
  const self = rest.systems.find((s) => s.system === own);
  assert.equal(publicKeyFromSpki(self.public_key), publicKey);
  assert.equal(self.status, 'active');
  assert.equal(self.base_url, zwm.baseUrl);
});

test('the list wants no authentication, and only GET', async () => {
  expectError(await third.call(LIST, {}), '1007');
});

test('`zwm route trust --json` is the list as published', async () => {
  assert.deepEqual(await zwm.zwmJson('route', 'trust'), await trustList());
});

// --- from application to route --------------------------------------------------------------------------------------

test('a registration waits, is approved, and is in the list that follows', async () => {
  const system = newSystem(), key = newKey();
  const before = await trustList();
  const no = expectPending(await register(system, key, { code_types: ['ZWM1', 'QYM1'], mode: 'relay', parent: own }));
  const waiting = (await zwm.zwmJson('route', 'list')).items.find((i) => i.application_no === no);
  assert.equal(waiting.status, 'pending');
  assert.equal(waiting.system, system);
  assert.equal((await trustList()).version, before.version, 'an application changes nothing');
  await zwm.zwm('route', 'approve', no);
  const after = await trustList();
  assert.equal(after.version, before.version + 1);
  assert.deepEqual(after.systems.find((s) => s.system === system), {
    system, name: '测试码系统', base_url: 'https://code.example', public_key: spki(key), code_types: ['ZWM1', 'QYM1'],
    mode: 'relay', parent: own, status: 'active',
  });
  assert.ok(await zwmFails('route', 'approve', no), 'twice');
  assert.equal((await trustList()).version, after.version);
});

test('the answer carries the registry\'s receipt', async () => {
  const answer = await register(newSystem(), newKey());
  expectPending(answer);
  assert.equal(answer.headers['zwm-system'], own);
  assert.ok(answer.receiptVerifies(publicKey));
});

test('in XML', async () => {
  const system = newSystem(), key = newKey();
  const answer = await callXml(asSystem(system, key), REGISTER, registration(system, key));
  assert.equal(answer.result, '103', answer.message);
});

test('approved by the system\'s identifier; older applications of it are overtaken', async () => {
  const system = newSystem(), key = newKey();
  expectPending(await register(system, key, { name: '第一次' }));
  await zwm.zwm('route', 'approve', system);
  assert.equal((await entry(system)).name, '第一次');
  assert.equal((await zwm.zwmJson('route', 'list')).items.filter((i) => i.system === system).length, 1);
});

test('applications of different keys for one system: the administrator has to say which', async () => {
  const system = newSystem(), keys = [newKey(), newKey()];
  const [one, other] = [expectPending(await register(system, keys[0])), expectPending(await register(system, keys[1]))];
  assert.match(await zwmFails('route', 'approve', system), /different keys/);
  await zwm.zwm('route', 'refuse', one);
  assert.equal(await entry(system), undefined);
  await zwm.zwm('route', 'approve', other);
  assert.equal((await entry(system)).public_key, spki(keys[1]));
});

test('refused: never in the list', async () => {
  const system = newSystem();
  const { version } = await trustList();
  await zwm.zwm('route', 'refuse', expectPending(await register(system, newKey())));
  assert.equal((await trustList()).version, version);
  await zwmFails('route', 'approve', system);
});

test('at most five wait for one system and key', async () => {
  const system = newSystem(), key = newKey();
  for (let i = 0; i < 5; i++) expectPending(await register(system, key));
  expectError(await register(system, key), '4006');
  await zwm.zwm('route', 'refuse', system);
  expectPending(await register(system, key));
});

// --- who may register what ------------------------------------------------------------------------------------------

test('unsigned, signed with another key, for another system, altered: 2001', async (t) => {
  const system = newSystem(), key = newKey();
  const client = asSystem(system, key);
  const cases = {
    'no Authorization': () => client.call(REGISTER, registration(system, key), { headers: { Authorization: undefined } }),
    'another key': () => register(system, key, {}, { signer: newKey() }),
    'another app_id': () => register(system, key, {}, { appId: newSystem() }),
    'addressed to nobody': () => register(system, key, {}, { to: null }),
    'addressed to another system': () => register(system, key, {}, { to: newSystem() }),
    'an app of ours': () => third.call(REGISTER, registration(system, key)),
    'allow-list': () => register(system, key, {}, { signer: null }),
    'an altered body': () => {
      const call = client.prepare(REGISTER, registration(system, key));
      const body = Buffer.from(call.body.toString('utf8').replace('code.example', 'evil.example'));
      return client.send({ ...call, body });
    },
  };
  for (const [name, call] of Object.entries(cases)) await t.test(name, async () => expectError(await call(), '2001'));
});

test('outside the clock window: 2002', async () => {
  const system = newSystem(), key = newKey();
  for (const off of [-310, 310]) {
    expectError(await register(system, key, {}, { timestamp: zwm.now() + off }), '2002');
  }
});

test('a replay: 2003, however often', async () => {
  const system = newSystem(), key = newKey(), client = asSystem(system, key);
  const call = client.prepare(REGISTER, registration(system, key));
  expectPending(await client.send(call));
  expectError(await client.send(call), '2003');
  expectError(await client.send(call), '2003');
  assert.equal((await zwm.zwmJson('route', 'list')).items.filter((i) => i.system === system).length, 1);
});

test('taking over an approved identifier: 2001, and the list stays as it is', async () => {
  const { system, key } = await approved();
  const before = await trustList(), thief = newKey();
  expectError(await register(system, thief), '2001');
  expectError(await register(system, thief, { base_url: 'https://evil.example' }, { signer: thief }), '2001');
  expectError(await register(system, key, {}, { signer: thief }), '2001');
  assert.deepEqual(await trustList(), before);
});

test('an application that waited while another was approved cannot take over', async () => {
  const system = newSystem(), key = newKey(), thief = newKey();
  const first = expectPending(await register(system, key)), late = expectPending(await register(system, thief));
  await zwm.zwm('route', 'approve', first);
  await zwmFails('route', 'approve', late);
  assert.equal((await entry(system)).public_key, spki(key));
});

test('the registry\'s own identifier cannot be registered', async () => {
  expectError(await register(own, newKey()), '1003', { names: 'system' });
});

test('a key that is another system\'s is not approved', async () => {
  const { key } = await approved();
  const no = expectPending(await register(newSystem(), key));
  assert.match(await zwmFails('route', 'approve', no), /another system's/);
});

test('addresses: https only, no loopback or link-local, nothing odd: 1003 base_url', async (t) => {
  const bad = ['http://code.example', 'https://127.0.0.1', 'https://127.0.0.1:8443', 'https://127.1', 'https://2130706433',
    'https://0x7f000001', 'https://0177.0.0.1', 'https://127.0.0.1.', 'https://a.0x7f',
    'https://[::1]', 'https://[::ffff:127.0.0.1]', 'https://localhost', 'https://LOCALHOST:8443',
    'https://169.254.169.254', 'https://[fe80::1]', 'https://0.0.0.0', 'https://[::]', 'https://224.0.0.1',
    'https://user@code.example', 'https://code.example@127.0.0.1', 'https://code.example/?q=1', 'https://code.example/#f',
    'https://code.example/ x', 'https://code.example/', 'https://', 'https:///x', 'ftp://code.example', 'code.example',
    'https://码.example', 'https://code.example\\@127.0.0.1'];
  const key = newKey(), system = newSystem();
  for (const base_url of bad) {
    await t.test(base_url, async () => expectError(await register(system, key, { base_url }), '1003', { names: 'base_url' }));
  }
});

test('other fields that cannot be', async (t) => {
  const key = newKey(), system = newSystem(), point = key.publicKey;
  const offCurve = { publicKey: point.slice(0, -2) + (point.endsWith('00') ? '01' : '00') };
  const cases = [
    ['system', '1003', { system: '951010001' }], ['system', '1003', { system: '251010000' }],
    ['public_key', '1003', { public_key: 'AAAA' }], ['public_key', '1003', { public_key: spki(offCurve) }],
    ['public_key', '1003', { public_key: ` ${spki(key)}` }],
    ['code_types', '1003', { code_types: ['ABCD'] }], ['code_types', '1003', { code_types: [] }],
    ['code_types', '1003', { code_types: ['ZWM1', 'ZWM1'] }],
    ['mode', '1003', { mode: 'hidden' }], ['parent', '1003', { parent: system }], ['parent', '1003', { parent: '951010001' }],
    ['contact', '1002', { contact: undefined }], ['contact.phone', '1002', { contact: { name: 'x', email: 'a@b' } }],
    ['status', '1004', { status: 'active' }],
  ];
  for (const [names, error, more] of cases) {
    await t.test(`${names} ${JSON.stringify(more).slice(0, 60)}`, async () => {
      expectError(await register(more.system ?? system, key, more), error, { names });
    });
  }
});

test('a parent must have a route of its own, and not be below the applicant', async () => {
  const { system: parent, key: parentKey } = await approved({ mode: 'direct' });
  const child = newSystem(), childKey = newKey();
  await zwmFails('route', 'approve', expectPending(await register(newSystem(), newKey(), { mode: 'relay', parent: newSystem() })));
  await zwm.zwm('route', 'approve', expectPending(await register(child, childKey, { mode: 'relay', parent })));
  const no = expectPending(await register(parent, parentKey, { mode: 'relay', parent: child }));
  assert.match(await zwmFails('route', 'approve', no), /round to itself/);
});

// --- changes --------------------------------------------------------------------------------------------------------

test('a change is signed with the key on record; the key before it is accepted for a while', async () => {
  const { system, key } = await approved();
  const next = newKey();
  expectError(await register(system, next), '2001');
  const no = expectPending(await register(system, next, { name: '改名' }, { signer: key }));
  const overlap = Number(zwm.setting('route_overlap_sec', '86400'));
  await zwm.zwm('route', 'approve', no);
  const now = await entry(system);
  assert.equal(now.public_key, spki(next));
  assert.equal(now.name, '改名');
  assert.equal(now.previous_public_key, spki(key));
  assert.ok(Math.abs(now.previous_until - zwm.now() - overlap) <= 5);
  expectError(await register(system, key), '2001'); // the key before it signs no more registrations
  await zwm.zwm('route', 'approve', expectPending(await register(system, next, { name: '再改' })));
  assert.equal((await entry(system)).previous_public_key, spki(key), 'a change of the name keeps the overlap');
});

test('suspended, resumed, withdrawn', async () => {
  const { system, key } = await approved();
  const { version } = await trustList();
  await zwm.zwm('route', 'suspend', system);
  assert.equal((await entry(system)).status, 'suspended');
  await zwmFails('route', 'suspend', system);
  await zwm.zwm('route', 'approve', expectPending(await register(system, key, { name: '停用中' })));
  assert.equal((await entry(system)).status, 'suspended', 'a change does not bring it back');
  await zwm.zwm('route', 'resume', system);
  assert.equal((await entry(system)).status, 'active');
  await zwm.zwm('route', 'withdraw', system);
  assert.equal(await entry(system), undefined);
  assert.equal((await trustList()).version, version + 4);
  await zwmFails('route', 'resume', system);
  await zwmFails('route', 'suspend', newSystem());
  assert.equal((await zwm.zwmJson('route', 'list')).items.find((i) => i.system === system).status, 'withdrawn');
});

test('`zwm route publish` publishes one version more, and what was done is in the operators\' record', async () => {
  const { version } = await trustList();
  await zwm.zwm('route', 'publish');
  assert.equal((await trustList()).version, version + 1);
  await zwm.zwm('audit', 'verify');
});

test('many approvals at once: one version each', async () => {
  const nos = [];
  for (let i = 0; i < 6; i++) nos.push(expectPending(await register(newSystem(), newKey())));
  const { version } = await trustList();
  await Promise.all(nos.map((no) => zwm.zwm('route', 'approve', no)));
  assert.equal((await trustList()).version, version + nos.length);
});

// --- query ----------------------------------------------------------------------------------------------------------

test('query: the route in force, within a second', async () => {
  const { system, key } = await approved({ mode: 'relay' });
  const answer = await until('the route', async () => {
    const said = await third.call(QUERY, { system });
    return said.error === '4001' ? null : said;
  }, { seconds: 3 });
  expectDone(answer);
  const { version, expires_at, ...rest } = answer.item;
  assert.deepEqual(rest, {
    system, name: '测试码系统', base_url: 'https://code.example', public_key: spki(key), code_types: ['ZWM1', 'QYM1'], mode: 'relay',
    status: 'active',
  });
  assert.ok(version >= 2 && expires_at > zwm.now());
});

test('query: what is not listed 4001, malformed 1003, a nonce once, unsigned 2001', async () => {
  expectError(await third.call(QUERY, { system: newSystem() }), '4001');
  expectError(await third.call(QUERY, { system: '12345678' }), '1003', { names: 'system' });
  expectError(await third.call(QUERY, {}), '1002', { names: 'system' });
  const nonce = newNonce();
  expectDone(await third.call(QUERY, { system: own }, { nonce }));
  expectError(await third.call(QUERY, { system: own }, { nonce }), '2003');
  expectError(await third.call(QUERY, { system: own }, { key: newKey() }), '2001');
});

// --- offline --------------------------------------------------------------------------------------------------------

// As a verifier without an instance: exit code and output.
function offline(args, { instance = false } = {}) {
  const env = { ...zwm.env, ZWM_VAR: instance ? zwm.varDir : '/nonexistent' };
  return new Promise((resolve) => {
    execFile(path.join(zwm.binDir, 'zwm'), ['verify', '--offline', ...args], { env }, (error, stdout, stderr) =>
      resolve({ code: error ? error.code : 0, stdout, stderr }));
  });
}

test('offline: genuine or not, expired or not, status unknown', async (t) => {
  const dir = mkdtempSync(path.join(tmpdir(), 'zwm-offline-'));
  try {
    const { system, key } = await approved({ code_types: ['ZWM1', 'QYM1'] });
    const list = path.join(dir, 'list.json'), pub = path.join(dir, 'registry.pem'), wrong = path.join(dir, 'wrong.pem');
    const text = await zwm.zwm('route', 'trust', '--json');
    writeFileSync(list, text);
    writeFileSync(pub, publicKeyPem(publicKey));
    writeFileSync(wrong, publicKeyPem(newKey().publicKey));
    const soon = Math.floor(Date.now() / 1000) + 60;
    const real = makeCode({ system, deadline: soon, key });
    const json = async (code, ...more) => {
      const said = await offline(['--trust', list, '--publisher-key', pub, '--json', ...more, code]);
      return { ...said, item: said.stdout ? JSON.parse(said.stdout) : null };
    };
    await t.test('genuine', async () => {
      const { code, item } = await json(real);
      assert.equal(code, 0);
      assert.deepEqual([item.genuine, item.expired, item.status, item.system, item.pinned], [true, false, 'unknown', system, true]);
    });
    await t.test('in words', async () => {
      const { code, stdout } = await offline(['--trust', list, '--publisher-key', pub, real]);
      assert.equal(code, 0);
      assert.match(stdout, /^genuine/);
      assert.match(stdout, /not expired/);
      assert.match(stdout, /status unknown/);
    });
    await t.test('expired', async () => {
      const { code, item } = await json(makeCode({ system, deadline: soon - 120, key }));
      assert.equal(code, 1);
      assert.deepEqual([item.genuine, item.expired, item.error_code], [true, true, '3004']);
    });
    await t.test('QYM1 by its platform', async () => {
      const { code, item } = await json(makeCode({ type: 'QYM1', system: system.slice(1, 7), deadline: soon, key }));
      assert.equal(code, 0);
      assert.equal(item.system, system);
    });
    await t.test('a code of this system itself', async () => {
      const { code: text } = await freshCode(channel, ['a.b']);
      const { code, item } = await json(text);
      assert.equal(code, 0);
      assert.equal(item.system, own);
    });
    const bad = {
      3003: makeCode({ system, deadline: soon, key: newKey() }),
      4001: makeCode({ system: newSystem(), deadline: soon, key }),
      3001: real.slice(1),
      3002: makeCode({ type: 'ZWM1', system, deadline: soon, key, version: 2 }),
    };
    for (const [error, text] of Object.entries(bad)) {
      await t.test(`${error}: not genuine`, async () => {
        const { code, item } = await json(text);
        assert.equal(code, 1);
        assert.equal(item.genuine, false);
        assert.equal(item.error_code, error);
      });
    }
    await t.test('without a pinned key it says so', async () => {
      const { code, stdout } = await offline(['--trust', list, real]);
      assert.equal(code, 0);
      assert.match(stdout, /NOT PINNED/);
    });
    await t.test('the key before a change, within its time', async () => {
      const next = newKey();
      await zwm.zwm('route', 'approve', expectPending(await register(system, next, {}, { signer: key })));
      writeFileSync(list, await zwm.zwm('route', 'trust', '--json'));
      assert.equal((await json(real)).code, 0);
      assert.equal((await json(makeCode({ system, deadline: soon, key: next }))).code, 0);
    });
    await t.test('the key pinned by an instance', async () => {
      const said = await offline(['--trust', list, '--json', real], { instance: true });
      assert.equal(said.code, 0);
      assert.equal(JSON.parse(said.stdout).publisher_key, 'instance');
    });
    await t.test('a list of another publisher, an altered one', async () => {
      const said = await offline(['--trust', list, '--publisher-key', wrong, real]);
      assert.equal(said.code, 1);
      assert.match(said.stderr, /does not hold/);
      writeFileSync(list, text.replace('"direct"', '"relay"'));
      assert.equal((await json(real)).code, 1);
      assert.equal((await offline(['--trust', list, real])).code, 1, 'unpinned neither');
    });
    await t.test('an expired list', async () => {
      writeFileSync(list, text);
      await zwm.shifted(40 * 86400, async () => {
        for (const pin of [['--publisher-key', pub], []]) {
          const { code, stderr } = await offline(['--trust', list, ...pin, real], { instance: true });
          assert.equal(code, 1);
          assert.match(stderr, /4005/);
        }
      });
    });
  } finally {
    rmSync(dir, { recursive: true });
  }
});
