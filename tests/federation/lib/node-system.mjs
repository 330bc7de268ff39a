// A code system written from the interface page alone: an HTTPS server with an SM2 key of its own, registered through the
// real interface. It answers as a test tells it to, truthfully or not, and keeps what it was sent.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import https from 'node:https';
import { randomBytes } from 'node:crypto';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Client, makeCode, newKey, outString, sign, signingString, sm3Hex, spkiFromPublicKey, verifies } from '../../api/lib/client.mjs';
import { BASE, CA, CA_DIR, all, inListAs, national, untilTrust } from './federation.mjs';

const REGISTER = '/api/v1/route/register';

let certificate;
// One for all servers of a test file, by the federation's authority.
function serverCertificate() {
  if (certificate) return certificate;
  const dir = mkdtempSync(path.join(tmpdir(), 'zwm-tls-'));
  const at = (name) => path.join(dir, name);
  const openssl = (...args) => execFileSync('openssl', args, { stdio: ['ignore', 'ignore', 'ignore'] });
  try {
    writeFileSync(at('ext'), 'subjectAltName = DNS:localhost,IP:127.0.0.1\nextendedKeyUsage = serverAuth\n');
    openssl('req', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', at('key'), '-subj', '/CN=localhost', '-out', at('csr'));
    openssl('x509', '-req', '-in', at('csr'), '-CA', path.join(CA_DIR, 'ca.crt'), '-CAkey', path.join(CA_DIR, 'ca.key'),
      '-set_serial', `0x${randomBytes(8).toString('hex')}`, '-days', '2', '-extfile', at('ext'), '-out', at('crt'));
    certificate = { key: readFileSync(at('key')), cert: readFileSync(at('crt')) };
    return certificate;
  } finally {
    rmSync(dir, { recursive: true });
  }
}

const parseAuthorization = (header) => Object.fromEntries([...(header ?? '').matchAll(/(\w+)="([^"]*)"/g)].map(([, k, v]) => [k, v]));

export class NodeSystem {
  // `mode`, `parent` as in a registration.
  constructor(system, { mode = 'direct', parent = national.id, name = `测试码系统${system}` } = {}) {
    Object.assign(this, { id: system, mode, parent, title: name, key: newKey(), requests: [], respond: null });
  }

  async listen() {
    this.server = https.createServer(serverCertificate(), (request, response) => {
      const parts = [];
      request.on('data', (part) => parts.push(part));
      request.on('error', () => {});
      request.on('end', () => { void this.take(request, response, Buffer.concat(parts)); });
    });
    this.server.on('tlsClientError', () => {});
    await new Promise((resolve, reject) => this.server.once('error', reject).listen(0, '127.0.0.1', resolve));
    this.baseUrl = `https://127.0.0.1:${this.server.address().port}`;
    return this;
  }

  async take(request, response, body) {
    const { method, url: target, headers } = request;
    const auth = parseAuthorization(headers.authorization);
    const seen = {
      method, target, headers, body, auth,
      string: headers.authorization?.startsWith('ZWM-SM2-SM3-OUT ')
        ? outString({ method, url: `${this.baseUrl}${target}`, timestamp: auth.timestamp, nonce: auth.nonce, body })
        : signingString({ method, target, timestamp: auth.timestamp, nonce: auth.nonce, body, to: auth.to }),
      get json() { return JSON.parse(body.toString('utf8')); },
      signedBy(publicKey) { return verifies(this.string, Buffer.from(auth.signature ?? '', 'base64'), publicKey); },
    };
    this.requests.push(seen);
    const answer = this.respond ? await this.respond(seen) : this.refuse(seen, '9001', 503);
    if (!answer) return; // never answered
    response.writeHead(answer.status, answer.headers);
    response.end(answer.body);
  }

  // --- answers ---
  // What the receipt of interface 2.1 binds; `as`, `key`, `string` and `status` can be falsified.
  receipt(seen, status, body, { key = this.key, as = this.id, string = seen.string, at = Math.floor(Date.now() / 1000) } = {}) {
    const text = `${sm3Hex(string)}\n${status}\n${at}\n${sm3Hex(body)}\n`;
    return { 'Zwm-System': as, 'Zwm-Timestamp': String(at), 'Zwm-Signature': sign(text, key).toString('base64') };
  }

  answer(seen, response, { status = 200, receipt = {} } = {}) {
    const body = Buffer.from(JSON.stringify({
      process_response: {
        result_code: '100', error_code: '', error_msg: '', date: '2026-11-22', request_id: randomBytes(16).toString('hex'), items: [], ...response,
      },
    }));
    return {
      status, body,
      headers: { 'Content-Type': 'application/json', 'Content-Length': body.length, ...(receipt ? this.receipt(seen, status, body, receipt) : {}) },
    };
  }

  refuse(seen, error, status, options) {
    return this.answer(seen, { result_code: '102', error_code: error, error_msg: '测试' }, { status, ...options });
  }

  // What a truthful system says of a code of its own.
  verifyItem({ deadline, xxlb = ['a.b'] } = {}) {
    const sqbh = randomBytes(16).toString('hex');
    return {
      ticket: `${this.id}.${randomBytes(32).toString('base64url')}`, ticket_expires: Math.floor(Date.now() / 1000) + 600, sqbh, system: this.id,
      code_type: 'ZWM1', channel: '01', deadline: deadline ?? Math.floor(Date.now() / 1000) + 60,
      subject: { type: 'person', name: '测**', id_no: '9****************6' }, xxlb, xxsy: { sqbh }, czqx: '5',
    };
  }

  valid(seen, options) { return this.answer(seen, { items: [this.verifyItem()] }, options); }

  code(more) {
    return makeCode({ system: this.id, deadline: Math.floor(Date.now() / 1000) + 60, key: this.key, ...more });
  }

  // --- its life as a member ---
  // As a caller of another system, to which its calls are addressed; `key`: sign with another key; `to`: address them to another.
  caller(member, key = this.key, to = member.id) {
    return new Client({ baseUrl: member.baseUrl, appId: this.id, key, ca: CA, to });
  }

  registration(more = {}) {
    return {
      system: this.id, name: this.title, base_url: this.baseUrl, public_key: spkiFromPublicKey(this.key.publicKey).toString('base64'),
      code_types: ['ZWM1'], mode: this.mode, parent: this.parent,
      contact: { name: '测试联系人', phone: '010-00000000', email: 'test@example.invalid' }, ...more,
    };
  }

  // `signedWith`: the key on record, for a change.
  async register(more, { signedWith = this.key } = {}) {
    const client = this.caller(national, signedWith);
    try {
      return await client.call(REGISTER, this.registration(more));
    } finally {
      client.close();
    }
  }

  // Registered, approved and known to `places`.
  async join(places = all) {
    await this.listen();
    const answer = await this.register();
    assert.equal(answer.result, '103', `${answer.error} ${answer.message}`);
    assert.match(answer.item.application_no, /^[0-9a-f]{32}$/);
    await national.zwm('route', 'approve', this.id);
    await untilTrust(`${this.id} listed`, inListAs(this.id, 'active'), places);
    return this;
  }

  async leave() {
    await national.zwm('route', 'withdraw', this.id).catch(() => {});
    this.close();
  }

  close() {
    this.server?.closeAllConnections();
    this.server?.close();
  }

  // Requests since `from`, e.g. a length noted before.
  since(from) { return this.requests.slice(from); }
}

// Identifiers that nobody has: places of GB/T 2260 and sample departments. Each test file takes its own.
export const FREE = {
  liar: '300090201', hung: '300090301', origin: '300090401', target: '300090501', relay: '244010001', below: '244010601',
  changing: '233000001', taker: '237000001', unknown: '232000001', byHand: '231000001',
};
export { BASE };
