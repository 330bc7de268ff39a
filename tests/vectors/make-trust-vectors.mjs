// Makes tests/vectors/trust.json and the seeds of the trust list's fuzzer with sm-crypto and canonicalize, none of the
// code under test being involved.
//   cd tests && npm ci && node vectors/make-trust-vectors.mjs
// The keys are the SM3 of a published sentence, so anyone has them: for tests only, never to be registered anywhere.
import { mkdirSync, writeFileSync } from 'node:fs';
import canonicalize from 'canonicalize';
import smCrypto from 'sm-crypto';

const { sm2, sm3 } = smCrypto;
const SPKI_HEAD = '3059301306072a8648ce3d020106082a811ccf5501822d034200';

function key(sentence) {
  const d = sm3(sentence), point = sm2.getPublicKeyFromPrivateKey(d);
  return { sentence, d, point, spki: Buffer.from(SPKI_HEAD + point, 'hex').toString('base64') };
}

const publisher = key('zwm trust list test key: publisher');
const other = key('zwm trust list test key: another publisher');

function signed(list, by = publisher) {
  const hex = sm2.doSignature([...Buffer.from(canonicalize(list))], by.d, { hash: true, der: true, publicKey: by.point });
  return { ...list, signature: Buffer.from(hex, 'hex').toString('base64') };
}

const system = (id, name, more = {}) => ({
  system: id, name, base_url: `https://s${id}.example`, public_key: key(`zwm trust list test key: ${id}`).spki,
  code_types: ['ZWM1', 'QYM1'], mode: 'direct', status: 'active', ...more,
});

const list = {
  version: 7, issued_at: 1795384939, expires_at: 1795471339, publisher: '100000001',
  // not in the order of the identifiers, names that JCS and UTF-8 care about
  systems: [
    system('251010001', '成都市政务服务码系统（示例）', { mode: 'relay', parent: '251000001' }),
    system('100000001', '国家政务服务码系统（示例）', { public_key: publisher.spki }),
    system('300090101', 'department "\\" \u{20000} €', { mode: 'relay', code_types: ['ZWM1'], status: 'suspended' }),
    system('251000001', '四川省政务服务码系统（示例）', {
      previous_public_key: key('zwm trust list test key: before').spki, previous_until: 1795400000, base_url: 'https://sc.example:8443/zwm',
    }),
  ],
};

const good = signed(list);
writeFileSync(new URL('trust.json', import.meta.url), `${JSON.stringify({
  made_by: 'sm-crypto 0.5.8, canonicalize 4.0.0: make-trust-vectors.mjs',
  publisher_sentence: publisher.sentence,
  publisher_public_key: publisher.spki,
  other_sentence: other.sentence,
  list: JSON.stringify(good),
  canonical: canonicalize(list),
}, null, 2)}\n`);

const dir = new URL('../fuzz/seeds/trust/', import.meta.url);
mkdirSync(dir, { recursive: true });
const seed = (name, text) => writeFileSync(new URL(name, dir), typeof text === 'string' ? text : JSON.stringify(text));
const one = { ...list, systems: [list.systems[1]] };
const changed = (more) => signed({ ...list, systems: [list.systems[1], { ...list.systems[0], parent: undefined, ...more }] });
seed('good', good);
seed('one', signed(one));
seed('canonical', canonicalize(good));
seed('other_key', signed(list, other));
seed('no_signature', list);
seed('twice', signed({ ...list, systems: [...list.systems, list.systems[0]] }));
seed('duplicate_member', JSON.stringify(good).replace('{"version":7,', '{"version":7,"version":7,'));
seed('http', changed({ base_url: 'http://s.example' }));
seed('url', changed({ base_url: 'https://user@s.example/?q#f' }));
seed('key', changed({ public_key: `${publisher.spki.slice(0, -8)}AAAAAA==` }));
seed('parent', changed({ parent: '251010001' }));
seed('loop', signed({ ...list, systems: [list.systems[1], system('251010001', 'a', { mode: 'relay', parent: '251000001' }),
  system('251000001', 'b', { mode: 'relay', parent: '251010001' })] }));
seed('status', changed({ status: 'withdrawn' }));
seed('types', changed({ code_types: [] }));
seed('previous', changed({ previous_until: 1 }));
seed('unknown_member', changed({ later: { x: [1, null, true] } }));
seed('number', signed({ ...one, version: 9007199254740991 }));
seed('no_systems', signed({ ...list, systems: [] }));
seed('publisher', signed({ ...one, publisher: '251000001' }));
