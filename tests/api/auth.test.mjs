// 2xxx: who calls (R4.2, R8.1, R8.7; interface 2.1).
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import https from 'node:https';
import { newKey, newNonce, publicKeyFromSpki, sign, signingString, verifies } from './lib/client.mjs';
import { System, expectDone, expectError, freshCode, issueBody, verifyBody } from './lib/system.mjs';

const zwm = System.fromEnvironment();
const OUTCOME = '/api/v1/code/outcome', VERIFY = '/api/v1/code/verify';
let channel, third, listed, listedElsewhere, victim, rekeyed;

before(async () => {
  channel = await zwm.app('channel', 'auth-ch');
  third = await zwm.app('third-party', 'auth-tp');
  listed = await zwm.app('third-party', 'auth-al', { allowList: '127.0.0.1/32' });
  listedElsewhere = await zwm.app('third-party', 'auth-ae', { allowList: '10.9.8.0/24' });
  victim = await zwm.app('third-party', 'auth-su');
  rekeyed = await zwm.app('third-party', 'auth-rk');
  await zwm.inForce();
});
after(() => zwm.close());

// A call that needs nothing but to be let in: outcome of a nonce never used is 3007.
const probe = (client, options) => client.call(OUTCOME, { nonce: newNonce() }, options);
const expectIn = (answer) => expectError(answer, '3007');
const withHeader = (client, Authorization, more) => probe(client, { headers: { Authorization }, ...more });

test('a properly signed call is let in', async () => expectIn(await probe(third)));

test('2001: headers that are none', async (t) => {
  const at = () => third.now();
  const sig = Buffer.from('30060201010201 01'.replace(' ', ''), 'hex').toString('base64');
  const part = (name, value) => `${name}="${value}"`;
  const parts = (more = {}) => {
    const all = { app_id: third.appId, timestamp: String(at()), nonce: newNonce(), signature: sig, ...more };
    return Object.entries(all).filter(([, v]) => v !== undefined).map(([k, v]) => part(k, v)).join(',');
  };
  const headers = {
    absent: undefined,
    empty: '',
    'scheme only': 'ZWM-SM2-SM3',
    'another scheme': `Bearer ${sig}`,
    'scheme in small letters': `zwm-sm2-sm3x ${parts()}`,
    'without app_id': `ZWM-SM2-SM3 ${parts({ app_id: undefined })}`,
    'without nonce': `ZWM-SM2-SM3 ${parts({ nonce: undefined })}`,
    'without timestamp': `ZWM-SM2-SM3 ${parts({ timestamp: undefined })}`,
    'without signature': `ZWM-SM2-SM3 ${parts({ signature: undefined })}`,
    'an unknown part': `ZWM-SM2-SM3 ${parts({ realm: 'x' })}`,
    'a part twice': `ZWM-SM2-SM3 ${parts()},${part('app_id', third.appId)}`,
    'unquoted': `ZWM-SM2-SM3 ${parts().replaceAll('"', '')}`,
    'unclosed quote': `ZWM-SM2-SM3 ${parts().slice(0, -1)}`,
    'something behind': `ZWM-SM2-SM3 ${parts()} x`,
    'app_id too long': `ZWM-SM2-SM3 ${parts({ app_id: 'A'.repeat(300) })}`,
    'header of 5000': `ZWM-SM2-SM3 ${parts({ signature: 'A'.repeat(5000) })}`,
    'nonce of 15': `ZWM-SM2-SM3 ${parts({ nonce: 'n'.repeat(15) })}`,
    'nonce of 65': `ZWM-SM2-SM3 ${parts({ nonce: 'n'.repeat(65) })}`,
    'nonce with a dot': `ZWM-SM2-SM3 ${parts({ nonce: 'nonce.nonce.nonce' })}`,
    'timestamp in words': `ZWM-SM2-SM3 ${parts({ timestamp: 'now' })}`,
    'timestamp signed': `ZWM-SM2-SM3 ${parts({ timestamp: `+${at()}` })}`,
    'timestamp with a fraction': `ZWM-SM2-SM3 ${parts({ timestamp: `${at()}.0` })}`,
    'timestamp in hexadecimal': `ZWM-SM2-SM3 ${parts({ timestamp: `0x${at().toString(16)}` })}`,
    'a signature of 1, 1': `ZWM-SM2-SM3 ${parts()}`,
    'a signature that is no base64': `ZWM-SM2-SM3 ${parts({ signature: '!!!!' })}`,
    'an empty signature': `ZWM-SM2-SM3 ${parts({ signature: '' })}`,
    'allow-list scheme for an app with a key': `ZWM-ALLOWLIST ${parts({ signature: undefined })}`,
    'allow-list scheme for no app': `ZWM-ALLOWLIST ${parts({ signature: undefined, app_id: 'T-nobody' })}`,
  };
  for (const [name, header] of Object.entries(headers)) {
    await t.test(name, async () => expectError(await withHeader(third, header), '2001'));
  }
});

