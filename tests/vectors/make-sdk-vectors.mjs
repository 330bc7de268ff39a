// Makes tests/vectors/sdk.json with sm-crypto, none of the code under test being involved: what each SDK must open, sign and
// accept, and much more that it must refuse, with the code of the refusal.
//   cd tests && npm ci && node vectors/make-sdk-vectors.mjs
// The keys are those of signing.json and envelope.json: published, for tests only. Every run gives other signatures and other
// envelopes, all of them right.
import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import smCrypto from 'sm-crypto';

const { sm2, sm3, sm4 } = smCrypto;
const read = (name) => JSON.parse(readFileSync(new URL(name, import.meta.url), 'utf8'));
const { app, system, call, receipt } = read('signing.json');
const worked = read('envelope.json');

const base64 = (hex) => Buffer.from(hex, 'hex').toString('base64');
const unbase64 = (text) => Buffer.from(text, 'base64').toString('hex');
const hexOf = (bytes) => Buffer.from(bytes).toString('hex');
const number = (v) => v.toString(16).padStart(64, '0');
const N = BigInt('0xfffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54123');

function flip(hex, bit) {
  const bytes = Buffer.from(hex, 'hex');
  bytes[bit >> 3] ^= 0x80 >> (bit & 7);
  return hexOf(bytes);
}

const signHex = (text, k, more) =>
  sm2.doSignature(text, k.private_key_hex, { hash: true, der: true, publicKey: k.public_point_hex, ...more });
const sign = (text, k, more) => base64(signHex(text, k, more));

// --- signatures of `text` by `k` that must not pass, whatever they are in ---

const integer = (v) => {
  const hex = v.toString(16).length % 2 ? `0${v.toString(16)}` : v.toString(16);
  const whole = parseInt(hex[0], 16) > 7 ? `00${hex}` : hex;
  return `02${(whole.length / 2).toString(16).padStart(2, '0')}${whole}`;
};
// 02, length, value: with one zero byte more in front of the value.
const longer = (der) => `02${(der.length / 2 - 1).toString(16)}00${der.slice(4)}`;
const sequence = (inside) => `30${(inside.length / 2).toString(16).padStart(2, '0')}${inside}`;

function wrongSignatures(text, k) {
  const raw = sm2.doSignature(text, k.private_key_hex, { hash: true, publicKey: k.public_point_hex });
  const [r, s] = [BigInt(`0x${raw.slice(0, 64)}`), BigInt(`0x${raw.slice(64)}`)];
  const der = sequence(integer(r) + integer(s));
  const other = k === app ? system : app;
  return [
    ['signed by another key', sign(text, other)],
    ['signed without the last line end', sign(text.slice(0, -1), k)],
    ['signed with CR LF', sign(text.replaceAll('\n', '\r\n'), k)],
    ['signed with another signer id', sign(text, k, { userId: 'A0001' })],
    ['signed without the digest of signer id and key', sign(text, k, { hash: false })],
    ['r and s changed places', base64(sequence(integer(s) + integer(r)))],
    ['s negated', base64(sequence(integer(r) + integer(N - s)))],
    ['r is 0', base64(sequence(integer(0n) + integer(s)))],
    ['s is 0', base64(sequence(integer(r) + integer(0n)))],
    ['r is n', base64(sequence(integer(N) + integer(s)))],
    ['s beyond n', base64(sequence(integer(r) + integer(s + N)))],
    ['s has a leading zero more', base64(sequence(integer(r) + longer(integer(s))))],
    ['r|s instead of DER', base64(raw)],
    ['a byte behind the DER', base64(`${der}00`)],
    ['a byte behind the integers', base64(sequence(`${integer(r)}${integer(s)}00`))],
    ['the last byte missing', base64(der.slice(0, -2))],
    ['the length in its long form', base64(`3081${der.slice(2)}`)],
    ['hexadecimal instead of base64', der],
    ['too much padding', `${base64(der)}=`],
    ['a blank behind it', `${base64(der)} `],
    ['empty', ''],
  ];
}

// --- envelopes ---

