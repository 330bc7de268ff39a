// Calls to a service code system, in a browser and in Node.js: open an envelope, sign a call, check a receipt, check a call
// that the code system makes. docs/sdk.md shows how to use it, docs/signing.md and docs/envelope.md say what the bytes are.
//
// A private key is text: 64 hexadecimal digits, or an unencrypted PKCS#8 PEM. A public key is text: base64 of the
// SubjectPublicKeyInfo (as the code system lists it), a PEM, or the 130 hexadecimal digits of 04|x|y.
// `systems` is what you trust: an object of public keys by the nine-digit identifier of their code system.
// Everything that is refused throws a ZwmError, whose `code` is one of CODES.
import { sm2, sm3, sm4 } from './vendor/sm-crypto-v2/dist/index.js';
import { DER } from './vendor/@noble/curves/esm/abstract/weierstrass.js';

/** What can be refused, and the sentence that the error then has. The C and the Java SDK have the same codes. */
export const CODES = {
  ARGUMENT: 'an argument is missing or misshapen',
  KEY: 'this is no SM2 key, or not the half that is needed',
  ENVELOPE: 'the envelope does not open: it was altered, or sealed for another key',
  HEADER: 'the signature headers are missing or misshapen',
  SYSTEM: 'the code system that signed is none of those you trust',
  CLOCK: 'the time in the header is more than 300 seconds away',
  SIGNATURE: 'the signature does not verify',
};

export class ZwmError extends Error {
  constructor(code, detail) {
    super(detail ? `${CODES[code]} (${detail})` : CODES[code]);
    this.name = 'ZwmError';
    this.code = code;
  }
}

const WINDOW_SEC = 300;
const HEADER_MAX = 1024;
const SM4_BLOCK = 16;
const N = 0xfffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54123n;
const SPKI_HEAD = '3059301306072a8648ce3d020106082a811ccf5501822d034200';
const PKCS8_HEAD = '308187020100301306072a8648ce3d020106082a811ccf5501822d046d306b0201010420';
const PKCS8_MIDDLE = 'a144034200';
const PKCS8_SHORT = '3041020100301306072a8648ce3d020106082a811ccf5501822d042730250201010420';
// With the public half, as most programs write it, and without.
const PKCS8 = new RegExp(`^(?:${PKCS8_HEAD}([0-9a-f]{64})${PKCS8_MIDDLE}[0-9a-f]{130}|${PKCS8_SHORT}([0-9a-f]{64}))$`);

const APP_ID = /^[A-Za-z0-9._-]{1,32}$/;
const SYSTEM_ID = /^[0-9]{9}$/;
const TIMESTAMP = /^(0|[1-9][0-9]{0,11})$/;
const NONCE = /^[A-Za-z0-9_-]{16,64}$/;
const METHOD = /^[A-Z]{1,16}$/;
const VISIBLE = /^[\x21-\x7e]+$/;

const is = (pattern, text) => typeof text === 'string' && pattern.test(text);

function need(ok, code, detail) {
  if (!ok) throw new ZwmError(code, detail);
}

// --- bytes ---

const toHex = (bytes) => Array.from(bytes, (b) => b.toString(16).padStart(2, '0')).join('');
const fromHex = (hex) => Uint8Array.from(hex.match(/../g) ?? [], (pair) => parseInt(pair, 16));

function toBase64(bytes) {
  let text = '';
  for (let i = 0; i < bytes.length; i += 0x8000) text += String.fromCharCode(...bytes.subarray(i, i + 0x8000));
  return btoa(text);
}

// Strict, as RFC 4648 clause 4 has it: null for anything that encoding would not have made.
function fromBase64(text) {
  if (!is(/^[A-Za-z0-9+/]*={0,2}$/, text) || text.length % 4 !== 0) return null;
  const bytes = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
  return toBase64(bytes) === text ? bytes : null;
}

function bytesOf(body) {
  if (body === undefined || body === null) return new Uint8Array();
  if (typeof body === 'string') return new TextEncoder().encode(body);
  if (body instanceof ArrayBuffer) return new Uint8Array(body);
  need(ArrayBuffer.isView(body), 'ARGUMENT', 'body');
  return new Uint8Array(body.buffer, body.byteOffset, body.byteLength);
}

