// The SDKs in JavaScript, C and Java against the same vectors (sdk.json, made by sm-crypto); what they sign is checked by
// sm-crypto and by OpenSSL's command. The C and the Java one are asked through sdk_lines.c and SdkLines.java.
// $ZWM_SDK_LINES names another build of sdk_lines.c. Without a JDK and Bouncy Castle the tests of the Java SDK are skipped.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import smCrypto from 'sm-crypto';
import * as js from '../../build/www/sdk/zwm-sdk.js';

const { sm2, sm3, sm4 } = smCrypto;
const root = fileURLToPath(new URL('../../', import.meta.url));
const v = JSON.parse(readFileSync(new URL('sdk.json', import.meta.url), 'utf8'));
const BCPROV = '/usr/share/java/bcprov.jar';
const program = process.env.ZWM_SDK_LINES ?? (existsSync(`${root}build-asan/tests/sdk_lines`) ? `${root}build-asan/tests/sdk_lines` : `${root}build/tests/sdk_lines`);

// PKCS#8 without the public half, so that a private key that is none can be written too.
const SHORT = '3041020100301306072a8648ce3d020106082a811ccf5501822d042730250201010420';
const pem = (label, hex) => `-----BEGIN ${label}-----\n${Buffer.from(hex, 'hex').toString('base64').match(/.{1,64}/g).join('\n')}\n-----END ${label}-----\n`;
const pkcs8 = (d) => (d === '' ? '' : pem('PRIVATE KEY', SHORT + d));
const word = (value) => (value === null || value === undefined ? '-' : Buffer.from(value).toString('base64') || '=');
const line = (name, ...values) => [name, ...values.map(word)].join(' ');

// Sends the commands and returns an array of values, or of the refusal, for each.
function through(command, args, commands, env) {
  const r = spawnSync(command, args, { input: commands.map((l) => `${l}\n`).join(''), encoding: 'utf8', maxBuffer: 1 << 26, env: { ...process.env, ...env } });
  assert.equal(r.status, 0, r.stderr);
  const answers = r.stdout.split('\n').slice(0, -1).map((l) => {
    const [verdict, ...values] = l.split(' ');
    return verdict === 'ok' ? values.map((x) => Buffer.from(x, 'base64')) : { refused: values[0] };
  });
  assert.equal(answers.length, commands.length, r.stderr);
  return answers;
}

// The same commands for the SDK that is already here.
let systems;
const commands = {
  make: () => Object.values(js.makeKeyPair()),
  public: (key) => [js.publicKeyOf(key)],
  trust: (system, key) => {
    // This SDK reads a key when it is used.
    const { signing_string: signingString, status, body, timestamp, signature } = v.receipts[0];
    try {
      js.checkReceipt({ systems: { [system]: key }, signingString, status, body,
        headers: new Headers({ 'Zwm-System': system, 'Zwm-Timestamp': timestamp, 'Zwm-Signature': signature }) });
    } catch (e) {
      if (e.code !== 'SIGNATURE') throw e;
    }
    systems[system] = key;
    return [];
  },
  open: (key, ...members) => [js.openEnvelope(Object.fromEntries(['key', 'iv', 'ciphertext', 'mac'].map((n, i) => [n, members[i]])), key)],
  sign: (privateKey, appId, to, method, target, body) => {
    const s = js.signCall({ privateKey, appId, to: to ?? undefined, method, target, body });
    return [s.authorization, s.signingString, s.nonce];
  },
  receipt: (signingString, status, system, timestamp, signature, body) => {
    const headers = { 'zwm-system': system, 'zwm-timestamp': timestamp, 'zwm-signature': signature };
    const r = js.checkReceipt({ systems, signingString, status: Number(status), headers, body });
    assert.deepEqual(r, { system, timestamp: Number(timestamp) });
    return [];
  },
  out: (authorization, method, url, body, now) => {
    const o = js.checkOut({ systems, authorization, method, url, body, now: Number(now) });
    return [o.system, o.nonce, String(o.timestamp)];
  },
};

