// What nginx answers by itself: our document, the right row of the error table, both forms. And the configuration that it
// is given, and what it writes into its log.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import tls from 'node:tls';
import { promisify } from 'node:util';
import { exchange } from './lib/client.mjs';
import { ROOT, System } from './lib/system.mjs';
import { fromXml } from './lib/xml.mjs';

const zwm = System.fromEnvironment();
const run = promisify(execFile);
const { hostname, port } = new URL(zwm.baseUrl);
const ca = readFileSync(process.env.NODE_EXTRA_CA_CERTS);
const agent = new https.Agent({ ca });
after(() => { agent.destroy(); zwm.close(); });

const get = (target, headers = {}, method = 'GET', body = '') =>
  exchange(zwm.baseUrl, { method, target, headers, body: Buffer.from(body) }, agent);

// The answer as bytes for bytes that no HTTP client would send.
function raw(bytes, { minVersion, maxVersion } = {}) {
  return new Promise((resolve, reject) => {
    const parts = [];
    const socket = tls.connect({ host: hostname, port, ca, minVersion, maxVersion }, () => socket.write(bytes));
    socket.on('data', (part) => parts.push(part));
    socket.on('error', (error) => (parts.length ? resolve(Buffer.concat(parts)) : reject(error)));
    socket.on('close', () => resolve(Buffer.concat(parts)));
  });
}

function parse(text) {
  const end = text.indexOf('\r\n\r\n');
  const head = text.slice(0, end);
  return {
    status: Number(head.split(' ')[1]),
    headers: { 'content-type': /content-type: (.*)/i.exec(head)[1].trim() },
    body: Buffer.from(text.slice(end + 4)),
  };
}

function expectRow(answer, status, code) {
  assert.equal(answer.status, status, answer.body.toString().slice(0, 200));
  let document;
  if (/^application\/xml/.test(answer.headers['content-type'])) {
    const { name, value } = fromXml(answer.body.toString());
    document = { [name]: { ...value, items: [] } };
  } else {
    assert.equal(answer.headers['content-type'], 'application/json');
    document = JSON.parse(answer.body);
  }
  const { date, request_id: id, error_msg: message, ...rest } = document.process_response;
  assert.deepEqual(rest, { result_code: '102', error_code: code, items: [] });
  assert.match(message, /\p{Script=Han}/u);
  assert.match(id, /^[0-9a-f]{32}$/);
  return date;
}

const chinaToday = () => new Intl.DateTimeFormat('sv-SE', { timeZone: 'Asia/Shanghai' }).format(new Date());

test('1008 and its date, in China standard time', async () => {
  const before = chinaToday();
  const date = expectRow(await get('/api/v1/no/such'), 404, '1008');
  assert.ok([before, chinaToday()].includes(date), `${date} is not today in China`);
});

test('1008: what is near an interface is none', async (t) => {
  for (const target of ['/api', '/api/', '/api/v1/code/issue/', '/api/v1/code/Issue', '/service/sample', '/service/',
    '/.zwm/json/9003', '/healthz', '/metrics', '/ready/issue', '/nginx.conf']) {
    await t.test(target, async () => { expectRow(await get(target), 404, '1008'); });
  }
});

test('the form is the one Accept names, else the one of the request', async (t) => {
  const rows = [
    [{}, 'application/json'],
    [{ 'Content-Type': 'application/xml' }, 'application/xml; charset=utf-8'],
    [{ 'Content-Type': 'Application/XML;charset=UTF-8' }, 'application/xml; charset=utf-8'],
    [{ 'Content-Type': 'application/xmlish' }, 'application/json'],
    [{ 'Content-Type': 'text/plain' }, 'application/json'],
    [{ Accept: 'application/xml' }, 'application/xml; charset=utf-8'],
    [{ Accept: 'application/xml', 'Content-Type': 'application/json' }, 'application/xml; charset=utf-8'],
    [{ Accept: 'application/json', 'Content-Type': 'application/xml' }, 'application/json'],
    [{ Accept: '*/*', 'Content-Type': 'application/xml' }, 'application/xml; charset=utf-8'],
  ];
  for (const [headers, type] of rows) {
    await t.test(JSON.stringify(headers), async () => {
      const answer = await get('/api/v1/no/such', headers, 'POST', 'x');
      assert.equal(answer.headers['content-type'], type);
      expectRow(answer, 404, '1008');
    });
  }
});

test('1005: a body of more than 1 MiB, a long target, long headers', async (t) => {
  const verify = '/api/v1/code/verify';
  await t.test('body', async () => expectRow(await get(verify, { 'Content-Length': 1100000, Connection: 'close' }, 'POST', 'x'.repeat(1100000)), 413, '1005'));
  await t.test('target', async () => expectRow(await get(`${verify}?${'a'.repeat(9000)}`), 413, '1005'));
  await t.test('header', async () => expectRow(await get(verify, { 'X-Long': 'a'.repeat(12000) }), 413, '1005'));
  await t.test('headers', async () => {
    const many = Object.fromEntries(Array.from({ length: 10 }, (_, i) => [`X-${i}`, 'a'.repeat(7000)]));
    expectRow(await get(verify, many), 413, '1005');
  });
});

