// Login by OpenID Connect at a provider that others wrote, and every lie that such a provider could tell
// (interface-people 3): tokens for others, of others, unsigned, signed with the public key as a secret. The same cases for
// each provider; where one cannot do a thing, the case says so.
import assert from 'node:assert/strict';
import { createHmac, createPublicKey, createHash, randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { Instance } from '../../faults/lib/instance.mjs';
import { PageClient, listen } from './page.mjs';
import { residentId } from './people.mjs';
import { b64, claimsOf, newJwk, sign } from './provider.mjs';

const PEOPLE = {
  wang: { name: '王示例', id_type: '111', id_no: residentId('110101', '19900101', '003'), assurance: 3,
    enterprises: [{ name: '示例科技有限公司', id_type: '98', id_no: '91999999MA0000001N' }, { name: '错号公司', id_no: '1' }] },
  weak: { name: '弱示例', id_no: residentId('110101', '19900101', '011'), assurance: 1 },
  wrong: { name: '错示例', id_no: '110101199001010000', assurance: 3 },
};
const freePort = () => new Promise((resolve) => {
  const server = net.createServer().listen(0, '127.0.0.1', () => { const { port } = server.address(); server.close(() => resolve(port)); });
});

// `start` starts the provider, whose issuer is `issuerOf(port)`; `secret` is what it lets a client have as one.
export function oidcCases({ start: startProvider, issuerOf, clientId, secret, settings = {} }) {
let instance, zwm, provider;

before(async () => {
  const port = await freePort();
  process.env.ZWM_SETTINGS = 'sample_login=0';
  instance = await Instance.start({
    settings: (dir) => ({ oidc_issuer: issuerOf(port), oidc_client_id: clientId, oidc_client_secret_file: path.join(dir, 'secret'),
      allow_loopback_routes: 1, processes: 1, ...settings }), // one process, so that it is known what is kept
    before: (dir) => writeFileSync(path.join(dir, 'secret'), `${secret}\n`),
  });
  delete process.env.ZWM_SETTINGS;
  zwm = instance.system;
  provider = await startProvider({ port, clientId, secret, redirectUri: `${zwm.baseUrl}/login/back`, people: PEOPLE,
    backchannelUri: `${zwm.baseUrl}/login/backchannel`, postLogout: `${zwm.baseUrl}/login/`, ca: zwm.ca });
});
after(async () => {
  await provider?.close();
  if (process.env.ZWM_SHOW_LOG) process.stderr.write(readFileSync(path.join(instance.dir, 'log', 'user.log'), 'utf8').split('\n').filter((l) => /oidc|error\":\"[0-9]/.test(l)).slice(0, 60).join('\n'));
  await instance?.stop();
});

const target = (address) => address.slice(zwm.baseUrl.length);

// There and back; gives the browser, at the provider and here, and where the last step leads to.
async function logIn(person, { next = '/show/', page = new PageClient(zwm), there, back } = {}) {
  provider.person = person;
  const start = await page.send(`/login/start?next=${encodeURIComponent(next)}`);
  assert.equal(start.status, 302);
  const browser = provider.newBrowser();
  const address = await browser.follow(there ? there(start.headers.location) : start.headers.location);
  assert.ok(address.startsWith(`${zwm.baseUrl}/login/back?`), address);
  const end = await page.send(target(back ? back(address) : address), { headers: { 'Sec-Fetch-Site': 'cross-site' } });
  assert.equal(end.status, 302);
  return { page, browser, start, address, end, to: end.headers.location };
}

async function isLoggedIn(page) {
  const { item } = await page.call('/login/api/who');
  page.headers = item.csrf ? { 'Zwm-Csrf': item.csrf } : {};
  return item.logged_in;
}

async function refused(person, options) {
  const { page, to } = await logIn(person, options);
  assert.match(to, /\/login\/\?error=(failed|cancelled)$/);
  assert.equal(page.cookies.has('__Host-zwm-session'), false);
  assert.equal(await isLoggedIn(page), false);
}

test('a provider that calls itself otherwise is not used', async () => {
  for (const issuer of ['https://evil.example', `${issuerOf(1)}`, `${provider.issuer}/`, undefined]) {
    provider.changeDiscovery = (said) => ({ ...said, issuer });
    const { headers } = await new PageClient(zwm).send('/login/start');
    assert.equal(headers.location, `${zwm.baseUrl}/login/?error=busy`, issuer);
  }
  provider.changeDiscovery = null;
});

test('there and back: a person, and the enterprises that hold', async () => {
  const { page, start, end, to } = await logIn('wang');
  const asked = new URL(start.headers.location).searchParams;
  assert.equal(asked.get('code_challenge_method'), 'S256');
  for (const name of ['state', 'nonce', 'code_challenge']) assert.match(asked.get(name), /^[\w-]{43}$/);
  assert.match(start.headers['set-cookie'][0], /^__Host-zwm-login=[\w-]{43}; Path=\/; Secure; HttpOnly; SameSite=Lax; Max-Age=600$/);
  assert.equal(to, `${zwm.baseUrl}/show/`);
  assert.ok(end.headers['set-cookie'].some((c) => /^__Host-zwm-session=[\w-]{43}; .*SameSite=Strict$/.test(c)));
  assert.ok(end.headers['set-cookie'].some((c) => /^__Host-zwm-login=;.*Max-Age=0$/.test(c)));
  assert.equal(await isLoggedIn(page), true);
  const { item } = await page.call('/show/api/state');
  assert.equal(item.person.name, '王**');
  assert.deepEqual(item.enterprises.map((e) => e.id_no), provider.kind === 'glewlwyd' ? [] : ['9199*****']); // its claims are no lists
  assert.equal((await page.call('/show/api/code', {})).error, '');
});

test('the sample login does not stand beside it', async () => {
  const page = new PageClient(zwm);
  const { item } = await page.call('/login/api/who');
  assert.deepEqual([item.sample, item.oidc, item.people], [false, true, []]);
  assert.equal((await page.call('/login/api/sample', { id: 'zhang' })).error, '1008');
});

test('it leads to pages of ours only', async () => {
  for (const [next, to] of [['/login/?return_url=https%3A%2F%2Fapp.example%2F', '/login/?return_url=https%3A%2F%2Fapp.example%2F'], ['https://evil.example/', '/show/'],
    ['//evil.example/', '/show/'], ['/\\evil.example', '/show/'], ['/login/\r\nSet-Cookie: a=b', '/show/'], ['/login/@evil.example', '/show/'],
    ['/show/../api', '/show/'], ['', '/show/'], ['.evil.example', '/show/']]) {
    assert.equal((await logIn('wang', { next })).to, zwm.baseUrl + to, next);
  }
});

test('no login at the provider', async () => {
  // Glewlwyd keeps somebody who cancels on its own page; it leads back if it must not ask (OpenID Connect Core 3.1.2.6).
  const { page, to } = await logIn(null, provider.kind === 'glewlwyd' ? { there: (a) => `${a}&prompt=none` } : {});
  assert.equal(to, `${zwm.baseUrl}/login/?error=${provider.kind === 'glewlwyd' ? 'failed' : 'cancelled'}`);
  assert.equal(await isLoggedIn(page), false);
});

test('people for whom no code can be issued', async () => {
  await refused('weak');
  await refused('wrong');
});

test('state: another browser\'s, another login\'s, none, or used before', async () => {
  // a login that the attacker began is not finished in the victim's browser
  provider.person = 'wang';
  const attacker = new PageClient(zwm);
  const start = await attacker.send('/login/start');
  const address = await provider.newBrowser().follow(start.headers.location);
  const victim = new PageClient(zwm);
  assert.match((await victim.send(target(address))).headers.location, /error=failed$/);
  await victim.send('/login/start'); // with a login of his own under way
  assert.match((await victim.send(target(address))).headers.location, /error=failed$/);
  assert.equal(await isLoggedIn(victim), false);
  // and is still good where it was begun, once
  assert.equal((await attacker.send(target(address))).headers.location, `${zwm.baseUrl}/show/`);
  assert.match((await attacker.send(target(address))).headers.location, /error=failed$/);
  for (const change of [(a) => a.replace(/state=[^&]+/, 'state='), (a) => a.replace(/state=[^&]+/, `state=${'A'.repeat(43)}`), (a) => `${a}&state=x`,
    (a) => a.replace(/code=[^&]+/, 'code=wrong'), (a) => a.replace(/code=[^&]+&?/, ''), (a) => a.replace(/iss=[^&]+/, 'iss=https%3A%2F%2Fevil.example'),
    // only an issuer that says so always names itself (RFC 9207)
    ...(provider.kind === 'glewlwyd' ? [] : [(a) => a.replace(/&?iss=[^&]+/, '')])]) {
    await refused('wang', { back: change });
  }
});

test('a code serves with its own verifier only', async () => {
  const challenge = createHash('sha256').update('x'.repeat(43)).digest('base64url');
  await refused('wang', { there: (a) => a.replace(/code_challenge=[^&]+/, `code_challenge=${challenge}`) });
});

test('tokens that do not hold', async () => {
  const [jwk] = provider.jwks;
  const resign = (change, header = {}) => (token) => sign({ alg: 'RS256', typ: 'JWT', kid: jwk.kid, ...header }, { ...claimsOf(token), ...change(claimsOf(token)) }, jwk);
  const pem = createPublicKey({ key: { kty: jwk.kty, n: jwk.n, e: jwk.e }, format: 'jwk' }).export({ type: 'spki', format: 'pem' });
  const hmac = (secret, alg = 'HS256', kid = jwk.kid) => (token) => {
    const head = `${b64({ alg, typ: 'JWT', kid })}.${token.split('.')[1]}`;
    return `${head}.${createHmac('sha256', secret).update(head).digest('base64url')}`;
  };
  const now = Math.floor(Date.now() / 1000);
  const lies = {
    'wrong nonce': resign(() => ({ nonce: 'A'.repeat(43) })),
    'no nonce': resign(() => ({ nonce: undefined })),
    'wrong audience': resign(() => ({ aud: 'another-client' })),
    'an audience of others': resign(() => ({ aud: ['another-client'] })),
    'two audiences without azp': resign(() => ({ aud: [clientId, 'another-client'], azp: undefined })),
    'azp of another': resign(() => ({ aud: [clientId, 'another-client'], azp: 'another-client' })),
    'no audience': resign(() => ({ aud: undefined })),
    'audience almost': resign(() => ({ aud: `${clientId} ` })),
    'wrong issuer': resign(() => ({ iss: 'https://evil.example' })),
    'issuer with a slash': resign((c) => ({ iss: `${c.iss}/` })),
    'no issuer': resign(() => ({ iss: undefined })),
    expired: resign(() => ({ exp: now - 120 })),
    'expiry as text': resign(() => ({ exp: String(now + 100) })),
    'no expiry': resign(() => ({ exp: undefined })),
    'issued in the future': resign(() => ({ iat: now + 300 })),
    'issued long ago': resign(() => ({ iat: now - 3600 })),
    'not issued': resign(() => ({ iat: undefined })),
    'no sub': resign(() => ({ sub: undefined })),
    'none algorithm': (t) => `${b64({ alg: 'none' })}.${t.split('.')[1]}.`,
    'none, spelt otherwise': (t) => `${b64({ alg: 'nOnE', kid: jwk.kid })}.${t.split('.')[1]}.`,
    'none with the old signature': (t) => `${b64({ alg: 'none', kid: jwk.kid })}.${t.split('.')[1]}.${t.split('.')[2]}`,
    'the public key as a secret (PEM)': hmac(pem),
    'the public key as a secret (modulus)': hmac(Buffer.from(jwk.n, 'base64url')),
    'the client secret as a secret': hmac(secret),
    'the public key as a secret, without kid': hmac(pem, 'HS256', undefined),
    'ES256 with an RSA key': (t) => `${b64({ alg: 'ES256', kid: jwk.kid })}.${t.split('.')[1]}.${Buffer.alloc(64, 1).toString('base64url')}`,
    'another key under this name': (t) => sign({ alg: 'RS256', kid: jwk.kid }, claimsOf(t), newJwk('x')),
    'a key of its own in the header': (t) => { const own = newJwk('evil'); return sign({ alg: 'RS256', jwk: { kty: 'RSA', n: own.n, e: own.e } }, claimsOf(t), own); },
    'a critical extension': resign(() => ({}), { crit: ['b64'], b64: true }),
    'claims changed': (t) => { const [h, , s] = t.split('.'); return `${h}.${b64({ ...claimsOf(t), id_no: PEOPLE.weak.id_no })}.${s}`; },
    'signature cut': (t) => t.slice(0, -8),
    'no signature': (t) => t.split('.').slice(0, 2).join('.'),
    'four parts': (t) => `${t}.x`,
    garbage: () => 'a.b.c',
    empty: () => '',
    'claims that are no object': () => sign({ alg: 'RS256', kid: jwk.kid }, [1], jwk),
    'very long': (t) => resign(() => ({ pad: 'x'.repeat(20000) }))(t),
  };
  for (const [name, lie] of Object.entries(lies)) {
    provider.change = lie;
    try {
      await refused('wang');
    } catch (e) {
      throw new Error(`${name}: ${e.message}`);
    }
  }
  provider.change = null;
  assert.equal((await logIn('wang')).to, `${zwm.baseUrl}/show/`); // and the untouched one is still good
});

test('keys change: the new ones are looked up, and not without end', async () => {
  const old = provider.jwks[0];
  const wait = () => new Promise((resolve) => { setTimeout(resolve, 10_500); });
  await wait(); // keys are looked up anew after ten seconds at the soonest
  await provider.rotate(newJwk('two', 'ec'));
  assert.equal((await logIn('wang')).to, `${zwm.baseUrl}/show/`);
  const before_ = provider.jwksAsked;
  provider.change = (t) => sign({ alg: 'RS256', kid: 'one' }, claimsOf(t), old); // the old key is not good any more
  for (let i = 0; i < 6; i++) await refused('wang');
  assert.ok(provider.jwksAsked - before_ <= 2, `${provider.jwksAsked - before_} look-ups`); // one a process
  provider.change = null;
});

test('logout from our side leads to the provider, without the person in the address unless it must be', async () => {
  const { page, browser } = await logIn('wang');
  await isLoggedIn(page);
  const left = await page.call('/show/api/end');
  assert.equal(left.error, '');
  const next = new URL(left.item.next);
  assert.equal(next.origin, provider.origin);
  assert.equal(next.searchParams.get('post_logout_redirect_uri'), `${zwm.baseUrl}/login/`);
  assert.equal(await isLoggedIn(page), false);
  if (settings.oidc_logout_hint) {
    assert.equal(claimsOf(next.searchParams.get('id_token_hint')).iss, provider.issuer);
  } else {
    assert.deepEqual([...next.searchParams.keys()], ['client_id', 'post_logout_redirect_uri']);
    assert.equal(next.searchParams.get('client_id'), clientId);
  }
  assert.equal(await browser.isLoggedIn(), true);
  const back = await browser.logOut(next.href);
  assert.ok(back.startsWith(`${zwm.baseUrl}/login/`), back);
  assert.equal(await browser.isLoggedIn(), false);
});

// A logout token as the provider would sign it.
const logoutToken = (claims = {}, header = {}) => {
  const [jwk] = provider.jwks;
  const now = Math.floor(Date.now() / 1000);
  return sign({ alg: jwk.alg, typ: 'logout+jwt', kid: jwk.kid, ...header }, { iss: provider.issuer, aud: clientId, iat: now, exp: now + 120,
    jti: randomBytes(12).toString('hex'), sub: claimsOf(provider.tokenAnswer.id_token).sub, events: { 'http://schemas.openid.net/event/backchannel-logout': {} }, ...claims }, jwk);
};
const backchannel = (token) => new PageClient(zwm).send('/login/backchannel', { method: 'POST', body: new URLSearchParams({ logout_token: token }).toString(),
  headers: { 'Content-Type': 'application/x-www-form-urlencoded' } });

test('logout from the provider\'s side ends the sessions and closes their streams', async () => {
  const { page } = await logIn('wang');
  await isLoggedIn(page);
  const { sid } = claimsOf(provider.tokenAnswer.id_token);
  const code = (await page.call('/show/api/code', {})).item;
  const stream = await listen(zwm, (await page.call('/show/api/state')).item.events);
  const other = (await logIn('wang')).page;
  assert.equal(await isLoggedIn(other), true);
  if (sid) {
    assert.equal((await backchannel(logoutToken({ sid }))).status, 200);
    assert.equal(await isLoggedIn(page), false);
    assert.equal(await isLoggedIn(other), true); // another session at the provider
    assert.deepEqual(await stream.next(), { what: 'ended' });
  }
  assert.ok(code.sqbh);
  const all = logoutToken({ sid: undefined });
  assert.equal((await backchannel(all)).status, 200);
  assert.equal(await isLoggedIn(other), false);
  // obeyed once: it does not end what began afterwards
  const later = (await logIn('wang')).page;
  assert.equal((await backchannel(all)).status, 400);
  assert.equal(await isLoggedIn(later), true);
  stream.close();
});

test('logout tokens that do not hold', async () => {
  const { page } = await logIn('wang');
  const idToken = provider.tokenAnswer.id_token;
  const now = Math.floor(Date.now() / 1000);
  const lies = { 'an ID token': idToken, 'no event': logoutToken({ events: {} }), 'another event': logoutToken({ events: { 'urn:x': {} } }),
    'a nonce': logoutToken({ nonce: 'x' }), 'nobody': logoutToken({ sub: undefined }), 'another audience': logoutToken({ aud: 'another-client' }),
    'another issuer': logoutToken({ iss: 'https://evil.example' }), 'no jti': logoutToken({ jti: undefined }), 'long ago': logoutToken({ iat: now - 3600 }),
    expired: logoutToken({ exp: now - 120 }), unsigned: `${b64({ alg: 'none' })}.${logoutToken().split('.')[1]}.`, garbage: 'x' };
  for (const [name, token] of Object.entries(lies)) {
    const answer = await backchannel(token);
    assert.equal(answer.status, 400, name);
  }
  assert.equal((await new PageClient(zwm).send('/login/backchannel', { method: 'POST', body: '', headers: { 'Content-Type': 'application/x-www-form-urlencoded' } })).status, 400);
  assert.equal(await isLoggedIn(page), true);
});

test('a logout that the provider itself sends', async () => {
  const { page, browser } = await logIn('wang');
  await isLoggedIn(page);
  await browser.logOutThere(claimsOf(provider.tokenAnswer.id_token));
  // glewlwyd sends its tokens after it has answered
  for (let left = 50; left > 0 && await isLoggedIn(page); left--) await new Promise((resolve) => { setTimeout(resolve, 100); });
  assert.equal(await isLoggedIn(page), false, provider.seen.join('\n'));
});

test('no provider: said, and nothing is broken', async () => {
  const page = new PageClient(zwm);
  await provider.close();
  const back = await page.send('/login/back?state=x&code=y');
  assert.match(back.headers.location, /error=failed$/);
  const { item } = await page.call('/login/api/who');
  assert.equal(item.oidc, true);
});
}
