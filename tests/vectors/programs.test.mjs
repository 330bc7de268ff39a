// The programs of docs/envelope.md and docs/sdk.md, taken out of the pages and run: against the vectors, and against a code system of
// the pages' rules that is written here with sm-crypto. The C ones are built against the SDK as `make install-sdk` installs it.
import assert from 'node:assert/strict';
import { execFile, execFileSync, spawn, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import smCrypto from 'sm-crypto';

const { sm2, sm3 } = smCrypto;
const run = promisify(execFile);
const root = fileURLToPath(new URL('../../', import.meta.url));
const read = (name) => readFileSync(root + name, 'utf8');
const vectors = JSON.parse(read('tests/vectors/sdk.json'));
const worked = JSON.parse(read('tests/vectors/envelope.json'));
const { app, system, to } = vectors;
const BCPROV = '/usr/share/java/bcprov.jar';
const hasJava = !spawnSync('java', ['-version']).error && existsSync(BCPROV);
const python = existsSync('/usr/bin/python3') ? '/usr/bin/python3' : 'python3'; // Debian's, which has Debian's packages

// The n-th program of a page in this language.
const program = (page, language, n = 0) => [...read(page).matchAll(new RegExp(`\n\`\`\`${language}\n([\\s\\S]*?)\n\`\`\`\n`, 'g'))][n][1];

const PKCS8_HEAD = '308187020100301306072a8648ce3d020106082a811ccf5501822d046d306b0201010420';
const pem = (d, point) => `-----BEGIN PRIVATE KEY-----\n${Buffer.from(`${PKCS8_HEAD}${d}a144034200${point}`, 'hex').toString('base64')
  .match(/.{1,64}/g).join('\n')}\n-----END PRIVATE KEY-----\n`;

let dir;
before(() => {
  dir = mkdtempSync(join(tmpdir(), 'programs-'));
  writeFileSync(join(dir, 'receiver.pem'), pem(worked.receiver.private_key, worked.receiver.public_key), { mode: 0o600 });
  writeFileSync(join(dir, 'receiver.hex'), `${worked.receiver.private_key}\n`, { mode: 0o600 });
  writeFileSync(join(dir, 'app.pem'), pem(app.private_key_hex, app.public_point_hex), { mode: 0o600 });
  writeFileSync(join(dir, 'other.hex'), `${app.private_key_hex}\n`, { mode: 0o600 });
});
after(() => rmSync(dir, { recursive: true }));
const write = (name, text) => {
  writeFileSync(join(dir, name), text);
  return join(dir, name);
};

// --- docs/envelope.md ---

// Of the refused vectors those that a program sees at once; a process for each, so not all of them.
const flip = (text) => {
  const bytes = Buffer.from(text, 'base64');
  bytes[bytes.length - 1] ^= 1;
  return bytes.toString('base64');
};
const altered = ['key', 'iv', 'ciphertext', 'mac'].flatMap((name) => [
  [`${name} altered`, { ...worked.envelope, [name]: flip(worked.envelope[name]) }],
  [`${name} cut`, { ...worked.envelope, [name]: worked.envelope[name].slice(0, -8) }],
  [`${name} empty`, { ...worked.envelope, [name]: '' }],
]);
for (const why of ['mac: under all 32 bytes', 'key: C1 C2 C3, the old order', 'key: C1 of zeros', 'padding of 17 under a right mac'])
  altered.push([why, vectors.open.find((c) => c.why === why).envelope]);

function folder(envelope) {
  const at = mkdtempSync(join(dir, 'envelope-'));
  for (const [name, value] of Object.entries(envelope)) writeFileSync(join(at, name), `${value}\n`);
  return at;
}
const answer = (envelope) => JSON.stringify({ process_response: { result_code: '100', items: [{ class: 'x', envelope }] } });

const openers = {
  sh: { there: true, key: ['receiver.pem', 'app.pem'], file: 'open.sh',
    run: (file, key, envelope) => spawnSync('sh', [file, key, folder(envelope)]) },
  python: { there: !spawnSync(python, ['-c', 'import cryptography']).status, key: ['receiver.pem', 'app.pem'], file: 'open.py',
    run: (file, key, envelope) => spawnSync(python, [file, key], { input: answer(envelope) }) },
  java: { there: hasJava, key: ['receiver.hex', 'other.hex'], file: 'Open.java',
    run: (file, key, envelope) => spawnSync('java', ['-cp', `${BCPROV}:${dir}/recipe`, 'Open', key, folder(envelope)]) },
};
for (const [language, o] of Object.entries(openers)) {
  test(`docs/envelope.md: the ${language} program opens envelopes and refuses altered ones`, { skip: o.there ? false : 'not installed' }, () => {
    const file = write(o.file, program('docs/envelope.md', language));
    if (language === 'java') {
      execFileSync('javac', ['-Xlint:-path', '-cp', BCPROV, '-d', join(dir, 'recipe'), file]);
      const whole = spawnSync('java', ['-cp', BCPROV, file, join(dir, 'receiver.hex'), folder(worked.envelope)]); // as the page says it
      assert.equal(whole.stdout.toString('hex'), worked.plaintext, whole.stderr.toString());
    }
    const key = join(dir, o.key[0]);
    const good = vectors.open.filter((c) => !c.refused);
    for (const c of good) {
      const r = o.run(file, key, c.envelope);
      assert.equal(r.status, 0, `${c.why}: ${r.stderr}`);
      assert.equal(r.stdout.toString('hex'), c.plaintext_hex, c.why);
    }
    for (const [why, envelope] of altered) {
      const r = o.run(file, key, envelope);
      assert.notEqual(r.status, 0, why);
      assert.equal(r.stdout.length, 0, why);
    }
    const other = o.run(file, join(dir, o.key[1]), worked.envelope);
    assert.notEqual(other.status, 0);
    assert.equal(other.stdout.length, 0);
  });
}

// --- docs/sdk.md: a code system for the clients ---

const options = { hash: true, der: true };
const sign = (text) => Buffer.from(sm2.doSignature(text, system.private_key_hex, options), 'hex').toString('base64');

// Refuses what it cannot verify or what is not addressed to it. `tamper` changes the answer behind its receipt.
async function serve(tamper, items) {
  const seen = [];
  const server = createServer(async (req, res) => {
    const chunks = [];
    for await (const c of req) chunks.push(c);
    const body = Buffer.concat(chunks).toString();
    const part = (name) => req.headers.authorization?.match(new RegExp(`[ ,]${name}="([^"]*)"`))?.[1] ?? '';
    const string = `${req.method}\n${req.url}\n${part('timestamp')}\n${part('nonce')}\n${sm3(body)}\n${part('to')}\n`;
    const good = req.headers.authorization?.startsWith('ZWM-SM2-SM3 ') && part('app_id') === to.app_id && part('to') === to.to
      && /^[A-Za-z0-9_-]{16,64}$/.test(part('nonce')) && Math.abs(Date.now() / 1000 - Number(part('timestamp'))) < 300
      && req.headers['zwm-receipt'] === 'required' && req.headers['content-type'] === 'application/json'
      && sm2.doVerifySignature(string, Buffer.from(part('signature'), 'base64').toString('hex'), app.public_point_hex, options);
    seen.push({ good, url: req.url, body });
    const status = good ? 200 : 401;
    const text = JSON.stringify({ process_response: { result_code: good ? '100' : '102', error_code: good ? '' : '2001', 名称: '示例', items } });
    const timestamp = String(Math.floor(Date.now() / 1000));
    res.writeHead(status, { 'Zwm-System': to.to, 'Zwm-Timestamp': timestamp,
      ...(tamper === 'no receipt' ? {} : { 'Zwm-Signature': sign(`${sm3(string)}\n${status}\n${timestamp}\n${sm3(text)}\n`) }) });
    res.end(tamper === 'answer' ? text.replace('示例', '例示') : text);
  });
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  return { seen, base: `http://127.0.0.1:${server.address().port}`, close: () => server.close() };
}

// Runs the client against an honest code system, one that alters its answer, one without receipts, and with another app's name.
async function tryClient(command, args, { expect, url, more = {}, items = [] }) {
  for (const tamper of [null, 'answer', 'no receipt', 'app']) {
    const server = await serve(tamper, items);
    const env = { ...process.env, BASE: server.base, APP_ID: tamper === 'app' ? 'A0002' : to.app_id, KEY: join(dir, 'app.pem'),
      SYSTEM: to.to, SYSTEM_KEY: system.public_key, ...more };
    try {
      const result = run(command, args, { env }).then((r) => r.stdout, (e) => e);
      const said = await result;
      assert.deepEqual(server.seen.map((s) => [s.good, s.url]), [[tamper !== 'app', url]], `${tamper} ${said.stderr ?? ''}`);
      expect(said, tamper, server.seen[0].body);
    } finally {
      server.close();
    }
  }
}

// What was sealed for the app: the worked example's bytes, sealed anew by sm-crypto.
function sealedForApp() {
  const { sm4 } = smCrypto;
  const keys = sm3('keys of an envelope in a test');
  const iv = sm3('iv').slice(0, 32);
  const ciphertext = sm4.encrypt(Buffer.from(worked.plaintext, 'hex'), keys.slice(0, 32), { mode: 'cbc', iv });
  const mac = sm3([...Buffer.from(iv + ciphertext, 'hex')], { key: keys.slice(32) });
  const key = `04${sm2.doEncrypt([...Buffer.from(keys, 'hex')], app.public_point_hex, 1)}`;
  return Object.fromEntries(Object.entries({ key, iv, ciphertext, mac }).map(([n, hex]) => [n, Buffer.from(hex, 'hex').toString('base64')]));
}

function installJs() {
  cpSync(`${root}build/www/sdk`, dir, { recursive: true });
}

test('docs/sdk.md: pickup.mjs fetches and opens', async () => {
  installJs();
  const file = write('pickup.mjs', program('docs/sdk.md', 'js', 0));
  await tryClient(process.execPath, [file], { url: '/api/v1/data/pickup', more: { TICKET: '223010001.x' }, items: [{ envelope: sealedForApp() }],
    expect: (said, tamper, body) => {
      assert.deepEqual(JSON.parse(body), { ticket: '223010001.x', class: 'license.business', as: 'data' });
      if (tamper === null) assert.equal(said, `${worked.plaintext_text}\n`);
      else assert.match(said.stderr, { answer: /SIGNATURE/, 'no receipt': /HEADER/, app: /2001/ }[tamper]);
    } });
});

// The same modules in a browser, under a policy that allows scripts of this origin alone.
const chromium = ['/usr/bin/chromium', '/usr/bin/chromium-browser'].find(existsSync);
test('the JavaScript SDK in a browser', { skip: chromium ? false : 'no Chromium' }, async () => {
  const { chromium: browsers } = await import('playwright-core');
  const types = { '.js': 'text/javascript', '.html': 'text/html; charset=utf-8' };
  const server = createServer((req, res) => {
    const file = req.url === '/' ? null : `${root}build/www${req.url}`;
    if (file && !existsSync(file)) return res.writeHead(404).end();
    res.writeHead(200, { 'Content-Type': types[req.url.slice(req.url.lastIndexOf('.'))] ?? types['.html'],
      'Content-Security-Policy': "default-src 'none'; script-src 'self'; require-trusted-types-for 'script'" });
    res.end(file ? readFileSync(file) : '<!doctype html><title>t</title>');
  });
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  const browser = await browsers.launch({ executablePath: chromium, args: ['--no-sandbox'] });
  try {
    const page = await browser.newPage();
    const wrong = [];
    page.on('console', (m) => wrong.push(m.text()));
    page.on('pageerror', (e) => wrong.push(String(e)));
    await page.goto(`http://127.0.0.1:${server.address().port}/`);
    const made = await page.evaluate(async ([envelope, d, bad]) => {
      const sdk = await import('/sdk/zwm-sdk.js');
      const { privateKey } = sdk.makeKeyPair();
      const { signingString, authorization } = sdk.signCall({ privateKey, appId: 'A0001', target: '/x', body: '例', to: '223010001' });
      const refused = bad.map((e) => { try { return sdk.openEnvelope(e, d); } catch (x) { return x.code; } });
      return { text: new TextDecoder().decode(sdk.openEnvelope(envelope, d)), refused, signingString, authorization, publicKey: sdk.publicKeyOf(privateKey) };
    }, [worked.envelope, worked.receiver.private_key, altered.map(([, e]) => e)]);
    assert.equal(made.text, worked.plaintext_text);
    assert.deepEqual(made.refused, altered.map(() => 'ENVELOPE'));
    const signature = Buffer.from(made.authorization.match(/signature="(.*)"/)[1], 'base64').toString('hex');
    assert.ok(sm2.doVerifySignature(made.signingString, signature, Buffer.from(made.publicKey, 'base64').toString('hex').slice(-130), options));
    assert.deepEqual(wrong, []);
  } finally {
    await browser.close();
    server.close();
  }
});

test('docs/sdk.md: receiver.mjs takes a call of a code system once', async () => {
  installJs();
  const file = write('receiver.mjs', program('docs/sdk.md', 'js', 1));
  const probe = createServer();
  await new Promise((done) => probe.listen(0, '127.0.0.1', done));
  const { port } = probe.address();
  await new Promise((done) => probe.close(done));
  const base = `http://127.0.0.1:${port}`;
  const child = spawn(process.execPath, [file], { stdio: 'inherit',
    env: { ...process.env, ADDRESS: 'https://portal.example', PORT: String(port), SYSTEM: to.to, SYSTEM_KEY: system.public_key } });
  try {
    for (let i = 0; i < 100; i++) {
      if (await fetch(base).then(() => true, () => false)) break;
      await new Promise((done) => setTimeout(done, 50)); // until it listens
    }
    const body = '{"event":"used"}';
    const headers = (nonce, url = 'https://portal.example/zwm/callback?case=7') => {
      const timestamp = Math.floor(Date.now() / 1000);
      const signature = sign(`OUT\nPOST\n${url}\n${timestamp}\n${nonce}\n${sm3(body)}\n`);
      return { Authorization: `ZWM-SM2-SM3-OUT app_id="${to.to}",timestamp="${timestamp}",nonce="${nonce}",signature="${signature}"` };
    };
    const post = async (h, b = body) => (await fetch(`${base}/zwm/callback?case=7`, { method: 'POST', body: b, headers: h })).status;
    const first = headers('nonce-0000000000001');
    assert.equal(await post(first), 204);
    assert.equal(await post(first), 401, 'a second time');
    assert.equal(await post(headers('nonce-0000000000001')), 401, 'its nonce');
    assert.equal(await post(headers('nonce-0000000000002'), '{}'), 401, 'another body');
    assert.equal(await post(headers('nonce-0000000000003', `${base}/zwm/callback?case=7`)), 401, 'another address');
    assert.equal(await post({}), 401, 'no header');
    assert.equal(await post(headers('nonce-0000000000004')), 204);
  } finally {
    child.kill();
  }
});

test('docs/sdk.md: Verify.java calls and checks the receipt', { skip: hasJava ? false : 'no JDK or no Bouncy Castle' }, async () => {
  const file = write('Verify.java', program('docs/sdk.md', 'java'));
  const classes = join(dir, 'java');
  execFileSync('javac', ['-encoding', 'UTF-8', '-Xlint:-path', '-cp', BCPROV, '-d', classes, `${root}www/sdk/java/ZwmSdk.java`, file]);
  await tryClient('java', ['-cp', `${BCPROV}:${classes}`, 'Verify'], { url: '/api/v1/code/verify', more: { CODE: 'ABC' },
    expect: (said, tamper, body) => {
      assert.deepEqual(JSON.parse(body), { code: 'ABC', purpose: '核验企业资质', device_id: 'gate-1' });
      if (tamper === null) assert.match(said, /^200 signed by 223010001\n.*"名称":"示例"/);
      else if (tamper === 'app') assert.match(said, /^401 signed by 223010001\n.*"2001"/);
      else assert.match(said.stderr, { answer: /the signature does not verify/, 'no receipt': /no receipt/ }[tamper]);
    } });
});

// --- the C SDK as it is installed ---

let prefix;
function installC() {
  if (prefix) return;
  prefix = join(dir, 'usr');
  mkdirSync(prefix);
  const { MAKEFLAGS, MAKELEVEL, ...env } = process.env; // this can run below a make of its own
  execFileSync('make', ['-s', '-C', root, 'install-sdk', `PREFIX=${prefix}`], { env, stdio: ['ignore', 'ignore', 'inherit'] });
}
const pkgConfig = (...args) => execFileSync('pkg-config', args, { encoding: 'utf8', env: { ...process.env, PKG_CONFIG_PATH: `${prefix}/lib/pkgconfig` } })
  .trim().split(/\s+/);
const cc = (out, source, ...flags) => execFileSync('cc', ['-std=gnu11', '-Wall', '-Wextra', '-Werror', '-o', join(dir, out), source, ...flags], { stdio: ['ignore', 'inherit', 'inherit'] });

test('docs/sdk.md: client.c calls and checks the receipt', async () => {
  installC();
  cc('client', write('client.c', program('docs/sdk.md', 'c', 0)), ...pkgConfig('--cflags', '--libs', 'zwm-sdk', 'libcurl'));
  const body = '{"purpose":"核验","xxlb":["license.business"]}';
  await tryClient(join(dir, 'client'), ['/api/v1/code/verify?a=b%20c', body], { url: '/api/v1/code/verify?a=b%20c', more: { LD_LIBRARY_PATH: `${prefix}/lib` },
    expect: (said, tamper, got) => {
      assert.equal(got, body);
      if (tamper === null) assert.equal(JSON.parse(said).process_response.result_code, '100');
      else if (tamper === 'app') assert.equal(JSON.parse(said).process_response.error_code, '2001');
      else assert.match(said.stderr, { answer: /^SIGNATURE: /, 'no receipt': /^HEADER: / }[tamper]);
    } });
});

test('docs/sdk.md: open.c opens envelopes, linked with the shared and with the static library', () => {
  installC();
  const source = write('open.c', program('docs/sdk.md', 'c', 1));
  cc('open-shared', source, ...pkgConfig('--cflags', '--libs', 'zwm-sdk'));
  // A program may have functions with the names that we use inside.
  const clash = write('clash.c', 'int sm3(void);\nint sm3(void) { return 1; }\nvoid buf_put(void);\nvoid buf_put(void) {}\n');
  cc('open-static', source, clash, ...pkgConfig('--cflags', 'zwm-sdk'), `${prefix}/lib/libzwm-sdk.a`, '-lcrypto', '-lpthread');
  for (const name of ['open-shared', 'open-static']) {
    const open = (env) => spawnSync(join(dir, name), ['key', 'iv', 'ciphertext', 'mac'].map((m) => env[m]),
      { input: readFileSync(join(dir, 'receiver.pem')), env: { ...process.env, LD_LIBRARY_PATH: `${prefix}/lib` } });
    assert.equal(open(worked.envelope).stdout.toString(), worked.plaintext_text);
    for (const [why, envelope] of altered) {
      const r = open(envelope);
      assert.equal(r.status, 1, why);
      assert.equal(r.stdout.length, 0, why);
      assert.match(r.stderr.toString(), /does not open/);
    }
  }
});

test('the installed library: its names, what it needs, a header for C++ too', () => {
  installC();
  const names = (...args) => execFileSync('nm', args, { encoding: 'utf8' }).split('\n').filter((l) => / [TDBRV] /.test(l)).map((l) => l.split(' ').pop());
  const declared = [...readFileSync(`${prefix}/include/zwm/sdk.h`, 'utf8').replace(/\/\*[\s\S]*?\*\//g, '').matchAll(/\b(zwm_[a-z_]+)\(/g)].map((m) => m[1]).sort();
  assert.ok(declared.length > 15);
  assert.deepEqual(names('-D', '--defined-only', `${prefix}/lib/libzwm-sdk.so`).sort(), declared);
  assert.deepEqual(names('-g', '--defined-only', `${prefix}/lib/libzwm-sdk.a`).sort(), declared);
  const needed = [...execFileSync('objdump', ['-p', `${prefix}/lib/libzwm-sdk.so`], { encoding: 'utf8' }).matchAll(/NEEDED +(\S+)/g)].map((m) => m[1]);
  assert.deepEqual(needed.filter((n) => !/^(libc\.so|libcrypto\.so|libpthread\.so|ld-linux)/.test(n)), []);
  const cpp = write('header.cc', '#include <zwm/sdk.h>\nint main() { return zwm_error_text(ZWM_OK) == nullptr; }\n');
  execFileSync('clang', ['-x', 'c++', '-std=c++11', '-Wall', '-Wextra', '-Werror', '-fsyntax-only', `-I${prefix}/include`, cpp]);
});