const receiver = worked.receiver;
const C1C3C2 = 1;

// What an envelope is made of; each part can be replaced to make a wrong one.
function seal(plain, { keys = randomBytes(32), iv = randomBytes(16), padded, wrapped, macKey, macOver } = {}) {
  const pad = 16 - (plain.length % 16);
  const blocks = padded ?? Buffer.concat([plain, Buffer.alloc(pad, pad)]);
  const ciphertext = blocks.length === 0 ? '' : sm4.encrypt([...blocks], hexOf(keys.subarray(0, 16)), { mode: 'cbc', iv: hexOf(iv), padding: 'none' });
  const sealed = hexOf(iv) + ciphertext;
  const mac = sm3([...(macOver ? macOver(iv, ciphertext) : Buffer.from(sealed, 'hex'))], { key: hexOf(macKey ? macKey(keys) : keys.subarray(16)) });
  const key = wrapped ? wrapped(keys) : `04${sm2.doEncrypt([...keys], receiver.public_key, C1C3C2)}`;
  return { key: base64(key), iv: base64(hexOf(iv)), ciphertext: base64(ciphertext), mac: base64(mac) };
}

const text = Buffer.from('{"licence":"示例食品经营许可证","number":"EXAMPLE-0002"}', 'utf8');
const good = (why, plain, envelope = seal(plain)) => ({ why, private_key_hex: receiver.private_key, envelope, plaintext_hex: hexOf(plain) });
const bad = (why, envelope, private_key_hex = receiver.private_key) => ({ why, private_key_hex, envelope, refused: 'ENVELOPE' });

const open = [
  { why: 'the worked example of docs/envelope.md', private_key_hex: receiver.private_key, envelope: worked.envelope, plaintext_hex: worked.plaintext },
  good('nothing inside', Buffer.alloc(0)),
  ...[1, 15, 16, 17, 255, 4096].map((n) => good(`${n} bytes inside`, randomBytes(n))),
  good('zeros inside', Buffer.alloc(48)),
  good('text inside', text),
];

