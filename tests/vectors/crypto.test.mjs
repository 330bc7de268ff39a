// core/crypto against sm-crypto, an implementation in JavaScript that shares nothing with ours, both ways.
// The C side is the program `crosscheck` (crosscheck.c says how to talk to it); $ZWM_CROSSCHECK names another place.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { randomBytes, randomInt } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import smCrypto from 'sm-crypto';

const { sm2, sm3, sm4 } = smCrypto;
const here = (name) => fileURLToPath(new URL(name, import.meta.url));
const program = process.env.ZWM_CROSSCHECK ?? here('../../build/tests/crosscheck');
const vectors = JSON.parse(readFileSync(here('standards.json'), 'utf8'));
const worked = JSON.parse(readFileSync(here('envelope.json'), 'utf8'));

const SIGN = { hash: true, der: true, userId: '1234567812345678' };
const RAW = { hash: true, userId: '1234567812345678' };
const C1C3C2 = 1;
const N = BigInt('0xfffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54123');
const P = BigInt('0xfffffffeffffffffffffffffffffffffffffffff00000000ffffffffffffffff');

const hex = (b) => Buffer.from(b).toString('hex');
const arg = (b) => hex(b) || '-';
const num = (v) => v.toString(16).padStart(64, '0');
const some = (max, min = 0) => randomBytes(randomInt(min, max + 1));
const b64 = (h) => Buffer.from(h, 'hex').toString('base64');
const unb64 = (t) => hex(Buffer.from(t, 'base64'));
const times = (n, f) => Array.from({ length: n }, (_, i) => f(i));

/** Sends the lines, one command each, and returns the answers. */
function ask(lines) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, { stdio: ['pipe', 'pipe', 'inherit'] });
    const out = [];
    child.on('error', reject);
    child.stdin.on('error', reject);
    child.stdout.on('data', (d) => out.push(d));
    child.on('close', (code) => {
      const answers = Buffer.concat(out).toString().split('\n').slice(0, -1);
      if (code !== 0 || answers.length !== lines.length) {
        reject(new Error(`crosscheck: status ${code}, ${answers.length} of ${lines.length} answers`));
      } else {
        resolve(answers);
      }
    });
    child.stdin.end(lines.map((l) => `${l}\n`).join(''));
  });
}

/** PKCS#8 (RFC 5208, RFC 5915) of a raw key pair, written out byte by byte. */
const pkcs8 = (d, pub) =>
  `308187020100301306072a8648ce3d020106082a811ccf5501822d046d306b0201010420${d}a144034200${pub}`;

function newPair() {
  const pair = sm2.generateKeyPairHex();
  return { d: pair.privateKey, pub: pair.publicKey };
}

const flip = (h, bit) => {
  const b = Buffer.from(h, 'hex');
  b[bit >> 3] ^= 1 << (bit & 7);
  return hex(b);
};

test('vectors of the standards, both implementations', async () => {
  const cases = [];
  for (const v of vectors.sm3) {
    cases.push([`sm3 ${hex(v.message_text)}`, v.digest]);
    assert.equal(sm3(v.message_text), v.digest);
  }
  for (const v of vectors.hmac_sm3) {
    cases.push([`hmac ${v.key} ${hex(v.message_text)}`, v.mac]);
    assert.equal(sm3(v.message_text, { key: v.key }), v.mac);
  }
  for (const v of vectors.sm4_block) {
    assert.equal(sm4.encrypt(Buffer.from(v.plaintext, 'hex'), v.key, { padding: 'none' }), v.ciphertext);
  }
  for (const v of vectors.sm4_cbc) {
    cases.push([`sm4enc ${v.key} ${v.iv} ${v.plaintext}`, v.ciphertext]);
    cases.push([`sm4dec ${v.key} ${v.iv} ${v.ciphertext}`, v.plaintext]);
    const got = sm4.encrypt(Buffer.from(v.plaintext, 'hex'), v.key, { mode: 'cbc', iv: v.iv });
    assert.equal(got, v.ciphertext);
  }
  const v = vectors.sm2;
  assert.equal(sm2.getPublicKeyFromPrivateKey(v.private_key), v.public_key);
  assert.ok(sm2.doVerifySignature(v.sign.message_text, v.sign.signature, v.public_key, RAW));
  assert.equal(sm2.doDecrypt(v.encrypt.ciphertext.slice(2), v.private_key, C1C3C2), v.encrypt.message_text);
  cases.push([`private ${pkcs8(v.private_key, v.public_key)}`, v.public_key]);
  cases.push([`public ${v.public_key}`, v.public_key]);
  cases.push([`rawverify ${hex(v.sign.message_text)} ${v.sign.signature}`, '1']);
  cases.push([`unwrap ${v.encrypt.ciphertext}`, hex(v.encrypt.message_text)]);
  assert.deepEqual(await ask(cases.map((c) => c[0])), cases.map((c) => c[1]));
});

