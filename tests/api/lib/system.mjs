// The system under test: where it is, its operator's command, its clock, and apps registered for a test file.
import assert from 'node:assert/strict';
import { execFile, execFileSync } from 'node:child_process';
import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { randomBytes } from 'node:crypto';
import { Client, keyProof, newKey, publicKeyFromSpki, publicKeyPem } from './client.mjs';
import { HTTP_STATUS } from './errors.mjs';
import { newUscc, person, scanner } from './people.mjs';
import { fromXml, toXml } from './xml.mjs';

const run = promisify(execFile);

// The project's directory.
export const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

export class System {
  constructor({ varDir, baseUrl, binDir, ca, env = {} }) {
    Object.assign(this, { varDir, baseUrl, binDir, ca });
    this.env = { ...process.env, ...env, ZWM_VAR: varDir, ZWM_BIN_DIR: binDir };
    this.tag = randomBytes(3).toString('hex');
    this.clients = [];
  }

  static fromEnvironment() {
    const { ZWM_VAR, ZWM_BASE_URL, ZWM_BIN } = process.env;
    if (!ZWM_VAR || !ZWM_BASE_URL || !ZWM_BIN) {
      throw new Error('these tests want a running system: ZWM_VAR, ZWM_BASE_URL and ZWM_BIN (make api sets them)');
    }
    return new System({ varDir: path.resolve(ZWM_VAR), baseUrl: ZWM_BASE_URL, binDir: path.resolve(ZWM_BIN) });
  }

  // --- the operator's command ---
  async zwm(...args) {
    const { stdout } = await run(path.join(this.binDir, 'zwm'), args, { env: this.env, cwd: ROOT });
    return stdout;
  }

  // The same whatever comes of it: {code, stdout, stderr}.
  async tried(...args) {
    try {
      const { stdout, stderr } = await run(path.join(this.binDir, 'zwm'), args, { env: this.env, cwd: ROOT });
      return { code: 0, stdout, stderr };
    } catch (e) {
      return { code: e.code, stdout: e.stdout, stderr: e.stderr };
    }
  }

  // Gives an app another key, at once.
  async rekey(appId, key, ...options) {
    const { system } = await this.identity();
    const dir = mkdtempSync(path.join(tmpdir(), 'zwm-proof-'));
    try {
      const file = path.join(dir, 'proof.json');
      writeFileSync(file, keyProof(key, appId, { at: this.now(), to: system }));
      await this.zwm('app', 'key', appId, '--proof', file, ...options);
    } finally {
      rmSync(dir, { recursive: true });
    }
  }

  async zwmJson(...args) {
    return JSON.parse(await this.zwm(...args, '--json'));
  }

  setting(name, otherwise) {
    const found = readFileSync(path.join(this.varDir, 'zwm.conf'), 'utf8').match(new RegExp(`^\\s*${name}\\s*=\\s*(.*?)\\s*$`, 'm'));
    return found?.[1] || otherwise;
  }

  async identity() {
    this.identityCache ??= await this.zwmJson('key', 'show').then(({ system, public_key }) => ({
      system, publicKey: publicKeyFromSpki(public_key),
    }));
    return this.identityCache;
  }

  // The system's own private key, opened with OpenSSL's command: lets a test make codes that are well signed yet false.
  systemKey() {
    const keys = this.setting('keys_dir', path.join(this.varDir, 'keys'));
    const text = execFileSync('openssl', ['pkey', '-in', path.join(keys, 'system.key'), '-passin',
      `file:${path.join(keys, 'passphrase')}`, '-noout', '-text']).toString();
    const hex = (name) => text.match(new RegExp(`${name}:\\s*((?:[0-9a-f:]|\\s)+)`))[1].replace(/[\s:]/g, '');
    return { privateKey: hex('priv').slice(-64).padStart(64, '0'), publicKey: hex('pub') };
  }

  async classes() {
    this.classesCache ??= (await this.zwmJson('class', 'list')).items;
    return this.classesCache;
  }

  // --- the clock: 8 bytes, native int64, seconds; written in place because the responders have it mapped ---
  get clockFile() { return this.setting('clock_offset_file', '') || null; }

  offset() {
    const file = this.clockFile;
    return file && existsSync(file) ? Number(readFileSync(file).readBigInt64LE(0)) : 0;
  }

  setOffset(seconds) {
    assert.ok(this.clockFile, 'the instance has no clock_offset_file');
    const bytes = Buffer.alloc(8);
    bytes.writeBigInt64LE(BigInt(seconds));
    const fd = openSync(this.clockFile, 'r+');
    writeSync(fd, bytes, 0, 8, 0);
    closeSync(fd);
  }

  now() { return Math.floor(Date.now() / 1000) + this.offset(); }

  // Runs `at` with the server's clock standing on `second`, and again where that second passed meanwhile. `make` is run
  // anew each time and gives what `at` gets (a fresh code); it returns {second} among the rest.
  async atSecond(make, at) {
    const before = this.offset();
    try {
      for (let tries = 0; tries < 5; tries++) {
        this.setOffset(before);
        const made = await make();
        const real = Math.floor(Date.now() / 1000);
        this.setOffset(made.second - real);
        const result = await at(made);
        if (Math.floor(Date.now() / 1000) === real) return result;
      }
      throw new Error('no call was answered within one second');
    } finally {
      this.setOffset(before);
    }
  }

  // The server's clock `seconds` ahead while `body` runs.
  async shifted(seconds, body) {
    const before = this.offset();
    this.setOffset(before + seconds);
    try {
      return await body();
    } finally {
      this.setOffset(before);
    }
  }