test('1001: what is no HTTP', async (t) => {
  const rows = {
    'no Host': 'GET /api/x HTTP/1.1\r\n\r\n',
    'no version': 'GET /api/x HTTP/banana\r\nHost: a\r\n\r\n',
    'two lengths': 'POST /api/x HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nx',
    'a length that is none': 'POST /api/v1/code/issue HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\nx',
    'an unknown transfer encoding': 'POST /api/v1/code/issue HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: rot13\r\n\r\nx',
    'a target above the root': 'GET /%2e%2e/zwm.conf HTTP/1.1\r\nHost: a\r\n\r\n',
    'HTTP/3.0': 'GET /api/x HTTP/3.0\r\nHost: a\r\n\r\n',
  };
  for (const [name, bytes] of Object.entries(rows)) {
    await t.test(name, async () => expectRow(parse((await raw(bytes)).toString()), 400, '1001'));
  }
});

test('1001: plain HTTP on the HTTPS port', async () => {
  const answer = await new Promise((resolve, reject) => {
    http.get({ host: hostname, port, path: '/api/x', agent: false }, (response) => {
      const parts = [];
      response.on('data', (part) => parts.push(part));
      response.on('end', () => resolve({ status: response.statusCode, headers: response.headers, body: Buffer.concat(parts) }));
    }).on('error', reject);
  });
  expectRow(answer, 400, '1001');
});

test('TLS 1.2 and 1.3 are spoken, 1.1 is not', async () => {
  const ask = 'GET /api/x HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n';
  for (const version of ['TLSv1.2', 'TLSv1.3']) {
    expectRow(parse((await raw(ask, { minVersion: version, maxVersion: version })).toString()), 404, '1008');
  }
  await assert.rejects(raw(ask, { minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1' }));
});

test('every answer carries the transport headers once', async () => {
  for (const target of ['/api/v1/no/such', '/api/v1/code/verify', '/no-page']) {
    const { headers } = await get(target);
    assert.equal(headers['strict-transport-security'], 'max-age=31536000', target);
    assert.equal(headers['x-content-type-options'], 'nosniff', target);
    assert.equal(headers.server, 'nginx', target);
  }
});

test('the access log has neither query strings nor file handles', async () => {
  const secret = `S${'x'.repeat(20)}${Date.now()}`;
  await get(`/api/v1/data/file/${secret}?${secret}`);
  await get(`/api/v1/code/verify?a=${secret}`);
  await get(`/api/v1/${secret}/verify`);
  await get(`/some/page?${secret}`);
  await get('/last/page-of-this-test');
  const log = path.join(zwm.setting('log_dir', path.join(zwm.varDir, 'log')), 'access.log');
  let text = '';
  for (let tries = 0; tries < 100 && !text.includes('page-of-this-test'); tries++) {
    await new Promise((done) => setTimeout(done, 50)); // it is written out once a second
    text = readFileSync(log, 'utf8');
  }
  assert.ok(text.includes('"path":"/last/page-of-this-test"'));
  assert.ok(text.includes('"path":"/api/v1/data/file/"'));
  assert.ok(!text.includes(secret));
  for (const line of text.trimEnd().split('\n')) JSON.parse(line);
  assert.ok(!readFileSync(path.join(path.dirname(log), 'nginx.log'), 'utf8').includes(secret));
});

// --- zwm config ---

// `zwm config ...` on a copy of the settings with some changed.
async function config(changes, ...args) {
  const dir = mkdtempSync(path.join(tmpdir(), 'zwm-config-'));
  try {
    copyFileSync(path.join(zwm.varDir, 'zwm.conf'), path.join(dir, 'zwm.conf'));
    writeFileSync(path.join(dir, 'zwm.conf'), changes.map((line) => `${line}\n`).join(''), { flag: 'a' });
    const done = run(path.join(zwm.binDir, 'zwm'), ['config', ...args], { env: { ...zwm.env, ZWM_VAR: dir }, cwd: ROOT });
    return await done.then(({ stdout }) => ({ code: 0, stdout }), ({ code, stdout, stderr }) => ({ code, stdout, stderr }));
  } finally {
    rmSync(dir, { recursive: true });
  }
}

test('zwm config refuses what it does not know', async (t) => {
  const rows = [
    [['no_such = 1'], ['show'], 1, /unknown setting `no_such`/],
    [['threads = many'], ['show'], 1, /threads must be a whole number/],
    [['threads = 65'], ['show'], 1, /from 1 to 64/],
    [['run_dir = /tmp/a"b'], ['nginx'], 1, /run_dir/],
    [['log_dir = /tmp/$host'], ['nginx'], 1, /log_dir/],
    [[], ['get', 'no_such'], 1, /no setting `no_such`/],
    [[], ['get'], 2, /which setting/],
    [[], ['nginx', 'more'], 2, /too many/],
    [[], ['show', '--no-such'], 2, /no option --no-such/],
    [[], ['show', '--markdown=1'], 2, /takes no value/],
    [[], [], 2, /show, get or nginx/],
    [[], ['bake'], 2, /bake/],
  ];
  for (const [changes, args, code, says] of rows) {
    await t.test(`${changes} ${args.join(' ')}`, async () => {
      const result = await config(changes, ...args);
      assert.equal(result.code, code);
      assert.match(result.stderr, says);
    });
  }
});

test('zwm config get and show agree', async () => {
  const all = JSON.parse((await config([], 'show', '--json')).stdout);
  assert.equal(all.listen_port, Number(port));
  assert.equal((await config([], 'get', 'listen_port')).stdout, `${port}\n`);
  assert.deepEqual(JSON.parse((await config([], 'get', 'threads', '--json')).stdout), { threads: String(all.threads) });
  assert.match((await config([], 'show', '--markdown')).stdout, /^\| setting \| default \| bounds \| meaning \|\n\| --- /);
});