test('SM3 and HMAC-SM3 of 1500 random messages', async () => {
  const cases = times(1500, (i) => {
    const msg = some(300);
    const key = some(100, 1);
    return i % 2
      ? [`sm3 ${arg(msg)}`, sm3([...msg])]
      : [`hmac ${hex(key)} ${arg(msg)}`, sm3([...msg], { key: hex(key) })];
  });
  assert.deepEqual(await ask(cases.map((c) => c[0])), cases.map((c) => c[1]));
});

test('SM4-CBC of 1000 random messages, both ways, and broken ones refused', async () => {
  const cases = times(1000, (i) => {
    const key = hex(randomBytes(16));
    const iv = hex(randomBytes(16));
    const msg = some(200);
    const sealed = sm4.encrypt([...msg], key, { mode: 'cbc', iv });
    if (i % 4 === 0) return [`sm4dec ${key} ${iv} ${sealed}`, arg(msg)];
    if (i % 4 === 1) return [`sm4dec ${key} ${iv} ${sealed.slice(0, -2)}`, 'refused'];
    return [`sm4enc ${key} ${iv} ${arg(msg)}`, sealed];
  });
  assert.deepEqual(await ask(cases.map((c) => c[0])), cases.map((c) => c[1]));
});

test('SM4-CTR from any position, against counter blocks through ECB', async () => {
  const key = hex(randomBytes(16));
  const cases = times(200, (i) => {
    const offset = i % 3 === 0 ? 16n * 0xffffffffn + BigInt(i) : BigInt(randomInt(5000));
    const msg = some(100, 1);
    const first = offset / 16n;
    const blocks = times(9, (k) => (first + BigInt(k)).toString(16).padStart(32, '0')).join('');
    const stream = sm4.encrypt(Buffer.from(blocks, 'hex'), key, { padding: 'none', output: 'array' });
    const from = Number(offset % 16n);
    return [`sm4ctr ${key} ${offset} ${hex(msg)}`, hex(msg.map((b, k) => b ^ stream[from + k]))];
  });
  assert.deepEqual(await ask(cases.map((c) => c[0])), cases.map((c) => c[1]));
});

test('signatures of ours pass sm-crypto, altered ones do not', async () => {
  const keys = times(5, newPair);
  const cases = times(120, (i) => ({ ...keys[i % keys.length], msg: some(200) }));
  const answers = await ask(cases.flatMap((c) => [`private ${pkcs8(c.d, c.pub)}`, `sign ${arg(c.msg)}`]));
  cases.forEach((c, i) => {
    assert.equal(answers[2 * i], c.pub);
    const sig = unb64(answers[2 * i + 1]);
    assert.ok(sm2.doVerifySignature(c.msg, sig, c.pub, SIGN), `${hex(c.msg)} ${sig} ${c.pub}`);
    if (i % 6 === 0) {
      assert.ok(!sm2.doVerifySignature([...c.msg, 0], sig, c.pub, SIGN));
      assert.ok(!sm2.doVerifySignature(c.msg, sig, keys[(i + 1) % keys.length].pub, SIGN));
    }
  });
});

test('signatures of sm-crypto pass ours, 2000 altered ones do not', async () => {
  const lines = [];
  const expected = [];
  const add = (line, answer) => {
    lines.push(line);
    expected.push(answer);
  };
  for (const { d, pub } of times(10, newPair)) {
    add(`public ${pub}`, pub);
    for (let i = 0; i < 20; i++) {
      const msg = some(200);
      const raw = sm2.doSignature(msg, d, { ...RAW, publicKey: pub });
      if (i % 2) {
        add(`rawverify ${arg(msg)} ${raw}`, '1');
      } else {
        const der = sm2.doSignature(msg, d, { ...SIGN, publicKey: pub });
        add(`verify ${arg(msg)} ${b64(der)}`, '1');
        add(`verify ${arg(msg)} ${b64(`${der}00`)}`, '0');
        add(`verify ${arg(msg)} ${b64(flip(der, randomInt(der.length * 4)))}`, '0');
      }
      for (let k = 0; k < 9; k++) add(`rawverify ${arg(msg)} ${flip(raw, randomInt(512))}`, '0');
      add(`rawverify ${hex(msg)}00 ${raw}`, '0');
    }
  }
  assert.deepEqual(await ask(lines), expected);
});