  // --- apps ---
  // Registers an app under a name that is new in this run. `extra`: further options of `zwm app add`.
  async app(kind, name, { allowList, channel, uscc = newUscc(), extra = [], appId = `T-${name}-${this.tag}` } = {}) {
    const key = newKey();
    const args = ['app', 'add', '--app-id', appId, '--kind', kind, '--name', `测试${name}`, '--uscc', uscc];
    if (channel) args.push('--channel', channel);
    if (allowList) args.push('--allow-list', allowList);
    await withKeyFile(key, (file) => this.zwm(...args, '--public-key', file, ...extra));
    const client = this.client(appId, allowList ? null : key);
    return Object.assign(client, { uscc, ownKey: key });
  }

  client(appId, key, options = {}) {
    const client = new Client({ baseUrl: this.baseUrl, appId, key, now: () => this.now(), ca: this.ca, ...options });
    this.clients.push(client);
    return client;
  }

  // A change to an app is in force within one second in every process: the contract, so the wait.
  inForce() { return wait(1000); }

  close() {
    for (const client of this.clients) client.close();
  }
}

export async function withKeyFile(key, body) {
  const dir = mkdtempSync(path.join(tmpdir(), 'zwm-key-'));
  try {
    const file = path.join(dir, 'public.pem');
    writeFileSync(file, publicKeyPem(key.publicKey));
    return await body(file);
  } finally {
    rmSync(dir, { recursive: true });
  }
}

// Asks again and again until `check` gives something; a failure names `what`.
export async function until(what, check, { seconds = 20 } = {}) {
  const end = performance.now() + seconds * 1000;
  for (;;) {
    const value = await check();
    if (value) return value;
    if (performance.now() > end) throw new Error(`${what}: not within ${seconds} s`);
    await wait(20);
  }
}

// --- usual requests ---
export const issueBody = (xxlb, more = {}) => ({ code_type: 'ZWM1', channel: '01', subject: person(), xxlb, ...more });

export const verifyBody = (code, more = {}) => ({ code, purpose: '办理示例事项', scanner, ...more });

export async function freshCode(channel, xxlb, more) {
  const answer = await channel.issue(issueBody(xxlb, more));
  expectDone(answer);
  return answer.item;
}

// What the sample service has for a subject, found out by asking: {data, small, large}, a list of classes each; a large
// file is one that comes by handle.
export async function findClasses(system, channel, third, issue = {}) {
  const classes = (await system.classes()).filter((c) => !c.class.startsWith('test.')); // services of other tests, gone by now
  const { code } = await freshCode(channel, classes.map((c) => c.class), { czqx: '5', ...issue });
  const verified = await third.verify(verifyBody(code));
  expectDone(verified);
  const found = { data: [], small: [], large: [] };
  for (const { class: name, kind } of classes) {
    const answer = await third.pickup({ ticket: verified.item.ticket, class: name, as: kind });
    if (answer.result !== '100') continue;
    if (kind === 'data') found.data.push(name);
    else found[answer.item.file ? 'large' : 'small'].push(name);
  }
  return found;
}

// The same call in XML; the answer looks as it does in JSON, but every leaf is a string.
export async function callXml(client, target, value, options) {
  const body = typeof value === 'string' || Buffer.isBuffer(value) ? value : toXml('request', value);
  return readXml(await client.call(target, body, { type: 'application/xml', ...options }));
}

export function readXml(answer) {
  assert.match(answer.type, /^application\/xml\b/, answer.body.toString('utf8').slice(0, 300));
  const { name, value } = fromXml(answer.body.toString('utf8'));
  answer.type = 'application/json';
  answer.document = { [name]: value };
  answer.response = { ...value, items: value.items === '' ? [] : value.items };
  return answer;
}

// --- expectations of every answer ---
export function expectShape(answer) {
  const text = answer.body.toString('utf8').slice(0, 300);
  assert.match(answer.type, /^application\/json\b/, `content type of ${answer.status}: ${text}`);
  assert.deepEqual(Object.keys(answer.document), ['process_response']);
  assert.deepEqual(Object.keys(answer.response).filter((name) => name !== 'next_cursor').sort(),
    ['date', 'error_code', 'error_msg', 'items', 'request_id', 'result_code']);
  if ('next_cursor' in answer.response) assert.equal(answer.result, '100'); // of a list whose end is not reached
  assert.match(answer.response.date, /^\d{4}-\d\d-\d\d$/);
  assert.match(answer.response.request_id, /^[0-9a-f]{32}$/);
  assert.ok(Array.isArray(answer.items));
}

export function expectDone(answer) {
  expectShape(answer);
  assert.equal(answer.result, '100', `not done: ${answer.error} ${answer.message}`);
  assert.equal(answer.status, 200);
  assert.equal(answer.error, '');
  assert.equal(answer.message, '');
}

export function expectError(answer, code, { names, message } = {}) {
  expectShape(answer);
  assert.equal(answer.error, String(code), `HTTP ${answer.status}, ${answer.error || 'done'} ${answer.message}`);
  assert.equal(answer.result, '102');
  assert.equal(answer.status, HTTP_STATUS[code]);
  assert.deepEqual(answer.items, []);
  assert.match(answer.message, /\p{Script=Han}/u);
  if (names) assert.ok(answer.message.includes(names), `the message does not name ${names}: ${answer.message}`);
  if (message) assert.equal(answer.message, message);
}
