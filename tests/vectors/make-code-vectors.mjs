// Writes code.json: service codes, good and bad, and JCS texts, made with sm-crypto and canonicalize and without any
// code of the product. Run again it writes the same bytes: the signatures' k is derived from their number, which no
// real signer may ever do.
//
//   node tests/vectors/make-code-vectors.mjs
import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import canonicalize from 'canonicalize';
import sm from 'sm-crypto';

const { sm2, sm3 } = sm;
const { BigInteger } = createRequire(createRequire(import.meta.url).resolve('sm-crypto'))('jsbn');

// The key of the signature example in GB/T 32918.5 Annex A: published, so never a key to trust.
const PRIVATE = '3945208f7b2144b13f36e38ac6d39f95889393692860b51a42fb81ef4df7c5b8';
const PUBLIC = sm2.getPublicKeyFromPrivateKey(PRIVATE);
const SPKI_HEAD = '3059301306072a8648ce3d020106082a811ccf5501822d034200';
const SIGNER_ID = '1234567812345678';
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

const hex = (bytes) => Buffer.from(bytes).toString('hex');
const ascii = (text) => [...Buffer.from(text, 'ascii')];
const uint = (value, len) => Array.from({ length: len }, (_, i) => Math.floor(value / 256 ** (len - 1 - i)) & 255);

function base32(bytes) {
    const bits = [...bytes].map((b) => b.toString(2).padStart(8, '0')).join('');
    return bits.match(/.{1,5}/g).map((five) => ALPHABET[parseInt(five.padEnd(5, '0'), 2)]).join('');
}

let signatures = 0;
function sign(message) {
    const k = sm3(`zwm test vectors, k number ${++signatures}`);
    const point = sm2.getPublicKeyFromPrivateKey(k);
    return sm2.doSignature(message, PRIVATE, {
        hash: true, publicKey: PUBLIC, userId: SIGNER_ID,
        pointPool: [{ k: new BigInteger(k, 16), x1: new BigInteger(point.slice(2, 66), 16) }],
    });
}

/** The bytes A+B; every member may be overridden to make a bad code. */
function layout({ identity, length, version = 1, type, system, channel = '', deadline, digest }) {
    const tail = [...ascii(type), ...ascii(system), ...ascii(channel), ...uint(deadline, 4), ...Buffer.from(digest, 'hex')];
    return [...Buffer.from(identity, 'hex'), ...uint(length ?? tail.length + 3, 2), version, ...tail];
}

function encode(parts) {
    const signed = layout(parts);
    const signature = sign(signed);
    const bytes = hex(signed) + signature;
    return { signed: hex(signed), signature, bytes, text: base32(Buffer.from(bytes, 'hex')) };
}

function valid(name, parts, record) {
    const jcs = canonicalize(record);
    const fields = { ...parts, digest: sm3(jcs) };
    return { name, ...fields, record, jcs, ...encode(fields) };
}

const ISSUED = 1763791200; // 2025-11-22 06:00:00 UTC, 14:00:00 in China

const person = {
    identity: hex(Array.from({ length: 32 }, (_, i) => i)),
    type: 'ZWM1', system: '251010001', channel: '01', deadline: ISSUED + 60,
};
const personRecord = {
    sqzt: { sqztmc: '测试甲', sqztdm: '000000199001010018', sqsj: '20251122140000' },
    sqqx: { sqkssj: '20251122140000', sqjzsj: '20251122140100' },
    xxlb: ['LICENCE_BASIC'],
    xxsy: { sqbh: '00112233445566778899aabbccddeeff' },
    czqx: '1',
};
const uscc = '91000000MA0000000N';
const enterprise = { identity: sm3(uscc), type: 'QYM1', system: '510100', deadline: ISSUED + 300 };
const enterpriseRecord = {
    sqzt: { sqztmc: '示例科技有限公司', sqztdm: uscc, sqsj: '20251122140000' },
    sqqx: { sqkssj: '20251122140000', sqjzsj: '20251122140500' },
    bsqzt: { bsqztlx: '2', bsqzxm: '示例银行股份有限公司', zjlx: '98', zjhm: '91000000MA0000001R' },
    xxkzf: { name: '示例信息中心' },
    xxlb: ['LICENCE_BASIC', 'LICENCE_FILE'],
    xxsy: { sqbh: 'ffeeddccbbaa99887766554433221100', purpose: '开户' },
    czqx: '5',
};