function equalBytes(a, b) {
  let differ = a.length ^ b.length;
  for (let i = 0; i < a.length; i++) differ |= a[i] ^ b[i];
  return differ === 0;
}

// --- keys ---

// The DER inside a PEM with this label, in hexadecimal; null if it is none.
function pemHex(text, label) {
  const match = text.match(new RegExp(`^-----BEGIN ${label}-----([A-Za-z0-9+/=\\s]+)-----END ${label}-----$`));
  const bytes = match && fromBase64(match[1].replace(/\s/g, ''));
  return bytes ? toHex(bytes) : null;
}

const pem = (label, hex) =>
  `-----BEGIN ${label}-----\n${toBase64(fromHex(hex)).match(/.{1,64}/g).join('\n')}\n-----END ${label}-----\n`;

function privateHex(text) {
  need(typeof text === 'string', 'KEY', 'a private key is text');
  let hex = text.trim();
  if (!is(/^[0-9a-fA-F]{64}$/, hex)) {
    const match = pemHex(hex, 'PRIVATE KEY')?.match(PKCS8);
    need(match, 'KEY', 'wanted: PKCS#8 PEM of an SM2 key, not encrypted');
    hex = match[1] ?? match[2];
  }
  const d = BigInt(`0x${hex}`);
  need(d > 0n && d < N - 1n, 'KEY', 'out of range');
  return hex.toLowerCase();
}

// 04|x|y of a point that is on the curve.
function publicHex(text) {
  need(typeof text === 'string', 'KEY', 'a public key is text');
  const trimmed = text.trim();
  let hex = trimmed.toLowerCase();
  if (!is(/^04[0-9a-f]{128}$/, hex)) {
    const bytes = fromBase64(trimmed);
    const der = bytes ? toHex(bytes) : pemHex(trimmed, 'PUBLIC KEY');
    need(der?.startsWith(SPKI_HEAD) && der.length === SPKI_HEAD.length + 130, 'KEY', 'wanted: an SM2 public key');
    hex = der.slice(SPKI_HEAD.length);
  }
  let valid = false;
  try {
    valid = hex.startsWith('04') && sm2.verifyPublicKey(hex);
  } catch {
    // The library throws for a point that is not on the curve.
  }
  need(valid, 'KEY', 'not on the curve');
  return hex;
}

/** Makes a key pair: `privateKey` as PKCS#8 PEM, to be kept secret, and `publicKey` in base64, to be registered. */
export function makeKeyPair() {
  const { privateKey: d, publicKey: point } = sm2.generateKeyPairHex();
  return {
    privateKey: pem('PRIVATE KEY', PKCS8_HEAD + d + PKCS8_MIDDLE + point),
    publicKey: toBase64(fromHex(SPKI_HEAD + point)),
  };
}

/** The public half of a private key, in base64 as it is registered. */
export function publicKeyOf(privateKey) {
  return toBase64(fromHex(SPKI_HEAD + sm2.getPublicKeyFromPrivateKey(privateHex(privateKey))));
}

// --- signatures ---

function sign(text, privateKey) {
  const raw = sm2.doSignature(text, privateKey, { hash: true });
  return toBase64(fromHex(DER.hexFromSig({ r: BigInt(`0x${raw.slice(0, 64)}`), s: BigInt(`0x${raw.slice(64)}`) })));
}

// Throws unless `signature` is base64 of a strict DER signature of `text` by the key.
function verify(text, signature, publicKey) {
  let good = false;
  try {
    const { r, s } = DER.toSig(fromBase64(signature));
    const raw = [r, s].map((v) => v.toString(16).padStart(64, '0')).join('');
    good = r > 0n && r < N && s > 0n && s < N && sm2.doVerifySignature(text, raw, publicKey, { hash: true });
  } catch {
    // Not base64, not DER: it does not verify.
  }
  need(good, 'SIGNATURE');
}

const nowSec = () => Math.floor(Date.now() / 1000);