const sample = seal(text);
const parts = Object.fromEntries(Object.entries(sample).map(([name, value]) => [name, unbase64(value)]));
for (const name of ['key', 'iv', 'ciphertext', 'mac']) {
  const hex = parts[name];
  const altered = (value) => ({ ...sample, [name]: value });
  for (const bit of [0, 9, hex.length * 2, hex.length * 4 - 1]) {
    open.push(bad(`${name}: bit ${bit} flipped`, altered(base64(flip(hex, bit)))));
  }
  open.push(
    bad(`${name}: a byte shorter`, altered(base64(hex.slice(0, -2)))),
    bad(`${name}: a byte longer`, altered(base64(`${hex}00`))),
    bad(`${name}: empty`, altered('')),
    bad(`${name}: missing`, { ...sample, [name]: null }),
    bad(`${name}: line end behind it`, altered(`${sample[name]}\n`)),
    bad(`${name}: too much padding`, altered(`${sample[name]}=`)),
    bad(`${name}: hexadecimal`, altered(hex)),
    bad(`${name}: of another envelope`, altered(seal(text)[name])),
  );
}
// The pad bits of the last character are not zero.
const loose = (value) => value.replace(/([A-Za-z0-9+/])(=+)$/, (all, c, pad) => {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
  return alphabet[alphabet.indexOf(c) + 1] + pad;
});
const block = (n, pad) => Buffer.concat([Buffer.alloc(n, 1), Buffer.from(pad)]);
const G = '0432c4ae2c1f1981195f9904466a39c9948fe30bbff2660be1715a4589334c74c7bc3736a2f4f6779c59bdcee36b692153d0a9877cc62a474002df32e52139f0a0';
open.push(
  bad('opened with another key', sample, app.private_key_hex),
  bad('iv: pad bits that are not zero', { ...sample, iv: loose(sample.iv) }),
  bad('mac: without padding', { ...sample, mac: sample.mac.replace('=', '') }),
  bad('key: C1 C2 C3, the old order', seal(text, { wrapped: (keys) => `04${sm2.doEncrypt([...keys], receiver.public_key, 0)}` })),
  bad('key: ASN.1', seal(text, { wrapped: (keys) => sequenceOf(sm2.doEncrypt([...keys], receiver.public_key, C1C3C2)) })),
  bad('key: C1 without its 04', { ...sample, key: base64(parts.key.slice(2)) }),
  bad('key: C1 of zeros', { ...sample, key: base64(`04${'00'.repeat(64)}${parts.key.slice(130)}`) }),
  bad('key: C1 is the generator', { ...sample, key: base64(G + parts.key.slice(130)) }),
  bad('key: C1 in the hybrid form', { ...sample, key: base64(`06${parts.key.slice(2)}`) }),
  bad('key: 16 bytes inside', seal(text, { wrapped: (keys) => `04${sm2.doEncrypt([...keys.subarray(0, 16)], receiver.public_key, C1C3C2)}` })),
  bad('key: 48 bytes inside', seal(text, { wrapped: (keys) => `04${sm2.doEncrypt([...keys, ...randomBytes(16)], receiver.public_key, C1C3C2)}` })),
  bad('mac: under all 32 bytes', seal(text, { macKey: (keys) => keys })),
  bad('mac: under the SM4 key', seal(text, { macKey: (keys) => keys.subarray(0, 16) })),
  bad('mac: over the ciphertext alone', seal(text, { macOver: (iv, ciphertext) => Buffer.from(ciphertext, 'hex') })),
  bad('mac: over the base64 text', seal(text, { macOver: (iv, ciphertext) => Buffer.from(base64(hexOf(iv)) + base64(ciphertext)) })),
  bad('padding of 0 under a right mac', seal(text, { padded: block(15, [0]) })),
  bad('padding of 17 under a right mac', seal(text, { padded: Buffer.alloc(32, 17) })),
  bad('uneven padding under a right mac', seal(text, { padded: block(12, [4, 4, 3, 4]) })),
  bad('no ciphertext under a right mac', seal(text, { padded: Buffer.alloc(0) })),
  { why: 'no key', private_key_hex: '', envelope: sample, refused: 'KEY' },
  { why: 'a key of 0', private_key_hex: '00'.repeat(32), envelope: sample, refused: 'KEY' },
  { why: 'a key of n - 1', private_key_hex: number(N - 1n), envelope: sample, refused: 'KEY' },
  { why: 'a key beyond n', private_key_hex: number(N + 5n), envelope: sample, refused: 'KEY' },
);
function sequenceOf(raw) {
  const inside = integer(BigInt(`0x${raw.slice(0, 64)}`)) + integer(BigInt(`0x${raw.slice(64, 128)}`)) + `0420${raw.slice(128, 192)}0420${raw.slice(192)}`;
  return `3081${(inside.length / 2).toString(16)}${inside}`;
}

// --- calls to sign: what each SDK gives is checked by sm-crypto and by OpenSSL's command ---

const basic = { app_id: 'A0001', method: 'POST', target: '/api/v1/code/verify', to: '223010001', body: call.body };
const odd = (why, more) => ({ why, ...basic, ...more, refused: 'ARGUMENT' });
const signing = [
  { why: 'to a named code system', ...basic },
  { why: 'without an addressee', ...basic, to: null },
  { why: 'GET without a body', ...basic, method: 'GET', target: '/api/v1/data/file/abc?x=1&y=%E4', body: '' },
  { why: 'the longest app_id', ...basic, app_id: 'Aa0._-'.padEnd(32, 'z') },
  odd('no app_id', { app_id: '' }),
  odd('app_id too long', { app_id: 'A'.repeat(33) }),
  odd('app_id with a quote', { app_id: 'A"0001' }),
  odd('app_id with a line end', { app_id: 'A0001\n' }),
  odd('app_id that is Chinese', { app_id: '应用' }),
  odd('method in lower case', { method: 'post' }),
  odd('no method', { method: '' }),
  odd('target with a host', { target: 'https://code.example/api/v1/code/verify' }),
  odd('target with a line end', { target: '/api/v1/code/verify\n1763791200' }),
  odd('target with a blank', { target: '/api/v1/code verify' }),
  odd('target that is not encoded', { target: '/接口' }),
  odd('no target', { target: '' }),
  odd('to of eight digits', { to: '22301000' }),
  odd('to of ten digits', { to: '2230100010' }),
  odd('to with a line end', { to: '223010001\n' }),
  odd('to that is empty', { to: '' }),
  odd('to with letters', { to: '22301000A' }),
];