test('2001: the signature covers everything', async (t) => {
  const body = { nonce: newNonce() };
  const bytes = Buffer.from(JSON.stringify(body));
  const make = (more = {}) => {
    const signed = { method: 'POST', target: OUTCOME, timestamp: third.now(), nonce: newNonce(), body: bytes, ...more };
    return { signed, string: signingString(signed) };
  };
  const header = ({ timestamp, nonce }, signature, appId = third.appId) =>
    `ZWM-SM2-SM3 app_id="${appId}",timestamp="${timestamp}",nonce="${nonce}",signature="${signature.toString('base64')}"`;
  const attempt = (Authorization, target = OUTCOME) => third.call(target, bytes, { headers: { Authorization } });
  const { signed, string } = make();

  await t.test('unaltered: let in', async () => expectIn(await attempt(header(signed, sign(string, third.key)))));
  const wrong = {
    'another body': () => { const m = make({ body: Buffer.from('{}') }); return header(m.signed, sign(m.string, third.key)); },
    'another method': () => { const m = make({ method: 'GET' }); return header(m.signed, sign(m.string, third.key)); },
    'another target': () => { const m = make({ target: VERIFY }); return header(m.signed, sign(m.string, third.key)); },
    'another timestamp': () => { const m = make(); return header({ ...m.signed, timestamp: m.signed.timestamp - 1 }, sign(m.string, third.key)); },
    'another nonce': () => { const m = make(); return header({ ...m.signed, nonce: newNonce() }, sign(m.string, third.key)); },
    'another key': () => { const m = make(); return header(m.signed, sign(m.string, newKey())); },
    'another app': () => { const m = make(); return header(m.signed, sign(m.string, third.key), victim.appId); },
    'upper-case digest': () => {
      const m = make(); const s = m.string.replace(/[0-9a-f]{64}/, (h) => h.toUpperCase());
      return header(m.signed, sign(s, third.key));
    },
    'no last newline': () => { const m = make(); return header(m.signed, sign(m.string.slice(0, -1), third.key)); },
    'r|s instead of DER': () => { const m = make(); return header(m.signed, sign(m.string, third.key, { der: false })); },
    'a byte behind the DER': () => { const m = make(); return header(m.signed, Buffer.concat([sign(m.string, third.key), Buffer.from([0])])); },
    'a long form of the DER length': () => {
      const m = make(); const der = sign(m.string, third.key);
      return header(m.signed, Buffer.concat([Buffer.from([0x30, 0x81]), der.subarray(1)]));
    },
    'one bit of it': () => { const m = make(); const der = sign(m.string, third.key); der[der.length - 1] ^= 1; return header(m.signed, der); },
  };
  for (const [name, give] of Object.entries(wrong)) {
    await t.test(name, async () => expectError(await attempt(give()), '2001'));
  }
  await t.test('a query the signature does not cover', async () => {
    const m = make();
    expectError(await attempt(header(m.signed, sign(m.string, third.key)), `${OUTCOME}?x=1`), '2001');
  });
  await t.test('a query the signature covers: let in', async () => expectIn(await third.call(`${OUTCOME}?x=1`, body)));
});