function freshNonce() {
  const nonce = new Uint8Array(16);
  globalThis.crypto.getRandomValues(nonce);
  return toHex(nonce);
}

const lines = (...all) => all.map((line) => `${line}\n`).join('');

function keyOfSystem(systems, id) {
  need(systems !== null && typeof systems === 'object' && Object.hasOwn(systems, id), 'SYSTEM', id);
  return publicHex(systems[id]);
}

/**
 * Signs a call. `target` is the path with the query; `body` (text or bytes) must be sent exactly as given here; `to` is the
 * nine-digit identifier of the code system that shall act, left out for one that does not know it.
 * Gives the header `authorization`, and what to keep for the receipt and for asking later what became of the call:
 * `signingString`, `nonce`, `timestamp`.
 */
export function signCall({ privateKey, appId, method = 'POST', target, body, to }) {
  need(is(APP_ID, appId), 'ARGUMENT', 'appId');
  need(is(METHOD, method), 'ARGUMENT', 'method');
  need(is(VISIBLE, target) && target.startsWith('/'), 'ARGUMENT', 'target');
  need(to === undefined || is(SYSTEM_ID, to), 'ARGUMENT', 'to');
  const key = privateHex(privateKey);
  const timestamp = String(nowSec());
  const nonce = freshNonce();
  const addressee = to === undefined ? [] : [to];
  const signingString = lines(method, target, timestamp, nonce, sm3(bytesOf(body)), ...addressee);
  const parts = { app_id: appId, timestamp, nonce, ...(to === undefined ? {} : { to }), signature: sign(signingString, key) };
  const authorization = `ZWM-SM2-SM3 ${Object.entries(parts).map(([name, value]) => `${name}="${value}"`).join(',')}`;
  return { authorization, signingString, nonce, timestamp };
}

/**
 * Checks the receipt of an answer: `headers` is a Headers object of fetch or an object of Node's http module; `body` is what
 * arrived, as bytes or text; `signingString` is that of your own call. Gives the `system` that answered and its `timestamp`.
 */
export function checkReceipt({ systems, signingString, status, headers, body }) {
  need(typeof signingString === 'string' && signingString !== '', 'ARGUMENT', 'signingString');
  need(Number.isInteger(status) && status >= 100 && status <= 599, 'ARGUMENT', 'status');
  const header = (name) => (typeof headers?.get === 'function' ? headers.get(name) : headers?.[name]);
  const [system, timestamp, signature] = ['zwm-system', 'zwm-timestamp', 'zwm-signature'].map(header);
  need(is(SYSTEM_ID, system) && is(TIMESTAMP, timestamp) && typeof signature === 'string', 'HEADER', 'no receipt');
  const key = keyOfSystem(systems, system);
  verify(lines(sm3(bytesOf(signingString)), status, timestamp, sm3(bytesOf(body))), signature, key);
  return { system, timestamp: Number(timestamp) };
}

// The four parts of an `OUT` header, each once, in any order.
function readOut(header) {
  const part = '([a-z_]+)="([^"]*)"';
  const shape = new RegExp(`^ZWM-SM2-SM3-OUT[ \\t]+${Array(4).fill(part).join('[ \\t]*,[ \\t]*')}$`);
  const match = typeof header === 'string' && header.length <= HEADER_MAX && header.match(shape);
  need(match, 'HEADER');
  const parts = new Map([1, 3, 5, 7].map((i) => [match[i], match[i + 1]]));
  const [system, timestamp, nonce, signature] = ['app_id', 'timestamp', 'nonce', 'signature'].map((name) => parts.get(name));
  need(is(APP_ID, system) && is(TIMESTAMP, timestamp) && is(NONCE, nonce) && signature !== undefined, 'HEADER');
  return { system, timestamp, nonce, signature };
}

/**
 * Checks a call that a code system makes to you (a callback, a call of your information service). `url` is the whole address
 * that you registered with the query that arrived; `now` is in seconds and is for tests.
 * Gives `system`, `timestamp` and `nonce`. Remember the nonces of the last ten minutes and refuse one that comes again.
 */