// A call with an addressee, for those who check such calls.
const to = { ...call, to: '223010001', signing_string: `${call.signing_string}223010001\n` };
to.signature = sign(to.signing_string, app);
to.authorization = `ZWM-SM2-SM3 app_id="${to.app_id}",timestamp="${to.timestamp}",nonce="${to.nonce}",to="${to.to}",signature="${to.signature}"`;

// --- receipts ---

const receiptString = (signingString, status, timestamp, body) => `${sm3(signingString)}\n${status}\n${timestamp}\n${sm3(body)}\n`;
const receiptOf = (signing_string, status, body, more = {}) => {
  const timestamp = '1763791201';
  return { signing_string, status, system: '223010001', timestamp, body,
    signature: sign(receiptString(signing_string, status, timestamp, body), system), ...more };
};
const first = { signing_string: call.signing_string, status: receipt.http_status, system: receipt.system,
  timestamp: receipt.timestamp, body: receipt.answer_body, signature: receipt.signature };
const addressed = receiptOf(to.signing_string, 200, receipt.answer_body);
const receipts = [
  { why: 'the worked example of docs/signing.md', ...first },
  { why: 'of a call with an addressee', ...addressed },
  { why: 'of a refusal', ...receiptOf(call.signing_string, 409, '{"process_response":{"error_code":"3005"}}') },
  { why: 'of an answer without a body', ...receiptOf(call.signing_string, 200, '') },
  { why: 'of the same call without its addressee', ...addressed, signing_string: call.signing_string, refused: 'SIGNATURE' },
  { why: 'of the same call to another', ...addressed, signing_string: to.signing_string.replace('\n223010001\n', '\n244030001\n'), refused: 'SIGNATURE' },
  { why: 'of another nonce', ...first, signing_string: call.signing_string.replace(call.nonce, `${call.nonce}x`), refused: 'SIGNATURE' },
  { why: 'of another status', ...first, status: 503, refused: 'SIGNATURE' },
  { why: 'of another time', ...first, timestamp: '1763791202', refused: 'SIGNATURE' },
  { why: 'of another answer', ...first, body: receipt.answer_body.replace('"100"', '"102"'), refused: 'SIGNATURE' },
  { why: 'of an answer with a line end more', ...first, body: `${receipt.answer_body}\n`, refused: 'SIGNATURE' },
  { why: 'the signature of the call', ...first, signature: call.signature, refused: 'SIGNATURE' },
  { why: 'of a system that is not trusted', ...first, system: '244030001', refused: 'SYSTEM' },
  { why: 'under the name of another that is trusted', ...first, system: '233010001', refused: 'SIGNATURE' },
  ...['', '22301000', '2230100011', '223010001 ', '22301000a'].map((s) => ({ why: `system "${s}"`, ...first, system: s, refused: 'HEADER' })),
  ...['', '-1', '01763791201', '1763791201.0', '17637912011763', '1763791201\n'].map((t) => ({ why: `timestamp ${JSON.stringify(t)}`, ...first, timestamp: t, refused: 'HEADER' })),
  ...['system', 'timestamp', 'signature'].map((name) => ({ why: `no ${name}`, ...first, [name]: null, refused: 'HEADER' })),
  ...[0, 99, 600].map((status) => ({ why: `status ${status}`, ...first, status, refused: 'ARGUMENT' })),
  { why: 'no signing string', ...first, signing_string: '', refused: 'ARGUMENT' },
  ...wrongSignatures(receipt.string, system).map(([why, signature]) => ({ why, ...first, signature, refused: 'SIGNATURE' })),
];

