// A client of the code system, written from the interface page alone: Node 20 and sm-crypto, nothing of the project's code.
// Read top to bottom it is also the shortest description of what an integrator has to do.
import https from 'node:https';
import { createHash, randomBytes } from 'node:crypto';
import smCrypto from 'sm-crypto';

const { sm2, sm3, sm4 } = smCrypto;

// --- keys -----------------------------------------------------------------------------------------------------------

// DER of SEQUENCE{ SEQUENCE{ OID id-ecPublicKey, OID SM2 curve }, BIT STRING (no unused bits) 04|x|y }, up to the point.
const SPKI_HEAD = Buffer.from('3059301306072a8648ce3d020106082a811ccf5501822d034200', 'hex');

export function newKey() {
  const { privateKey, publicKey } = sm2.generateKeyPairHex();
  return { privateKey, publicKey }; // hex; the public one is 04|x|y
}

export const spkiFromPublicKey = (publicKey) => Buffer.concat([SPKI_HEAD, Buffer.from(publicKey, 'hex')]);

export function publicKeyFromSpki(der) {
  const bytes = Buffer.isBuffer(der) ? der : Buffer.from(der, 'base64');
  if (bytes.length !== 91 || !bytes.subarray(0, 26).equals(SPKI_HEAD)) throw new Error('not an SM2 SubjectPublicKeyInfo');
  return bytes.subarray(26).toString('hex');
}

export function publicKeyPem(publicKey) {
  const lines = spkiFromPublicKey(publicKey).toString('base64').match(/.{1,64}/g);
  return `-----BEGIN PUBLIC KEY-----\n${lines.join('\n')}\n-----END PUBLIC KEY-----\n`;
}

// --- digests and signatures -----------------------------------------------------------------------------------------

export const sm3Hex = (data) => sm3(typeof data === 'string' ? data : [...data]);
// The same digest for megabytes; OpenSSL inside Node is as independent of the project as sm-crypto is.
export const sm3HexOfMuch = (buffer) => createHash('sm3').update(buffer).digest('hex');

// Signer id 1234567812345678 is sm-crypto's default.
export function sign(message, key, { der = true } = {}) {
  const hex = sm2.doSignature([...Buffer.from(message)], key.privateKey, { hash: true, der, publicKey: key.publicKey });
  return Buffer.from(hex, 'hex');
}

export function verifies(message, signature, publicKey, { der = true } = {}) {
  const hex = Buffer.from(signature).toString('hex');
  return sm2.doVerifySignature([...Buffer.from(message)], hex, publicKey, { hash: true, der });
}

// That the holder of `key` wants it for app `appId` of system `to` (docs/signing.md, `zwm app key`).
export function keyProof(key, appId, { at, to, by = key }) {
  const spki = spkiFromPublicKey(key.publicKey);
  const text = `ZWM KEY\n${to}\n${appId}\n${at}\n${sm3Hex(spki)}\n`;
  return JSON.stringify({
    system: to, app_id: appId, public_key: spki.toString('base64'), signed_at: at, signature: sign(text, by).toString('base64'),
  });
}

// --- the call -------------------------------------------------------------------------------------------------------

export const newNonce = () => randomBytes(18).toString('base64url');

// `to`: the code system that shall act, where the caller names it.
export const signingString = ({ method, target, timestamp, nonce, body, to }) =>
  `${method}\n${target}\n${timestamp}\n${nonce}\n${sm3Hex(body)}\n${to ? `${to}\n` : ''}`;

// What a code system signs when it calls somebody who is none: a service, a third party. `url` as it was called.
export const outString = ({ method, url, timestamp, nonce, body }) =>
  `OUT\n${method}\n${url}\n${timestamp}\n${nonce}\n${sm3Hex(body)}\n`;

export class Client {
  // `key` null: an app of the allow-list. `now` gives Unix seconds. `ca`: PEM of the authority, where the system's is not
  // among those Node trusts. `to`: the addressee of every call that names no other.
  // `localAddress`: where the calls come from.
  constructor({ baseUrl, appId, key, now = () => Math.floor(Date.now() / 1000), maxSockets = 4, ca, to, localAddress }) {
    Object.assign(this, { baseUrl, appId, key, now, to });
    this.agent = new https.Agent({ keepAlive: true, maxSockets, ca, localAddress });
  }