export function checkOut({ systems, authorization, method = 'POST', url, body, now = nowSec() }) {
  need(is(METHOD, method), 'ARGUMENT', 'method');
  need(is(VISIBLE, url) && /^https?:\/\/./.test(url), 'ARGUMENT', 'url');
  const { system, timestamp, nonce, signature } = readOut(authorization);
  const key = keyOfSystem(systems, system);
  need(Math.abs(now - Number(timestamp)) <= WINDOW_SEC, 'CLOCK');
  verify(lines('OUT', method, url, timestamp, nonce, sm3(bytesOf(body))), signature, key);
  return { system, timestamp: Number(timestamp), nonce };
}

// --- envelopes ---

function unpad(blocks) {
  const n = blocks.at(-1);
  need(n >= 1 && n <= SM4_BLOCK && blocks.subarray(-n).every((b) => b === n), 'ENVELOPE');
  return blocks.slice(0, -n);
}

/** Opens the envelope `{key, iv, ciphertext, mac}` that pickup gave; returns the data as bytes. */
export function openEnvelope(envelope, privateKey) {
  const d = privateHex(privateKey);
  const [wrapped, iv, ciphertext, mac] = ['key', 'iv', 'ciphertext', 'mac'].map((name) => fromBase64(envelope?.[name]));
  need(wrapped?.length === 129 && wrapped[0] === 4 && iv?.length === SM4_BLOCK && mac?.length === 32, 'ENVELOPE');
  need(ciphertext?.length > 0 && ciphertext.length % SM4_BLOCK === 0, 'ENVELOPE');
  let keys = [];
  try {
    keys = sm2.doDecrypt(toHex(wrapped.subarray(1)), d, 1, { output: 'array' });
  } catch {
    // The first part is not a point of the curve.
  }
  need(keys.length === 32, 'ENVELOPE');
  const sealed = new Uint8Array(SM4_BLOCK + ciphertext.length);
  sealed.set(iv);
  sealed.set(ciphertext, SM4_BLOCK);
  need(equalBytes(fromHex(sm3(sealed, { key: keys.slice(16) })), mac), 'ENVELOPE');
  return unpad(sm4.decrypt(ciphertext, keys.slice(0, 16), { mode: 'cbc', iv, padding: 'none', output: 'array' }));
}

// --- a small client ---

/**
 * Makes one call: `call('https://code.example', '/api/v1/code/verify', {code, purpose}, {appId, privateKey, to, systems})`.
 * `body` is an object (sent as JSON), text or bytes. With `systems` a receipt is asked for and must be good.
 * Gives `status`, `answer` (the object `process_response`, null where the answer is not JSON), `bytes`, `nonce`,
 * `signingString`, `receipt` (null without `systems`). A refusal by the code system is an answer: see `answer.error_code`.
 * If it throws something other than a ZwmError the call may have taken effect: ask `/api/v1/code/outcome` with
 * the nonce, which `onSigned` was given before anything was sent.
 */
export async function call(base, path, body, { appId, privateKey, to, systems, onSigned } = {}) {
  const plain = typeof body === 'string' || body instanceof ArrayBuffer || ArrayBuffer.isView(body);
  const sent = bytesOf(plain ? body : JSON.stringify(body));
  const url = new URL(path, base);
  const signed = signCall({ privateKey, appId, target: url.pathname + url.search, body: sent, to });
  onSigned?.(signed);
  const response = await fetch(url, {
    method: 'POST',
    redirect: 'error',
    headers: {
      'Content-Type': 'application/json',
      Authorization: signed.authorization,
      ...(systems ? { 'Zwm-Receipt': 'required' } : {}),
    },
    body: sent,
  });
  const bytes = new Uint8Array(await response.arrayBuffer());
  const { status, headers } = response;
  const { signingString, nonce } = signed;
  const receipt = systems ? checkReceipt({ systems, signingString, status, headers, body: bytes }) : null;
  let answer = null;
  try {
    answer = JSON.parse(new TextDecoder().decode(bytes)).process_response ?? null;
  } catch {
    // nginx answers some calls by itself.
  }
  return { status, answer, bytes, nonce, signingString, receipt };
}