const median = (numbers) => [...numbers].sort((a, b) => a - b)[numbers.length >> 1];

test('an unknown app and a wrong signature cannot be told apart', async (t) => {
  const unknown = zwm.client(third.appId.replace('tp', 'no'), newKey(), { maxSockets: 1 });
  const wrong = zwm.client(third.appId, newKey(), { maxSockets: 1 });
  assert.equal(unknown.appId.length, wrong.appId.length);
  const times = { unknown: [], wrong: [] }, seen = { unknown: new Set(), wrong: new Set() };
  for (let i = 0; i < 60; i++) {
    for (const [name, client] of [['unknown', unknown], ['wrong', wrong]]) {
      const call = client.prepare(OUTCOME, { nonce: newNonce() });
      const start = performance.now();
      const answer = await client.send(call);
      times[name].push(performance.now() - start);
      expectError(answer, '2001');
      const { date, 'content-length': length, connection, ...headers } = answer.headers;
      seen[name].add(JSON.stringify([answer.status, length, headers,
        answer.body.toString('utf8').replaceAll(answer.response.request_id, 'ID')]).replaceAll(answer.response.request_id, 'ID'));
    }
  }
  assert.equal(seen.unknown.size, 1);
  assert.deepEqual(seen.unknown, seen.wrong);
  const [a, b] = [median(times.unknown), median(times.wrong)];
  t.diagnostic(`median of 60: unknown app ${a.toFixed(3)} ms, wrong signature ${b.toFixed(3)} ms`);
  assert.ok(Math.max(a, b) / Math.min(a, b) < 2, 'the medians are within a factor of 2');
});

test('2002: the window of 300 s, edges included', async (t) => {
  // The server's second may pass between making a call and its being read: such a try tells nothing.
  const within = async (delta) => {
    for (;;) {
      const second = third.now();
      const answer = await probe(third, { timestamp: second + delta });
      if (third.now() === second) return answer;
    }
  };
  for (const delta of [-300, 300]) await t.test(`${delta}: let in`, async () => expectIn(await within(delta)));
  for (const delta of [-301, 301, -86400, 86400]) await t.test(`${delta}`, async () => expectError(await within(delta), '2002'));
  await t.test('timestamp 0', async () => expectError(await probe(third, { timestamp: 0 }), '2002'));
  await t.test('the cheap refusal comes first: outside the window, and wrongly signed', async () => {
    expectError(await probe(third, { timestamp: third.now() - 900, key: newKey() }), '2002');
  });
});

test('2003: a nonce serves once per app', async (t) => {
  const { code } = await freshCode(channel, ['a.b']);
  const call = third.prepare(VERIFY, verifyBody(code));
  expectDone(await third.send(call));
  await t.test('the very same call again', async () => expectError(await third.send(call), '2003'));
  await t.test('again over other connections, to meet other processes', async () => {
    const answers = await Promise.all(Array.from({ length: 16 }, () => {
      const other = zwm.client(third.appId, third.key);
      return other.send(call);
    }));
    for (const answer of answers) expectError(answer, '2003');
  });
  await t.test('the nonce under another request', async () => {
    const next = await freshCode(channel, ['a.b']);
    expectError(await third.verify(verifyBody(next.code), { nonce: call.nonce }), '2003');
    expectDone(await third.verify(verifyBody(next.code)));
  });
  await t.test('the same nonce of another app is another nonce', async () => {
    const next = await freshCode(channel, ['a.b']);
    expectDone(await victim.verify(verifyBody(next.code), { nonce: call.nonce }));
  });
  await t.test('a refused verify has used its nonce too', async () => {
    const again = third.prepare(VERIFY, verifyBody(code));
    expectError(await third.send(again), '3005');
    expectError(await third.send(again), '2003');
  });
  await t.test('every interface', async () => {
    const issue = channel.prepare('/api/v1/code/issue', issueBody(['a.b']));
    expectDone(await channel.send(issue));
    expectError(await channel.send(issue), '2003');
    const outcome = third.prepare(OUTCOME, { nonce: newNonce() });
    expectIn(await third.send(outcome));
    expectError(await third.send(outcome), '2003');
    const pickup = third.prepare('/api/v1/data/pickup', { ticket: `${(await zwm.identity()).system}.${'A'.repeat(43)}`, class: 'a.b', as: 'data' });
    expectError(await third.send(pickup), '6001');
    expectError(await third.send(pickup), '2003');
  });
  await t.test('sixteen at once: one takes effect', async () => {
    const issue = channel.prepare('/api/v1/code/issue', issueBody(['a.b']));
    const answers = await Promise.all(Array.from({ length: 16 }, () => zwm.client(channel.appId, channel.key).send(issue)));
    assert.equal(answers.filter((a) => a.result === '100').length, 1);
    for (const answer of answers.filter((a) => a.result !== '100')) expectError(answer, '2003');
  });
  await t.test('it is kept for longer than the window would take it', async (tt) => {
    if (!zwm.clockFile) return tt.skip('no clock_offset_file');
    const next = await freshCode(channel, ['a.b']);
    const early = third.prepare(VERIFY, verifyBody(next.code), { timestamp: third.now() + 299 });
    expectDone(await third.send(early));
    await zwm.shifted(590, async () => expectError(await third.send(early), '2003'));
  });
});

