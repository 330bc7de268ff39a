// Makes tests/vectors/signing.json with sm-crypto, none of the code under test being involved.
//   cd tests && npm ci && node vectors/make-signing-vectors.mjs
// The keys are the SM3 of a published sentence, so anyone has them: for tests only, never to be registered anywhere.
// SM2 signatures are randomised: every run gives other signatures, all of them right.
import { writeFileSync } from 'node:fs';
import smCrypto from 'sm-crypto';

const { sm2, sm3 } = smCrypto;
const SPKI_HEAD = '3059301306072a8648ce3d020106082a811ccf5501822d034200';

const base64 = (hex) => Buffer.from(hex, 'hex').toString('base64');
const pem = (label, hex) => `-----BEGIN ${label}-----\n${base64(hex).match(/.{1,64}/g).join('\n')}\n-----END ${label}-----\n`;

function key(sentence) {
  const d = sm3(sentence);
  const point = sm2.getPublicKeyFromPrivateKey(d);
  return {
    sentence,
    private_key_hex: d,
    public_point_hex: point,
    public_key: base64(SPKI_HEAD + point),
    public_key_pem: pem('PUBLIC KEY', SPKI_HEAD + point),
  };
}

const signHex = (text, k) =>
  sm2.doSignature(text, k.private_key_hex, { hash: true, der: true, publicKey: k.public_point_hex });

const app = key('ZWM published test key: app A0001');
const system = key('ZWM published test key: system 223010001');

const call = {
  app_id: 'A0001',
  method: 'POST',
  target: '/api/v1/authorization/request',
  timestamp: '1763791200',
  nonce: 'q7RkV0x_3mZt-81cYpLd5w',
  body: '{"purpose":"核验企业资质","xxlb":["license.business"]}',
};
call.body_sm3 = sm3(call.body);
call.signing_string = `${call.method}\n${call.target}\n${call.timestamp}\n${call.nonce}\n${call.body_sm3}\n`;
const der = signHex(call.signing_string, app);
call.signature = base64(der);
call.authorization =
  `ZWM-SM2-SM3 app_id="${call.app_id}",timestamp="${call.timestamp}",nonce="${call.nonce}",signature="${call.signature}"`;

// The same call, for one code system only.
const addressed = { ...call, to: '223010001' };
addressed.signing_string = `${call.signing_string}${addressed.to}\n`;
addressed.signature = base64(signHex(addressed.signing_string, app));
addressed.authorization = `ZWM-SM2-SM3 app_id="${call.app_id}",timestamp="${call.timestamp}",nonce="${call.nonce}",` +
  `to="${addressed.to}",signature="${addressed.signature}"`;

// What a code system sends to somebody who is none. `urls`: an address as it is called, and as it is signed.
const out = {
  app_id: '223010001',
  method: 'POST',
  url: 'https://portal.example/zwm/callback?case=7',
  timestamp: '1763791200',
  nonce: 'Zk3v9_sample-nonce-01',
  body: '{"request_no":"5f0c8a1e9b7d4c3f8a6e2d1b0c9f7e55","status":"granted","decided_at":1763791200}',
  urls: [
    ['https://portal.example/zwm/callback?case=7', 'https://portal.example/zwm/callback?case=7'],
    ['https://portal.example:443/zwm/callback', 'https://portal.example/zwm/callback'],
    ['https://portal.example:4430/zwm/callback', 'https://portal.example:4430/zwm/callback'],
    ['https://portal.example:8443', 'https://portal.example:8443/'],
    ['https://portal.example?case=7', 'https://portal.example/?case=7'],
    ['https://portal.example/zwm#part', 'https://portal.example/zwm'],
    ['https://[2001:db8::443]/zwm', 'https://[2001:db8::443]/zwm'],
    ['https://[2001:db8::1]:443/zwm', 'https://[2001:db8::1]/zwm'],
    ['http://127.0.0.1:8080/base/fetch', 'http://127.0.0.1:8080/base/fetch'],
  ],
};
out.body_sm3 = sm3(out.body);
out.signing_string = `OUT\n${out.method}\n${out.url}\n${out.timestamp}\n${out.nonce}\n${out.body_sm3}\n`;
out.signature = base64(signHex(out.signing_string, system));
out.authorization = `ZWM-SM2-SM3-OUT app_id="${out.app_id}",timestamp="${out.timestamp}",nonce="${out.nonce}",` +
  `signature="${out.signature}"`;

const receipt = {
  system: '223010001',
  http_status: 200,
  timestamp: '1763791201',
  answer_body:
    '{"process_response":{"result_code":"100","error_code":"","error_msg":"","date":"2025-11-22",' +
    '"request_id":"5f0c8a1e9b7d4c3f8a6e2d1b0c9f7e55","items":[]}}',
};
receipt.request_sm3 = sm3(call.signing_string);
receipt.answer_sm3 = sm3(receipt.answer_body);
receipt.string = `${receipt.request_sm3}\n${receipt.http_status}\n${receipt.timestamp}\n${receipt.answer_sm3}\n`;
receipt.signature = base64(signHex(receipt.string, system));

// The two INTEGERs, 32 bytes each.
function rs(hex) {
  const rLen = parseInt(hex.slice(6, 8), 16) * 2;
  const r = hex.slice(8, 8 + rLen);
  return [r, hex.slice(8 + rLen + 4)].map((n) => n.slice(-64).padStart(64, '0'));
}
const [r, s] = rs(der);

// `shaped`: base64 of a strict DER signature, which then does not verify.
const wrong = [
  { why: 'signed by another key', shaped: true, signature: base64(signHex(call.signing_string, system)) },
  { why: 'signed without the last line end', shaped: true, signature: base64(signHex(call.signing_string.slice(0, -1), app)) },
  { why: 'signed with CR LF', shaped: true, signature: base64(signHex(call.signing_string.replaceAll('\n', '\r\n'), app)) },
  { why: 'signed with an upper-case digest', shaped: true,
    signature: base64(signHex(call.signing_string.replace(call.body_sm3, call.body_sm3.toUpperCase()), app)) },
  { why: 'signed with another signer id', shaped: true,
    signature: base64(sm2.doSignature(call.signing_string, app.private_key_hex,
      { hash: true, der: true, publicKey: app.public_point_hex, userId: 'A0001' })) },
  { why: 'r|s instead of DER', shaped: false, signature: base64(r + s) },
  { why: 'hexadecimal instead of base64', shaped: false, signature: der },
  { why: 'a byte behind the DER', shaped: false, signature: base64(`${der}00`) },
  { why: 'too much padding', shaped: false, signature: `${base64(der)}=` },
  { why: 'empty', shaped: false, signature: '' },
];

const file = {
  note: 'Published test keys: never use them for anything but tests. Made by make-signing-vectors.mjs with sm-crypto.',
  signer_id: '1234567812345678',
  app,
  system,
  call,
  addressed,
  out,
  receipt,
  wrong,
};
writeFileSync(new URL('signing.json', import.meta.url), `${JSON.stringify(file, null, 2)}\n`);
