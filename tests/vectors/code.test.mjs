// Confirms code.json with a decoder written here from docs/code-format.md, sm-crypto and canonicalize: a second opinion
// beside the C unit tests, which read the same file. No running system is needed.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import canonicalize from 'canonicalize';
import sm from 'sm-crypto';
import { OUT, text as generated } from './make-code-vectors.mjs';

const { sm2, sm3 } = sm;
const file = readFileSync(OUT, 'utf8');
const vectors = JSON.parse(file);
const docs = readFileSync(new URL('../../docs/code-format.md', import.meta.url), 'utf8');

const TYPES = { ZWM1: { text: 240, b: 54, system: 9, channel: 2 }, QYM1: { text: 232, b: 49, system: 6, channel: 0 } };

/** The fields of a code, or the error code as text. */
function decode(input) {
    const text = input.replace(/^[ \t\r\n]+|[ \t\r\n]+$/g, '');
    if (![240, 232].includes(text.length) || !/^[A-Z2-7]*$/.test(text))
        return '3001';
    const bits = [...text].map((c) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(c).toString(2).padStart(5, '0')).join('');
    const bytes = Buffer.from(bits.match(/.{8}/g).map((eight) => parseInt(eight, 2)));
    const type = TYPES[bytes.toString('latin1', 35, 39)];
    if (type === undefined || bytes[34] !== 1)
        return '3002';
    if (text.length !== type.text || bytes.readUInt16BE(32) !== type.b)
        return '3001';
    let at = 39;
    const take = (len) => bytes.subarray(at, at += len);
    const system = take(type.system).toString('latin1');
    const channel = take(type.channel).toString('latin1');
    const form = type.system === 6 ? /^\d{6}$/
        : /^(1000000|2(?!000)\d{6}|3000(?!000)\d{3})(?!00)\d\d$/;
    if (!form.test(system) || !/^(\d\d)?$/.test(channel))
        return '3001';
    return {
        identity: bytes.toString('hex', 0, 32), type: bytes.toString('latin1', 35, 39), system, channel,
        deadline: take(4).readUInt32BE(), digest: take(32).toString('hex'),
        signed: bytes.subarray(0, at), signature: take(64).toString('hex'), rest: bytes.length - at,
    };
}

const verifies = (code) => sm2.doVerifySignature([...code.signed], code.signature, vectors.key.public,
    { hash: true, userId: vectors.key.signer_id });

test('code.json is what its generator writes', () => assert.equal(generated(), file));

test('the key is the published one', () => {
    // GB/T 32918.5 A.2
    assert.equal(vectors.key.public.slice(0, 66).toUpperCase(),
        '0409F9DF311E5421A150DD7D161E4BC5C672179FAD1833FC076BB08FF356F35020');
    assert.equal(Buffer.from(vectors.key.spki, 'base64').subarray(-65).toString('hex'), vectors.key.public);
});

for (const v of vectors.valid) {
    test(`valid: ${v.name}`, () => {
        const code = decode(v.text);
        assert.equal(typeof code, 'object', code);
        for (const name of ['identity', 'type', 'system', 'deadline', 'digest', 'signature'])
            assert.equal(code[name], v[name], name);
        assert.equal(code.channel, v.channel ?? '');
        assert.equal(code.rest, 0);
        assert.equal(canonicalize(v.record), v.jcs);
        assert.equal(sm3(v.jcs), v.digest);
        assert.ok(verifies(code));
        assert.deepEqual(decode(`\r\n\t ${v.text} \n`), code);
        if (v.type === 'QYM1')
            assert.equal(sm3(vectors.uscc), v.identity);
    });
}

for (const v of vectors.invalid)
    test(`invalid: ${v.name}`, () => assert.equal(decode(v.text), v.error_code));

for (const v of vectors.forged) {
    test(`forged: ${v.name}`, () => {
        const code = decode(v.text);
        assert.equal(typeof code, 'object', code);
        assert.ok(!verifies(code));
    });
}

for (const v of vectors.jcs) {
    test(`JCS: ${v.input}`, () => {
        assert.equal(canonicalize(JSON.parse(v.input)), v.canonical);
        assert.equal(sm3(v.canonical), v.sm3);
    });
}

test('JCS: the examples of RFC 8785', () => {
    assert.equal(vectors.jcs[0].canonical, '{"literals":[null,true,false],"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}');
    assert.deepEqual(vectors.jcs[1].canonical.match(/(?<=:")[^"]*/g), ['Carriage Return', 'One', 'Control',
        'Latin Small Letter O With Diaeresis', 'Euro Sign', 'Emoji: Grinning Face', 'Hebrew Letter Dalet With Dagesh']);
});

test('docs/code-format.md shows the first two vectors as they are', () => {
    for (const v of vectors.valid.slice(0, 2)) {
        for (const name of ['text', 'jcs', 'digest', 'identity', 'system'])
            assert.ok(docs.includes(v[name]), `${v.name}: ${name}`);
        for (const half of [v.signature.slice(0, 64), v.signature.slice(64)])
            assert.ok(docs.includes(half), `${v.name}: signature`);
        assert.ok(docs.includes(v.deadline.toString(16)), `${v.name}: deadline`);
    }
    for (const name of ['private', 'public', 'spki'])
        assert.ok(docs.includes(vectors.key[name]), name);
});