test('2004: the allow-list', async (t) => {
  await t.test('from a listed address', async () => {
    expectIn(await probe(listed));
    const { code } = await freshCode(channel, ['a.b']);
    expectDone(await listed.verify(verifyBody(code)));
  });
  await t.test('from another', async () => expectError(await probe(listedElsewhere), '2004'));
  await t.test('headers that claim another address change nothing', async () => {
    for (const name of ['X-Forwarded-For', 'X-Real-IP', 'Forwarded', 'Client-IP']) {
      expectError(await probe(listedElsewhere, { headers: { [name]: name === 'Forwarded' ? 'for=10.9.8.7' : '10.9.8.7' } }), '2004');
    }
  });
  await t.test('its nonce serves once too', async () => {
    const call = listed.prepare(OUTCOME, { nonce: newNonce() });
    expectIn(await listed.send(call));
    expectError(await listed.send(call), '2003');
  });
  await t.test('and its clock is looked at', async () => expectError(await probe(listed, { timestamp: listed.now() - 301 }), '2002'));
});

// The processes of a responder share connections out; 24 connections meet all of them.
const everywhere = (client, options) => Promise.all(Array.from({ length: 24 }, () => {
  const agent = new https.Agent();
  const one = zwm.client(client.appId, client.key);
  one.agent = agent;
  return probe(one, options);
}));

test('2005: a suspended app is out within a second, everywhere, and back as soon', async () => {
  expectIn(await probe(victim));
  await zwm.zwm('app', 'suspend', victim.appId);
  await zwm.inForce();
  for (const answer of await everywhere(victim)) expectError(answer, '2005');
  expectError(await probe(victim, { key: newKey() }), '2001'); // only the app itself learns it
  await zwm.zwm('app', 'resume', victim.appId);
  await zwm.inForce();
  for (const answer of await everywhere(victim)) expectIn(answer);
});

test('2001: after a change of key the old one is out within a second, everywhere', async () => {
  expectIn(await probe(rekeyed));
  const fresh = newKey(), { code, sqbh } = await freshCode(channel, ['a.b']);
  expectDone(await rekeyed.verify(verifyBody(code)));
  await zwm.rekey(rekeyed.appId, fresh);
  await zwm.inForce();
  for (const answer of await everywhere(rekeyed)) expectError(answer, '2001');
  rekeyed.key = fresh;
  for (const answer of await everywhere(rekeyed)) expectIn(answer);
  // What the old key signed can still be shown to be its.
  const { items, wrong } = await zwm.zwmJson('evidence', sqbh);
  assert.equal(wrong, 0);
  assert.deepEqual(items.map((item) => [item.interface, item.caller, item.signature_of_caller]),
    [['issue', channel.appId, 'right'], ['verify', rekeyed.appId, 'right']]);
  for (const item of items) { // and anybody can check it
    assert.ok(verifies(item.request_string, Buffer.from(item.signature, 'base64'), publicKeyFromSpki(item.public_key_of_caller)));
  }
});