test('r and s at the edges of their ranges: same verdict as sm-crypto', async () => {
  const { pub, d } = newPair();
  const msg = 'edge';
  const sig = sm2.doSignature(msg, d, { ...RAW, publicKey: pub });
  const r = BigInt(`0x${sig.slice(0, 64)}`);
  const s = BigInt(`0x${sig.slice(64)}`);
  const edges = [0n, 1n, 2n, N - 2n, N - 1n, N, N + 1n, P - 1n, P, (1n << 256n) - 1n];
  const pairs = [[r, s], [N - r, s], [r, N - s], [s, r], [r, N - r], [N - s, s]];
  if (r + N < 1n << 256n) pairs.push([r + N, s]);
  if (s + N < 1n << 256n) pairs.push([r, s + N]);
  for (const e of edges) pairs.push([e, s], [r, e], [e, e], [e, N - 1n], [1n, e]);
  const raw = pairs.map(([a, b]) => num(a) + num(b));
  const answers = await ask([`public ${pub}`, ...raw.map((x) => `rawverify ${hex(msg)} ${x}`)]);
  raw.forEach((x, i) => {
    assert.equal(answers[i + 1], i === 0 ? '1' : '0', x);
    assert.equal(sm2.doVerifySignature(msg, x, pub, RAW), i === 0, x);
  });
});

test('public keys that are none are refused', async () => {
  const { pub } = newPair();
  const y = BigInt(`0x${pub.slice(66)}`);
  const bad = [
    `04${'00'.repeat(64)}`, // sometimes stands for infinity
    flip(pub, 500), // off the curve
    `05${pub.slice(2)}`,
    `06${pub.slice(2)}`, // hybrid form
    `04${pub.slice(2, 66)}${num(P)}`,
    `04${num(P)}${pub.slice(66)}`,
    pub.slice(2),
    `${pub}00`,
    `02${pub.slice(2, 66)}`,
    '00',
    // the generator of P-256
    '046b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c2964fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5',
  ];
  const inverse = `04${pub.slice(2, 66)}${num(P - y)}`; // another key, and a good one
  const answers = await ask([...bad, inverse, pub.toUpperCase()].map((k) => `public ${k}`));
  assert.deepEqual(answers, [...bad.map(() => 'refused'), inverse, pub]);
});

test('SM2 encryption both ways, altered ciphertexts refused', async () => {
  const lines = [];
  const expected = [];
  const ours = [];
  for (const { d, pub } of times(6, newPair)) {
    lines.push(`private ${pkcs8(d, pub)}`, `public ${pub}`);
    expected.push(pub, pub);
    for (let i = 0; i < 12; i++) {
      // Of one byte in 256 the key stream is zero. GB/T 32918.4 wants another random number then, which sm-crypto does not
      // choose, and OpenSSL refuses the result.
      const msg = some(100, 8);
      const sealed = `04${sm2.doEncrypt(msg, pub, C1C3C2)}`;
      lines.push(`unwrap ${sealed}`, `unwrap ${flip(sealed, randomInt(sealed.length * 4))}`);
      expected.push(hex(msg), 'refused');
      lines.push(`unwrap ${sealed.slice(0, -2)}`, `unwrap ${sealed}00`);
      expected.push('refused', 'refused');
    }
    for (let i = 0; i < 30; i++) {
      const msg = some(100, 1);
      ours.push({ at: lines.length, msg, d });
      lines.push(`wrap ${hex(msg)}`);
      expected.push(null);
    }
  }
  const answers = await ask(lines);
  for (const { at, msg, d } of ours) {
    assert.match(answers[at], /^04/);
    assert.equal(answers[at].length, 2 * (97 + msg.length));
    assert.equal(hex(sm2.doDecrypt(answers[at].slice(2), d, C1C3C2, { output: 'array' })), hex(msg), answers[at]);
    expected[at] = answers[at];
  }
  assert.deepEqual(answers, expected);
});