// --- calls that a code system makes ---

const outBase = { method: 'POST', url: 'https://portal.example/zwm/callback?case=7', body: '{"event":"used","item":"示例"}', now: 1763791210 };
const outParts = { app_id: '223010001', timestamp: '1763791200', nonce: 'Zk3v9_sample-nonce-01' };
const outString = (o = outBase, p = outParts) => `OUT\n${o.method}\n${o.url}\n${p.timestamp}\n${p.nonce}\n${sm3(o.body)}\n`;
const quote = (p) => Object.entries(p).map(([name, value]) => `${name}="${value}"`);
const outHeader = (p, scheme = 'ZWM-SM2-SM3-OUT', comma = ',') => `${scheme} ${quote(p).join(comma)}`;
const outSignature = sign(outString(), system);
const signedParts = { ...outParts, signature: outSignature };
const out = (why, header, more = {}) => ({ why, ...outBase, authorization: header, ...more });
const refusedOut = (why, header, refused, more = {}) => ({ ...out(why, header, more), refused });
const shape = (why, header) => refusedOut(why, header, 'HEADER');
const outs = [
  out('as a code system sends it', outHeader(signedParts)),
  out('the parts in another order, with blanks', outHeader(Object.fromEntries(Object.entries(signedParts).reverse()), 'ZWM-SM2-SM3-OUT \t', ' ,\t ')),
  out('300 seconds late', outHeader(signedParts), { now: 1763791500 }),
  out('300 seconds early', outHeader(signedParts), { now: 1763790900 }),
  (() => {
    const o = { ...outBase, method: 'GET', url: 'http://127.0.0.1:8080/', body: '' };
    return out('GET without a body', outHeader({ ...outParts, signature: sign(outString(o), system) }), o);
  })(),
  refusedOut('301 seconds late', outHeader(signedParts), 'CLOCK', { now: 1763791501 }),
  refusedOut('301 seconds early', outHeader(signedParts), 'CLOCK', { now: 1763790899 }),
  refusedOut('another path', outHeader(signedParts), 'SIGNATURE', { url: 'https://portal.example/zwm/other?case=7' }),
  refusedOut('another query', outHeader(signedParts), 'SIGNATURE', { url: 'https://portal.example/zwm/callback?case=8' }),
  refusedOut('another host', outHeader(signedParts), 'SIGNATURE', { url: 'https://other.example/zwm/callback?case=7' }),
  refusedOut('another scheme', outHeader(signedParts), 'SIGNATURE', { url: 'http://portal.example/zwm/callback?case=7' }),
  refusedOut('another port', outHeader(signedParts), 'SIGNATURE', { url: 'https://portal.example:8443/zwm/callback?case=7' }),
  refusedOut('another method', outHeader(signedParts), 'SIGNATURE', { method: 'PUT' }),
  refusedOut('another body', outHeader(signedParts), 'SIGNATURE', { body: '{}' }),
  refusedOut('another nonce', outHeader({ ...signedParts, nonce: 'Zk3v9_sample-nonce-02' }), 'SIGNATURE'),
  refusedOut('another time', outHeader({ ...signedParts, timestamp: '1763791201' }), 'SIGNATURE'),
  refusedOut('a system that is not trusted', outHeader({ ...signedParts, app_id: '244030001' }), 'SYSTEM'),
  refusedOut('an app that is no system', outHeader({ ...signedParts, app_id: 'A0001' }), 'SYSTEM'),
  refusedOut('another system that is trusted', outHeader({ ...signedParts, app_id: '233010001' }), 'SIGNATURE'),
  refusedOut('a string without OUT', outHeader({ ...outParts, signature: sign(outString().slice(4), system) }), 'SIGNATURE'),
  refusedOut('the address without its host', outHeader({ ...outParts, signature: sign(outString({ ...outBase, url: '/zwm/callback?case=7' }), system) }), 'SIGNATURE'),
  refusedOut('an address with a line end', outHeader(signedParts), 'ARGUMENT', { url: 'https://portal.example/zwm\n' }),
  refusedOut('a path for an address', outHeader(signedParts), 'ARGUMENT', { url: '/zwm/callback?case=7' }),
  refusedOut('a method in lower case', outHeader(signedParts), 'ARGUMENT', { method: 'post' }),
  shape('no header', null),
  shape('an empty header', ''),
  shape('a call instead', outHeader(signedParts, 'ZWM-SM2-SM3')),
  shape('the scheme in lower case', outHeader(signedParts, 'zwm-sm2-sm3-out')),
  shape('no blank behind the scheme', outHeader(signedParts).replace('OUT ', 'OUT')),
  shape('a blank in front', ` ${outHeader(signedParts)}`),
  shape('a comma at the end', `${outHeader(signedParts)},`),
  shape('an addressee', outHeader({ ...signedParts, to: '223010001' })),
  shape('a part twice', `${outHeader(signedParts)},nonce="Zk3v9_sample-nonce-01"`),
  shape('a part twice and another missing', `ZWM-SM2-SM3-OUT ${[...quote(outParts), 'nonce="Zk3v9_sample-nonce-01"'].join(',')}`),
  shape('a value without quotes', outHeader(signedParts).replace('"223010001"', '223010001')),
  shape('another word for a part', outHeader(signedParts).replace('app_id', 'app')),
  shape('longer than 1024 bytes', outHeader(signedParts, `ZWM-SM2-SM3-OUT${' '.repeat(1024)}`)),
  ...Object.keys(signedParts).map((name) => shape(`no ${name}`, outHeader(Object.fromEntries(Object.entries(signedParts).filter(([n]) => n !== name))))),
  ...['short', 'a'.repeat(65), 'Zk3v9 sample nonce 01'].map((nonce) => shape(`nonce "${nonce.slice(0, 8)}…"`, outHeader({ ...signedParts, nonce }))),
  ...['', '-1', '01763791200', '1763791200.5', '1763791200000'].map((timestamp) => shape(`timestamp "${timestamp}"`, outHeader({ ...signedParts, timestamp }))),
  ...wrongSignatures(outString(), system).map(([why, signature]) => refusedOut(why, outHeader({ ...outParts, signature }), 'SIGNATURE')),
];