function here(lines) {
  systems = {};
  return lines.map((l) => {
    const [name, ...words] = l.split(' ');
    try {
      return commands[name](...words.map((w) => (w === '-' ? null : Buffer.from(w, 'base64').toString()))).map((x) => Buffer.from(x));
    } catch (e) {
      if (!(e instanceof js.ZwmError)) throw e;
      return { refused: e.code };
    }
  });
}

let dir;
let java;
before(() => {
  dir = mkdtempSync(join(tmpdir(), 'sdk-'));
  const javac = spawnSync('javac', ['-version']);
  if (javac.error || !existsSync(BCPROV)) return;
  execFileSync('javac', ['-encoding', 'UTF-8', '-Xlint:all,-path', '-Werror', '-cp', BCPROV, '-d', dir,
    `${root}www/sdk/java/ZwmSdk.java`, `${root}tests/vectors/SdkLines.java`], { stdio: ['ignore', 'inherit', 'inherit'] });
  java = (lines) => through('java', ['-cp', `${BCPROV}:${dir}`, 'SdkLines'], lines);
});
after(() => rmSync(dir, { recursive: true }));

const sdks = {
  JavaScript: () => here,
  C: () => (lines) => through(program, [], lines),
  Java: () => java,
};

// One test for each SDK that is there.
function each(name, run) {
  for (const [sdk, get] of Object.entries(sdks)) {
    test(`${sdk}: ${name}`, (t) => (get() ? run(get(), sdk) : t.skip('no JDK or no Bouncy Castle')));
  }
}

const trusted = Object.entries(v.systems).map(([system, key]) => line('trust', system, key));
function askTrusting(ask, lines) {
  const answers = ask([...trusted, ...lines]);
  assert.deepEqual(answers.slice(0, trusted.length), trusted.map(() => []));
  return answers.slice(trusted.length);
}

const texts = (answer) => (Array.isArray(answer) ? answer.map((x) => x.toString()) : answer);

// What the file says of each case, beside what the SDK did.
function compare(cases, answers, expected) {
  const told = (c, what) => `${c.why}: ${JSON.stringify(what)}`;
  assert.deepEqual(cases.map((c, i) => told(c, texts(answers[i]))), cases.map((c) => told(c, c.refused ? { refused: c.refused } : expected(c))));
}

test('the vectors have what they promise', () => {
  for (const list of [v.open, v.signing, v.receipts, v.outs, v.public_keys]) {
    assert.ok(list.filter((c) => !c.refused).length >= 3);
    assert.ok(list.filter((c) => c.refused).length >= 8);
    assert.equal(new Set(list.map((c) => c.why)).size, list.length);
  }
});

const opensslVerifies = (text, signature, key) => {
  for (const [name, data] of [['text', text], ['sig', Buffer.from(signature, 'base64')], ['pub', key.public_key_pem]])
    writeFileSync(join(dir, name), data);
  return spawnSync('openssl', ['dgst', '-sm3', '-verify', join(dir, 'pub'), '-sigopt', 'distid:1234567812345678',
    '-signature', join(dir, 'sig'), join(dir, 'text')]).status === 0;
};
const verifies = (text, signature, key) =>
  sm2.doVerifySignature(text, Buffer.from(signature, 'base64').toString('hex'), key.public_point_hex, { hash: true, der: true });