  close() {
    this.agent.destroy();
  }

  authorization({ method = 'POST', target, body = Buffer.alloc(0), timestamp = this.now(), nonce = newNonce(), key = this.key, to = this.to }) {
    const string = signingString({ method, target, timestamp, nonce, body, to });
    const addressee = to ? `,to="${to}"` : '';
    const header = key
      ? `ZWM-SM2-SM3 app_id="${this.appId}",timestamp="${timestamp}",nonce="${nonce}"${addressee},` +
        `signature="${sign(string, key).toString('base64')}"`
      : `ZWM-ALLOWLIST app_id="${this.appId}",nonce="${nonce}",timestamp="${timestamp}"${addressee}`;
    return { header, string, nonce };
  }

  // Everything but the sending, so that many calls can be made ready and sent at one moment. `body`: an object (sent as
  // JSON), a string or a Buffer (sent as it is, with `type`).
  prepare(target, body, { method = 'POST', type = 'application/json', receipt = false, headers = {}, ...auth } = {}) {
    const bytes = Buffer.isBuffer(body) ? body : Buffer.from(typeof body === 'string' ? body : JSON.stringify(body ?? {}));
    const { header, string, nonce } = this.authorization({ method, target, body: bytes, ...auth });
    return {
      method, target, string, nonce, body: bytes,
      headers: {
        'Content-Type': type, 'Content-Length': bytes.length, Authorization: header,
        ...(receipt ? { 'Zwm-Receipt': 'required' } : {}), ...headers,
      },
    };
  }

  async send(request) {
    const raw = await exchange(this.baseUrl, request, this.agent);
    return new Answer(raw, request);
  }

  call(target, body, options) {
    return this.send(this.prepare(target, body, options));
  }

  issue(body, options) { return this.call('/api/v1/code/issue', body, options); }
  verify(body, options) { return this.call('/api/v1/code/verify', body, options); }
  outcome(nonce, options) { return this.call('/api/v1/code/outcome', { nonce }, options); }
  pickup(body, options) { return this.call('/api/v1/data/pickup', body, options); }

  // The bytes behind a handle; the handle is the permission, no Authorization header is needed.
  file(handle, headers = {}) {
    const request = { method: 'GET', target: `/api/v1/data/file/${handle}`, headers, body: Buffer.alloc(0) };
    return exchange(this.baseUrl, request, this.agent);
  }
}

// One HTTP exchange, headers exactly as given (an `undefined` one is left out).
export function exchange(baseUrl, { method, target, headers, body }, agent) {
  const sent = Object.fromEntries(Object.entries(headers).filter(([, value]) => value !== undefined));
  return new Promise((resolve, reject) => {
    const url = new URL(baseUrl);
    const request = https.request(
      { host: url.hostname, port: url.port, path: target, method, headers: sent, agent, timeout: 30_000 },
      (response) => {
        const parts = [];
        response.on('data', (part) => parts.push(part));
        response.on('end', () => resolve({ status: response.statusCode, headers: response.headers, body: Buffer.concat(parts) }));
        response.on('error', reject);
        response.on('aborted', () => reject(new Error('connection lost in the middle of the answer')));
      },
    );
    request.on('timeout', () => request.destroy(new Error('no answer within 30 s')));
    request.on('error', reject);
    request.end(body);
  });
}

// --- the answer -----------------------------------------------------------------------------------------------------

export class Answer {
  constructor({ status, headers, body }, request) {
    Object.assign(this, { status, headers, body, request });
    this.type = headers['content-type'] ?? '';
    if (this.type.startsWith('application/json')) {
      this.document = JSON.parse(body.toString('utf8'));
      this.response = this.document.process_response;
    }
  }