/** Texts that are no code, each with the error it must get. */
function invalid(good, goodQym) {
    const digest = good.digest;
    const bad = (name, error_code, change) => ({ name, error_code, text: encode({ ...person, digest, ...change }).text });
    const badQym = (name, error_code, change) => ({ name, error_code, text: encode({ ...enterprise, digest, ...change }).text });
    const as = (name, text, error_code = '3001') => ({ name, error_code, text });
    const { text } = good;
    return [
        as('empty', ''), as('white space only', ' \t\r\n'), as('one character', 'A'),
        as('one character short', text.slice(0, -1)), as('one character long', `${text}A`),
        as('lower case', text.toLowerCase()), as('one letter in lower case', text.replace('A', 'a')),
        as('padding', `${text.slice(0, -1)}=`), as('digit 1', `1${text.slice(1)}`), as('digit 8', `8${text.slice(1)}`),
        as('space inside', `${text.slice(0, 100)} ${text.slice(101)}`),
        as('line feed inside, length kept by a cut', `${text.slice(0, 120)}\n${text.slice(120, 239)}`),
        as('NUL inside', `${text.slice(0, 100)}\0${text.slice(101)}`), as('NUL behind', `${text}\0`),
        as('vertical tab behind', `${text}\v`), as('no-break space before', `\u00a0${text}`),
        as('full-width letter', `Ａ${text.slice(1)}`), as('full-width letter, 240 bytes', `Ａ${text.slice(3)}`),
        as('byte order mark', `\ufeff${text}`), as('twice', text + text),
        bad('type of lower case', '3002', { type: 'zwm1' }), bad('type ZWM2', '3002', { type: 'ZWM2' }),
        bad('version 0', '3002', { version: 0 }), bad('version 2', '3002', { version: 2 }),
        badQym('QYM1, version 2', '3002', { version: 2 }), badQym('type QYM2', '3002', { type: 'QYM2' }),
        as('240 times A', 'A'.repeat(240), '3002'), as('232 times 7', '7'.repeat(232), '3002'),
        bad('version 2 goes before a wrong length field', '3002', { version: 2, length: 1 }),
        bad('length field 53', '3001', { length: 53 }), bad('length field 49', '3001', { length: 49 }),
        bad('length field 0', '3001', { length: 0 }), bad('length field 54 + 256', '3001', { length: 310 }),
        badQym('QYM1, length field 54', '3001', { length: 54 }),
        bad('QYM1 in 150 bytes', '3001', { type: 'QYM1' }),
        bad('QYM1 in 150 bytes, length field 49', '3001', { type: 'QYM1', length: 49 }),
        badQym('ZWM1 in 145 bytes', '3001', { type: 'ZWM1' }),
        badQym('ZWM1 in 145 bytes, length field 54', '3001', { type: 'ZWM1', length: 54 }),
        bad('system of class 0', '3001', { system: '051010001' }), bad('system of class 4', '3001', { system: '451010001' }),
        bad('serial 00', '3001', { system: '251010000' }), bad('national with a division', '3001', { system: '151010001' }),
        bad('regional without a division', '3001', { system: '200000001' }),
        bad('regional with a department', '3001', { system: '200090101' }),
        bad('departmental without a department', '3001', { system: '300000001' }),
        bad('departmental with a division', '3001', { system: '351010001' }),
        bad('letter in the system', '3001', { system: '2510A0001' }),
        bad('space in the system', '3001', { system: '25101000 ' }),
        bad('NUL in the system', '3001', { system: '25101000\0' }),
        bad('letters for a channel', '3001', { channel: 'AB' }), bad('sign in the channel', '3001', { channel: '+1' }),
        bad('NUL in the channel', '3001', { channel: '0\0' }),
        badQym('letter in the platform', '3001', { system: '51010A' }),
        badQym('point in the platform', '3001', { system: '51.100' }),
        as('QYM1 in lower case', goodQym.text.toLowerCase()), as('QYM1, one character short', goodQym.text.slice(1)),
        as('QYM1 with padding to 240', goodQym.text + '='.repeat(8)),
        as('QYM1 with zeros to 240', goodQym.text + 'A'.repeat(8)),
    ];
}