// --- keys ---

const spki = system.public_key;
const publicKeys = [
  { why: 'base64', text: spki },
  { why: 'PEM', text: system.public_key_pem },
  { why: 'hexadecimal', text: system.public_point_hex },
  { why: 'with line ends around', text: `\n${spki}\n` },
  { why: 'empty', text: '', refused: 'KEY' },
  { why: 'off the curve', text: flip(system.public_point_hex, 515), refused: 'KEY' },
  { why: 'off the curve, in base64', text: base64(flip(unbase64(spki), 720)), refused: 'KEY' },
  { why: 'infinity', text: `04${'00'.repeat(64)}`, refused: 'KEY' },
  { why: 'a byte behind', text: base64(`${unbase64(spki)}00`), refused: 'KEY' },
  { why: 'a byte short', text: base64(unbase64(spki).slice(0, -2)), refused: 'KEY' },
  { why: 'of the curve P-256', refused: 'KEY',
    text: 'MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEaxfR8uEsQkf4vOblY6RA8ncDfYEt6zOg9KE5RdiYwpZP40Li/hp/m47n60p8D54WK84zV2sxXs7LtkBoN79R9Q==' },
  { why: 'a private one', text: app.private_key_hex, refused: 'KEY' },
];

const result = {
  note: 'Published test keys: never use them for anything but tests. Made by make-sdk-vectors.mjs with sm-crypto. `refused` is the code of the refusal; without it the SDK must accept.',
  app, systems: { 223010001: system.public_key, 233010001: app.public_key }, system,
  to, open, signing, receipts, out_string: outString(), outs, public_keys: publicKeys,
};
writeFileSync(new URL('sdk.json', import.meta.url), `${JSON.stringify(result, null, 1)}\n`);
const all = [...open, ...signing, ...receipts, ...outs, ...publicKeys];
console.log(`${all.length} cases, ${all.filter((c) => c.refused).length} to refuse`);