test("OpenSSL's command verifies the addressee, the receipts and the calls of a code system", () => {
  assert.equal(v.to.signing_string, ['POST', v.to.target, v.to.timestamp, v.to.nonce, sm3(v.to.body), v.to.to, ''].join('\n'));
  assert.ok(opensslVerifies(v.to.signing_string, v.to.signature, v.app));
  assert.equal(opensslVerifies(v.to.signing_string.replace('223010001', '223010002'), v.to.signature, v.app), false);
  for (const c of v.receipts.filter((r) => !r.refused)) {
    assert.ok(opensslVerifies(`${sm3(c.signing_string)}\n${c.status}\n${c.timestamp}\n${sm3(c.body)}\n`, c.signature, v.system), c.why);
  }
  const [o] = v.outs;
  assert.equal(v.out_string, ['OUT', o.method, o.url, '1763791200', 'Zk3v9_sample-nonce-01', sm3(o.body), ''].join('\n'));
  assert.ok(opensslVerifies(v.out_string, o.authorization.match(/signature="([^"]*)"/)[1], v.system));
});

each('envelopes that open, and many that must not', (ask) => {
  const members = (e) => [e.key, e.iv, e.ciphertext, e.mac];
  const answers = ask(v.open.map((c) => line('open', pkcs8(c.private_key_hex), ...members(c.envelope))));
  compare(v.open, answers.map((a) => (Array.isArray(a) ? a.map((x) => x.toString('hex')) : a)), (c) => [c.plaintext_hex]);
});

each('an envelope of any size, fresh from sm-crypto', (ask) => {
  const keys = sm2.generateKeyPairHex();
  const sizes = Array.from({ length: 70 }, (_, i) => i).concat(100000);
  const lines = sizes.map((n) => {
    const k = Buffer.from(sm3(`keys ${n}`), 'hex');
    const iv = Buffer.from(sm3(`iv ${n}`), 'hex').subarray(0, 16);
    const ciphertext = Buffer.from(sm4.encrypt(Array(n).fill(n % 256), k.subarray(0, 16).toString('hex'), { mode: 'cbc', iv: iv.toString('hex') }), 'hex');
    const mac = sm3([...iv, ...ciphertext], { key: k.subarray(16).toString('hex') });
    const wrapped = `04${sm2.doEncrypt([...k], keys.publicKey, 1)}`;
    const b64 = (x) => Buffer.from(x, 'hex').toString('base64');
    return line('open', pkcs8(keys.privateKey), b64(wrapped), iv.toString('base64'), ciphertext.toString('base64'), b64(mac));
  });
  ask(lines).forEach((a, i) => assert.deepEqual(a, [Buffer.alloc(sizes[i], sizes[i] % 256)]));
});

each('calls signed so that others verify them', (ask) => {
  const answers = ask(v.signing.map((c) => line('sign', pkcs8(v.app.private_key_hex), c.app_id, c.to, c.method, c.target, c.body)));
  const now = Date.now() / 1000;
  const nonces = new Set();
  v.signing.forEach((c, i) => {
    if (c.refused) return assert.deepEqual(answers[i], { refused: c.refused }, c.why);
    assert.ok(Array.isArray(answers[i]), `${c.why}: ${JSON.stringify(answers[i])}`);
    const [authorization, string, nonce] = texts(answers[i]);
    const to = c.to === null ? '' : `,to="${c.to}"`;
    const [, timestamp, signature] = authorization.match(
      new RegExp(`^ZWM-SM2-SM3 app_id="${c.app_id}",timestamp="([0-9]+)",nonce="${nonce}"${to},signature="([A-Za-z0-9+/=]+)"$`));
    assert.equal(string, `${c.method}\n${c.target}\n${timestamp}\n${nonce}\n${sm3(c.body)}\n${c.to === null ? '' : `${c.to}\n`}`);
    assert.ok(Math.abs(timestamp - now) < 60);
    assert.match(nonce, /^[0-9a-f]{32}$/);
    nonces.add(nonce);
    assert.ok(verifies(string, signature, v.app), c.why);
    assert.ok(opensslVerifies(string, signature, v.app), c.why);
    assert.equal(opensslVerifies(`${string} `, signature, v.app), false);
  });
  assert.equal(nonces.size, v.signing.filter((c) => !c.refused).length);
});

each('receipts, and what is none', (ask) => {
  const lines = v.receipts.map((c) => line('receipt', c.signing_string, String(c.status), c.system, c.timestamp, c.signature, c.body));
  compare(v.receipts, askTrusting(ask, lines), () => []);
  assert.deepEqual(ask(lines.slice(0, 1)), [{ refused: 'SYSTEM' }], 'nobody is trusted to begin with');
});

each('calls of a code system, and what is none', (ask) => {
  const lines = v.outs.map((c) => line('out', c.authorization, c.method, c.url, c.body, String(c.now)));
  const answers = askTrusting(ask, lines);
  const part = (c, name) => c.authorization.match(new RegExp(`${name}="([^"]*)"`))[1];
  compare(v.outs, answers, (c) => ['223010001', part(c, 'nonce'), part(c, 'timestamp')]);
});

each('public keys in every form, and what is none', (ask) => {
  compare(v.public_keys, ask(v.public_keys.map((c) => line('trust', '223010001', c.text))), () => []);
});

each('a key pair that OpenSSL reads', (ask) => {
  const [made] = ask(['make']);
  const [privatePem, publicKey] = texts(made);
  const spki = execFileSync('openssl', ['pkey', '-pubout', '-outform', 'DER'], { input: privatePem });
  assert.equal(spki.toString('base64'), publicKey);
  assert.deepEqual(texts(ask([line('public', privatePem)])[0]), [publicKey]);
  assert.notDeepEqual(texts(ask(['make'])[0]), [privatePem, publicKey]);
});

each("keys that OpenSSL makes; another's, a public or a broken one is refused", (ask) => {
  const openssl = (...args) => execFileSync('openssl', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  const key = openssl('genpkey', '-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:SM2');
  const p256 = openssl('genpkey', '-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-256');
  const rsa = openssl('genpkey', '-algorithm', 'RSA', '-pkeyopt', 'rsa_keygen_bits:2048');
  const expected = execFileSync('openssl', ['pkey', '-pubout', '-outform', 'DER'], { input: key }).toString('base64');
  const answers = ask([key, p256, rsa, v.app.public_key_pem, key.slice(0, 100), key.replace('BEGIN', 'BEGAN'), 'x', '']
    .map((k) => line('public', k)));
  assert.deepEqual(texts(answers[0]), [expected]);
  assert.deepEqual(answers.slice(1), answers.slice(1).map(() => ({ refused: 'KEY' })));
});

for (const sdk of ['JavaScript', 'Java'])
  test(`${sdk}: a private key in hexadecimal`, (t) => {
    const ask = sdks[sdk]();
    if (!ask) return t.skip('no JDK or no Bouncy Castle');
    const answers = ask([v.app.private_key_hex, v.app.private_key_hex.toUpperCase(), `${v.app.private_key_hex}0`, `0x${v.app.private_key_hex}`]
      .map((k) => line('public', k)));
    assert.deepEqual(answers.map(texts), [[v.app.public_key], [v.app.public_key], { refused: 'KEY' }, { refused: 'KEY' }]);
  });

test('C: a libcrypto without the algorithms is told, and nothing ends the process', () => {
  const conf = join(dir, 'openssl.cnf');
  writeFileSync(conf, 'openssl_conf = init\n[init]\nproviders = list\n[list]\nbase = base\n[base]\nactivate = 1\n');
  const answers = through(program, [], ['make', line('public', pkcs8(v.app.private_key_hex)), line('trust', '223010001', v.system.public_key)],
    { OPENSSL_CONF: conf });
  assert.deepEqual(answers, answers.map(() => ({ refused: 'UNSUPPORTED' })));
});

test('the three have the same codes and sentences', () => {
  const c = readFileSync(`${root}core/sdk/sdk_data.c`, 'utf8').replace(/"\s+"/g, '');
  const j = readFileSync(`${root}www/sdk/java/ZwmSdk.java`, 'utf8');
  for (const [code, text] of Object.entries(js.CODES)) {
    assert.ok(c.includes(`{"${code}", "${text}"}`) || c.match(new RegExp(`\\{"${code}",\\s*"${text.replace(/[.*+?()]/g, '\\$&')}"\\}`)), code);
    assert.ok(j.includes(`${code}("${text}")`), code);
  }
});