  get result() { return this.response?.result_code; }
  get error() { return this.response?.error_code; }
  get message() { return this.response?.error_msg; }
  get items() { return this.response?.items; }
  get item() { return this.response?.items?.[0]; }

  // The receipt binds the request signed to the answer given.
  receiptVerifies(systemPublicKey) {
    const { 'zwm-timestamp': timestamp, 'zwm-signature': signature } = this.headers;
    if (!timestamp || !signature) return false;
    const string = `${sm3Hex(this.request.string)}\n${this.status}\n${timestamp}\n${sm3Hex(this.body)}\n`;
    return verifies(string, Buffer.from(signature, 'base64'), systemPublicKey);
  }
}

// --- the code -------------------------------------------------------------------------------------------------------

const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

export function base32Decode(text) {
  const bits = [...text].map((c) => {
    const value = BASE32.indexOf(c);
    if (value < 0) throw new Error(`not Base32: ${c}`);
    return value.toString(2).padStart(5, '0');
  }).join('');
  if (bits.length % 8) throw new Error('not a whole number of bytes');
  return Buffer.from(bits.match(/.{8}/g).map((b) => parseInt(b, 2)));
}

export function base32Encode(bytes) {
  const bits = [...bytes].map((b) => b.toString(2).padStart(8, '0')).join('');
  return bits.match(/.{5}/g).map((b) => BASE32[parseInt(b, 2)]).join('');
}

const LAYOUT = { ZWM1: { system: 9, channel: 2 }, QYM1: { system: 6, channel: 0 } };

export function decodeCode(text) {
  const bytes = base32Decode(text);
  const type = bytes.toString('latin1', 35, 39);
  const { system, channel } = LAYOUT[type];
  const afterSystem = 39 + system, afterChannel = afterSystem + channel;
  return {
    bytes, type,
    identity: bytes.subarray(0, 32),
    length: bytes.readUInt16BE(32),
    version: bytes[34],
    system: bytes.toString('latin1', 39, afterSystem),
    channel: bytes.toString('latin1', afterSystem, afterChannel),
    deadline: bytes.readUInt32BE(afterChannel),
    digest: bytes.subarray(afterChannel + 4, afterChannel + 36),
    signed: bytes.subarray(0, bytes.length - 64),
    signature: bytes.subarray(bytes.length - 64),
  };
}

export const codeVerifies = (code, systemPublicKey) =>
  verifies(code.signed, code.signature, systemPublicKey, { der: false });

// Lays a code out and signs it: with another key than the system's it is a forgery.
export function makeCode({
  type = 'ZWM1', system, channel = type === 'QYM1' ? '' : '01', deadline, version = 1, length,
  identity = randomBytes(32), digest = randomBytes(32), key,
}) {
  const tail = Buffer.concat([Buffer.from(type + system + channel, 'latin1'), Buffer.alloc(4), digest]);
  tail.writeUInt32BE(deadline, tail.length - 36);
  const head = Buffer.from([0, 0, version]);
  head.writeUInt16BE(length ?? tail.length + 3);
  const signed = Buffer.concat([identity, head, tail]);
  return base32Encode(Buffer.concat([signed, sign(signed, key, { der: false })]));
}

// --- the envelope ---------------------------------------------------------------------------------------------------

export function openEnvelope(envelope, key) {
  const [wrapped, iv, ciphertext, mac] = ['key', 'iv', 'ciphertext', 'mac'].map((m) => Buffer.from(envelope[m], 'base64'));
  if (wrapped[0] !== 4) throw new Error('wrapped key does not begin with 04');
  const keys = sm2.doDecrypt(wrapped.subarray(1).toString('hex'), key.privateKey, 1, { output: 'array' }); // C1|C3|C2
  if (keys.length !== 32) throw new Error('wrapped key does not open');
  const computed = sm3([...iv, ...ciphertext], { key: keys.slice(16) });
  if (computed !== mac.toString('hex')) throw new Error('MAC differs');
  return Buffer.from(sm4.decrypt([...ciphertext], keys.slice(0, 16), { mode: 'cbc', iv: [...iv], output: 'array' }));
}
