// The worked vector of docs/signing.md, by sm-crypto and by OpenSSL's own command; the page says the same as the
// vector, and its two programs work: they are taken out of the page and run against a server that is written here.
import assert from 'node:assert/strict';
import { execFile, execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import smCrypto from 'sm-crypto';

const { sm2, sm3 } = smCrypto;
const run = promisify(execFile);
const vector = JSON.parse(readFileSync(new URL('signing.json', import.meta.url), 'utf8'));
const page = readFileSync(new URL('../../docs/signing.md', import.meta.url), 'utf8');
const { app, system, call, addressed, out, receipt, wrong } = vector;

const options = { hash: true, der: true };
const verifies = (text, signature, key) =>
  sm2.doVerifySignature(text, Buffer.from(signature, 'base64').toString('hex'), key.public_point_hex, options);

const PKCS8_HEAD = '308187020100301306072a8648ce3d020106082a811ccf5501822d046d306b0201010420';
const privatePem = (key) => {
  const der = Buffer.from(`${PKCS8_HEAD}${key.private_key_hex}a144034200${key.public_point_hex}`, 'hex');
  return `-----BEGIN PRIVATE KEY-----\n${der.toString('base64').match(/.{1,64}/g).join('\n')}\n-----END PRIVATE KEY-----\n`;
};

let dir;
before(() => {
  dir = mkdtempSync(join(tmpdir(), 'signing-'));
  for (const [name, key] of Object.entries({ app, system })) {
    writeFileSync(join(dir, `${name}.pem`), privatePem(key), { mode: 0o600 });
    writeFileSync(join(dir, `${name}-pub.pem`), key.public_key_pem);
  }
});
after(() => rmSync(dir, { recursive: true }));

function opensslVerifies(text, signature, name) {
  writeFileSync(join(dir, 'text'), text);
  writeFileSync(join(dir, 'sig'), Buffer.from(signature, 'base64'));
  const r = spawnSync('openssl', ['dgst', '-sm3', '-verify', join(dir, `${name}-pub.pem`),
    '-sigopt', `distid:${vector.signer_id}`, '-signature', join(dir, 'sig'), join(dir, 'text')]);
  return r.status === 0;
}

test('keys: the SM3 of their sentence, in every form the same', () => {
  for (const [name, key] of Object.entries({ app, system })) {
    assert.equal(sm3(key.sentence), key.private_key_hex);
    const der = execFileSync('openssl', ['pkey', '-in', join(dir, `${name}.pem`), '-pubout', '-outform', 'DER']);
    assert.equal(der.toString('base64'), key.public_key);
    assert.equal(der.toString('hex').slice(-130), key.public_point_hex);
  }
});

test('call: string, digest and signature', () => {
  assert.equal(execFileSync('openssl', ['dgst', '-sm3', '-r'], { input: call.body }).toString().slice(0, 64), call.body_sm3);
  assert.equal(call.signing_string, ['POST', call.target, call.timestamp, call.nonce, call.body_sm3, ''].join('\n'));
  assert.ok(verifies(call.signing_string, call.signature, app));
  assert.ok(opensslVerifies(call.signing_string, call.signature, 'app'));
});

test('addressee: one line more, and no signature of the one is one of the other', () => {
  assert.equal(addressed.signing_string, `${call.signing_string}${addressed.to}\n`);
  assert.ok(verifies(addressed.signing_string, addressed.signature, app));
  assert.ok(opensslVerifies(addressed.signing_string, addressed.signature, 'app'));
  for (const [text, signature] of [[call.signing_string, addressed.signature], [addressed.signing_string, call.signature],
    [`${call.signing_string}251000001\n`, addressed.signature], [addressed.signing_string.slice(0, -1), addressed.signature]])
    assert.equal(opensslVerifies(text, signature, 'app'), false);
});

test('OUT: string and signature', () => {
  assert.equal(out.signing_string, ['OUT', 'POST', out.url, out.timestamp, out.nonce, sm3(out.body), ''].join('\n'));
  assert.ok(verifies(out.signing_string, out.signature, system));
  assert.ok(opensslVerifies(out.signing_string, out.signature, 'system'));
  assert.equal(opensslVerifies(out.signing_string.slice(4), out.signature, 'system'), false, 'it is no call');
});

test('receipt: string and signature', () => {
  assert.equal(receipt.string, [sm3(call.signing_string), '200', receipt.timestamp, sm3(receipt.answer_body), ''].join('\n'));
  assert.ok(verifies(receipt.string, receipt.signature, system));
  assert.ok(opensslVerifies(receipt.string, receipt.signature, 'system'));
});

test('a changed call or receipt does not verify', () => {
  for (const changed of [call.signing_string.replace('POST', 'GET'), call.signing_string.replace('request', 'decide'),
    call.signing_string.replace('1763791200', '1763791201'), call.signing_string.replace(call.nonce, `${call.nonce}x`),
    call.signing_string.replace(call.body_sm3, sm3('')), call.signing_string.slice(0, -1)]) {
    assert.notEqual(changed, call.signing_string);
    assert.equal(opensslVerifies(changed, call.signature, 'app'), false);
  }
  assert.equal(opensslVerifies(receipt.string.replace('\n200\n', '\n503\n'), receipt.signature, 'system'), false);
  assert.equal(opensslVerifies(receipt.string, receipt.signature, 'app'), false);
});

test('signatures that are well shaped and wrong', () => {
  const shaped = wrong.filter((w) => w.shaped);
  assert.ok(shaped.length >= 5);
  for (const w of shaped) {
    assert.equal(verifies(call.signing_string, w.signature, app), false, w.why);
    assert.equal(opensslVerifies(call.signing_string, w.signature, 'app'), false, w.why);
  }
});

test('docs/signing.md has the vector', () => {
  const indented = (text) => text.trimEnd().split('\n').map((l) => `    ${l}`).join('\n');
  for (const text of [call.signing_string, addressed.signing_string, out.signing_string, receipt.string])
    assert.ok(page.includes(`\n\n${indented(text)}\n\n`), text);
  for (const text of [app.private_key_hex, app.public_key, system.public_key, call.body, call.signature,
    `Authorization: ${call.authorization}`, `Authorization: ${addressed.authorization}`, `Authorization: ${out.authorization}`, receipt.answer_body, `Zwm-System: ${receipt.system}`,
    `Zwm-Timestamp: ${receipt.timestamp}`, `Zwm-Signature: ${receipt.signature}`])
    assert.ok(page.includes(`    ${text}\n`), text);
  assert.ok(page.includes(sm3('')));
});

// A server of the page's rules: refuses what it cannot verify, and signs its answer; `tamper` changes it afterwards.
async function serve(tamper) {
  const seen = [];
  const server = createServer(async (req, res) => {
    const chunks = [];
    for await (const c of req) chunks.push(c);
    const body = Buffer.concat(chunks).toString();
    const part = (name) => req.headers.authorization?.match(new RegExp(`[ ,]${name}="([^"]*)"`))?.[1] ?? '';
    const string = `${req.method}\n${req.url}\n${part('timestamp')}\n${part('nonce')}\n${sm3(body)}\n`;
    const good = req.headers.authorization?.startsWith('ZWM-SM2-SM3 ') && part('app_id') === call.app_id
      && /^[A-Za-z0-9_-]{16,64}$/.test(part('nonce')) && Math.abs(Date.now() / 1000 - Number(part('timestamp'))) < 300
      && req.headers['zwm-receipt'] === 'required' && verifies(string, part('signature'), app);
    const status = good ? 200 : 401;
    const answer = JSON.stringify({ process_response: { result_code: good ? '100' : '102', items: [{ 名称: body }] } });
    const timestamp = String(Math.floor(Date.now() / 1000));
    const signature = sm2.doSignature(`${sm3(string)}\n${status}\n${timestamp}\n${sm3(answer)}\n`, system.private_key_hex, options);
    seen.push({ good, body, url: req.url });
    res.writeHead(status, { 'Zwm-System': receipt.system, 'Zwm-Timestamp': timestamp,
      'Zwm-Signature': Buffer.from(signature, 'hex').toString('base64') });
    res.end(tamper ? answer.replace('items', 'Items') : answer);
  });
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  return { seen, base: `http://127.0.0.1:${server.address().port}`, close: () => server.close() };
}

for (const [language, command, file] of [['sh', 'sh', 'call.sh'], ['js', process.execPath, 'call.mjs']]) {
  test(`docs/signing.md: the ${language} program signs, and checks the receipt`, async () => {
    const source = page.match(new RegExp('\\n```' + language + '\\n([\\s\\S]*?)\\n```\\n'))[1];
    const at = join(dir, file);
    writeFileSync(at, source.replace("from 'sm-crypto'", `from '${import.meta.resolve('sm-crypto')}'`));
    for (const tamper of [false, true]) {
      const server = await serve(tamper);
      const env = { ...process.env, BASE: server.base, APP_ID: call.app_id, KEY: join(dir, 'app.pem'),
        SYSTEM_PUB: join(dir, 'system-pub.pem') };
      const target = `${call.target}?a=b%20c`;
      const result = run(command, [at, target, call.body], { env });
      try {
        if (tamper) {
          await assert.rejects(result);
        } else {
          assert.equal(JSON.parse((await result).stdout).process_response.result_code, '100');
        }
        assert.deepEqual(server.seen, [{ good: true, body: call.body, url: target }]);
      } finally {
        server.close();
      }
    }
  });
}