/** Well formed, with a signature that must not verify: [name, text]. */
function forged(good) {
    const bytes = Buffer.from(good.bytes, 'hex');
    const flip = (at) => { const copy = Buffer.from(bytes); copy[at] ^= 1; return base32(copy); };
    const cut = (sig) => base32(Buffer.from(good.signed + sig, 'hex'));
    const { signature } = good;
    return [
        ['identity altered', flip(0)], ['deadline altered', flip(53)], ['digest altered', flip(85)],
        ['r altered', flip(100)], ['s altered', flip(149)], ['signature all zero', cut('00'.repeat(64))],
        ['s and r exchanged', cut(signature.slice(64) + signature.slice(0, 64))],
    ].map(([name, text]) => ({ name, text }));
}

// Inputs as JSON texts. The first two are the examples of RFC 8785 3.2.2 (its string) and 3.2.3.
const JCS = [
    '{"string": "\\u20ac$\\u000F\\u000aA\'\\u0042\\u0022\\u005c\\\\\\"\\/", "literals": [null, true, false]}',
    '{"\\u20ac":"Euro Sign","\\r":"Carriage Return","\\ufb33":"Hebrew Letter Dalet With Dagesh","1":"One",'
        + '"\\ud83d\\ude00":"Emoji: Grinning Face","\\u0080":"Control","\\u00f6":"Latin Small Letter O With Diaeresis"}',
    '{}', '[]', '""', 'null', 'true', 'false', '0', '-1', '[[[]],{}]', ' [ 1 , 2 ] ',
    '9007199254740991', '-9007199254740991',
    '{"\\ue000":1,"\\ud800\\udc00":2,"\\ud7ff":3,"\\uffff":4,"\\udbff\\udfff":5,"z":6}',
    '{"a\\uff21":1,"a\\ud83d\\ude00":2,"a":3,"aa":4,"A":5}',
    '{"b":1,"a":{"d":[{"z":1,"y":2}],"c":null},"":0}',
    '"\\u0000\\u0001\\u0007\\b\\t\\n\\u000b\\f\\r\\u000e\\u001f \\u007f\\u0080\\u2028\\u2029"',
    '"</script>&\'"', '"政务服务码\\ud842\\udfb7"', '{"10":1,"9":2,"1":3}',
];
// JSON, but not in the part of JCS that this system uses: integers only, none beyond 2^53 - 1.
const JCS_REFUSED = ['9007199254740992', '-9007199254740992', '9223372036854775807', '-9223372036854775808',
    '18446744073709551615', '1.5', '1.0', '1e2', '[0.1]', '{"a":[{"b":2.5}]}'];

export function vectors() {
    signatures = 0;
    const good = [valid('person', person, personRecord), valid('enterprise', enterprise, enterpriseRecord)];
    good.push(valid('national, last second of the field', { ...person, system: '100000099', channel: '99', deadline: 4294967295 }, personRecord));
    good.push(valid('departmental, deadline 0', { ...person, system: '300090101', channel: '07', deadline: 0 }, personRecord));
    good.push(valid('enterprise, national platform', { ...enterprise, system: '000000' }, enterpriseRecord));
    return {
        note: 'Test data. The key pair is the published example of GB/T 32918.5 Annex A; people and enterprises are invented.',
        key: { private: PRIVATE, public: PUBLIC, spki: Buffer.from(SPKI_HEAD + PUBLIC, 'hex').toString('base64'), signer_id: SIGNER_ID },
        uscc, valid: good, invalid: invalid(good[0], good[1]), forged: forged(good[0]),
        jcs: JCS.map((input) => { const canonical = canonicalize(JSON.parse(input)); return { input, canonical, sm3: sm3(canonical) }; }),
        jcs_refused: JCS_REFUSED,
    };
}

export const OUT = new URL('code.json', import.meta.url);
export const text = () => `${JSON.stringify(vectors(), null, 1)}\n`;

if (process.argv[1] === fileURLToPath(import.meta.url))
    writeFileSync(OUT, text());