/** Opens an envelope as docs/envelope.md tells an integrator to. */
function openEnvelope(env, d) {
  const keys = hex(sm2.doDecrypt(unb64(env.key).slice(2), d, C1C3C2, { output: 'array' }));
  assert.equal(keys.length, 64);
  const sealed = unb64(env.iv) + unb64(env.ciphertext);
  assert.equal(sm3([...Buffer.from(sealed, 'hex')], { key: keys.slice(32) }), unb64(env.mac));
  return Buffer.from(
    sm4.decrypt(unb64(env.ciphertext), keys.slice(0, 32), { mode: 'cbc', iv: unb64(env.iv), output: 'array' }),
  );
}

function sealEnvelope(msg, pub) {
  const keys = randomBytes(32);
  const iv = hex(randomBytes(16));
  const ciphertext = sm4.encrypt([...msg], hex(keys.subarray(0, 16)), { mode: 'cbc', iv });
  const mac = sm3([...Buffer.from(iv + ciphertext, 'hex')], { key: hex(keys.subarray(16)) });
  return { key: b64(`04${sm2.doEncrypt(keys, pub, C1C3C2)}`), iv: b64(iv), ciphertext: b64(ciphertext), mac: b64(mac) };
}

const line = (e) => `open ${e.key} ${e.iv} ${e.ciphertext} ${e.mac}`;

test('envelopes both ways; any altered member is refused', async () => {
  const pair = newPair();
  const lines = [`private ${pkcs8(pair.d, pair.pub)}`, `public ${pair.pub}`];
  const expected = [pair.pub, pair.pub];
  for (let i = 0; i < 40; i++) {
    const msg = some(500);
    const env = sealEnvelope(msg, pair.pub);
    lines.push(line(env));
    expected.push(arg(msg));
    for (const member of ['key', 'iv', 'ciphertext', 'mac']) {
      const raw = unb64(env[member]);
      lines.push(line({ ...env, [member]: b64(flip(raw, randomInt(raw.length * 4))) }));
      lines.push(line({ ...env, [member]: b64(raw.slice(2)) }));
      lines.push(line({ ...env, [member]: `${env[member]}=` }));
      expected.push('refused', 'refused', 'refused');
    }
  }
  assert.deepEqual(await ask(lines), expected);

  const messages = times(60, () => some(500));
  const sealed = (await ask([`public ${pair.pub}`, ...messages.map((m) => `seal ${arg(m)}`)])).slice(1);
  messages.forEach((m, i) => {
    const [key, iv, ciphertext, mac] = sealed[i].split(' ');
    assert.equal(hex(openEnvelope({ key, iv, ciphertext, mac }, pair.d)), hex(m));
  });
});

test('the worked example of docs/envelope.md opens with both, and by the code printed there', async () => {
  const { private_key: d, public_key: pub } = worked.receiver;
  assert.equal(sm2.getPublicKeyFromPrivateKey(d), pub);
  const plaintext = Buffer.from(worked.plaintext_text, 'utf8');
  assert.equal(hex(plaintext), worked.plaintext);
  assert.equal(hex(openEnvelope(worked.envelope, d)), worked.plaintext);
  assert.equal(
    hex(sm2.doDecrypt(unb64(worked.envelope.key).slice(2), d, C1C3C2, { output: 'array' })),
    worked.steps.sm4_key + worked.steps.mac_key,
  );
  assert.equal(worked.steps.iv_and_ciphertext, unb64(worked.envelope.iv) + unb64(worked.envelope.ciphertext));
  assert.equal(worked.steps.mac, unb64(worked.envelope.mac));
  const doc = readFileSync(here('../../docs/envelope.md'), 'utf8');
  for (const value of [d, pub, worked.plaintext_text, ...Object.values(worked.envelope), ...Object.values(worked.steps)]) {
    assert.ok(doc.replace(/\s/g, '').includes(value.replace(/\s/g, '')), `docs/envelope.md lacks ${value}`);
  }
  const code = doc.match(/```js\n(.*?)```/s)[1];
  const open = new Function('sm2', 'sm3', 'sm4', 'env', 'd', `${code}; return data;`);
  assert.equal(hex(open(sm2, sm3, sm4, worked.envelope, d)), worked.plaintext);
  const altered = { ...worked.envelope, iv: b64(flip(unb64(worked.envelope.iv), 3)) };
  assert.throws(() => open(sm2, sm3, sm4, altered, d), /altered/);
  const answers = await ask([`private ${pkcs8(d, pub)}`, line(worked.envelope)]);
  assert.deepEqual(answers, [pub, worked.plaintext]);
});