test('evidence of a call whose target had a query', async () => {
  const answer = await channel.call('/api/v1/code/issue?a=1&b=%3F', issueBody(['a.b']));
  expectDone(answer);
  const { items, wrong } = await zwm.zwmJson('evidence', answer.item.sqbh);
  assert.equal(wrong, 0);
  assert.deepEqual(items.map((item) => [item.interface, item.signature_of_caller]), [['issue', 'right']]);
  assert.match(items[0].request_string, /^POST\n\/api\/v1\/code\/issue\?a=1&b=%3F\n/);
  expectDone(await channel.call(`/api/v1/code/issue?${'a'.repeat(1023)}`, issueBody(['a.b'])));
  expectError(await channel.call(`/api/v1/code/issue?${'a'.repeat(1024)}`, issueBody(['a.b'])), '1005');
});

test('2006: interfaces that the kind of app does not have', async (t) => {
  const cases = [
    [third, '/api/v1/code/issue', issueBody(['a.b'])],
    [channel, VERIFY, verifyBody('A'.repeat(240))],
    [channel, OUTCOME, { nonce: newNonce() }],
    [channel, '/api/v1/data/pickup', { ticket: `x.${'A'.repeat(43)}`, class: 'a.b', as: 'data' }],
  ];
  for (const [client, target, body] of cases) {
    await t.test(`${client === third ? 'a third party' : 'a channel'}: ${target}`, async () => {
      expectError(await client.call(target, body), '2006');
    });
  }
});

// --- the addressee --------------------------------------------------------------------------------------------------

test('a third party may say whom it calls; another is not called here', async (t) => {
  const { system } = await zwm.identity();
  expectIn(await probe(third, { to: system }));
  const body = { nonce: newNonce() }, target = OUTCOME;
  const bytes = Buffer.from(JSON.stringify(body));
  const signed = third.authorization({ target, body: bytes, to: system }).header;
  const bare = third.authorization({ target, body: bytes }).header;
  const cases = {
    'another system': third.authorization({ target, body: bytes, to: '223010001' }).header,
    'the addressee taken out': signed.replace(/,to="\d+"/, ''),
    'another put in its place': signed.replace(/to="\d+"/, 'to="223010001"'),
    'one put in that was not signed': bare.replace(',signature', `,to="${system}",signature`),
    'eight digits': bare.replace(',signature', ',to="22301000",signature'),
    'empty': bare.replace(',signature', ',to="",signature'),
    'the scheme of services': bare.replace('ZWM-SM2-SM3', 'ZWM-SM2-SM3-OUT'),
  };
  for (const [what, Authorization] of Object.entries(cases))
    await t.test(what, async () => expectError(await third.call(target, bytes, { headers: { Authorization } }), '2001'));
});

test('a call of a code system names us; without that, or with another\'s name, it is refused', async () => {
  const { system } = await zwm.identity();
  const caller = await zwm.app('system', 'auth-sys', { appId: '233010001' });
  await zwm.inForce();
  const call = (more) => caller.call(VERIFY, {}, more); // let in, the first field is missed
  expectError(await call({ to: system }), '1002');
  expectError(await call({}), '2001');
  expectError(await call({ to: '223010001', headers: { 'Zwm-Target': system } }), '2001');
  expectError(await call({ to: system, headers: { 'Zwm-Target': '223010001' } }), '2001');
  expectError(await call({ to: system, headers: { 'Zwm-Target': system } }), '1002');
});

test('1008: Zwm-Target where no system asks another', async () => {
  const { system } = await zwm.identity();
  for (const target of [system, '223010001'])
    for (const path of ['/api/v1/code/issue', '/api/v1/authorization/request', '/api/v1/route/register', '/service/sample/fetch'])
      expectError(await third.call(path, {}, { headers: { 'Zwm-Target': target } }), '1008');
});
