// An identity provider that somebody else wrote (oidc-provider), on loopback, with a hand in between that can change what
// its token endpoint answers, so that every lie of a provider can be told.
import { createPrivateKey, createSign, generateKeyPairSync } from 'node:crypto';
import http from 'node:http';
import https from 'node:https';
import Provider from 'oidc-provider';

export const b64 = (value) => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');

export function newJwk(kid, kind = 'rsa') {
  const { privateKey } = kind === 'rsa' ? generateKeyPairSync('rsa', { modulusLength: 2048 })
    : generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return { ...privateKey.export({ format: 'jwk' }), kid, use: 'sig', alg: kind === 'rsa' ? 'RS256' : 'ES256' };
}

// A token signed as its header says.
export function sign(header, claims, jwk) {
  const head = `${b64(header)}.${b64(claims)}`;
  const key = { key: createPrivateKey({ key: jwk, format: 'jwk' }), ...(header.alg.startsWith('ES') ? { dsaEncoding: 'ieee-p1363' } : {}) };
  return `${head}.${createSign('SHA256').update(head).sign(key).toString('base64url')}`;
}

export const claimsOf = (token) => JSON.parse(Buffer.from(token.split('.')[1], 'base64url'));

// What the provider sends to us: with our authority trusted.
export const post = (url, { headers, body }, ca) => new Promise((resolve, reject) => {
  const text = body.toString();
  const sent = { ...Object.fromEntries(new Headers(headers)), 'content-length': Buffer.byteLength(text) };
  https.request(url, { method: 'POST', headers: sent, ca }, (response) => {
    response.resume();
    response.on('end', () => resolve(new Response(null, { status: response.statusCode })));
  }).on('error', reject).end(text);
});

// What the hand in between makes of an answer of the provider `self`.
export function changed(self, pathname, body) {
  if (pathname.endsWith('/.well-known/openid-configuration') && self.changeDiscovery) return JSON.stringify(self.changeDiscovery(JSON.parse(body)));
  if (!pathname.endsWith('/token') || !body) return body;
  self.tokenAnswer = JSON.parse(body);
  if (!self.change || !self.tokenAnswer.id_token) return body;
  return JSON.stringify({ ...self.tokenAnswer, id_token: self.change(self.tokenAnswer.id_token) });
}

export async function startProvider({ port, clientId, secret, redirectUri, backchannelUri, people, postLogout, ca }) {
  const issuer = `http://127.0.0.1:${port}`;
  const self = { kind: 'oidc-provider', origin: issuer, issuer, jwks: [newJwk('one')], seen: [], change: null, changeDiscovery: null, jwksAsked: 0 };
  const make = () => {
    const provider = new Provider(issuer, {
      clients: [{ client_id: clientId, client_secret: secret, redirect_uris: [redirectUri], grant_types: ['authorization_code'],
        response_types: ['code'], post_logout_redirect_uris: [postLogout], id_token_signed_response_alg: self.jwks[0].alg,
        backchannel_logout_uri: backchannelUri, backchannel_logout_session_required: true },
      { client_id: 'another-client', client_secret: 'x'.repeat(32), redirect_uris: ['https://another.example/'] }],
      jwks: { keys: self.jwks },
      cookies: { keys: ['test'] },
      pkce: { required: () => true },
      claims: { openid: ['sub'], profile: ['name', 'id_type', 'id_no', 'phone_number', 'assurance', 'enterprises'] },
      fetch: (url, options) => post(url, options, ca),
      conformIdTokenClaims: false,
      features: { devInteractions: { enabled: false }, backchannelLogout: { enabled: true }, rpInitiatedLogout: { enabled: true } },
      interactions: { url: (ctx, interaction) => `/interaction/${interaction.uid}` },
      findAccount: (ctx, id) => (people[id] ? { accountId: id, claims: () => ({ sub: id, ...people[id] }) } : undefined),
      // Invented people agree at once.
      loadExistingGrant: async (ctx) => {
        const grant = new ctx.oidc.provider.Grant({ clientId: ctx.oidc.client.clientId, accountId: ctx.oidc.session.accountId });
        grant.addOIDCScope('openid profile');
        await grant.save();
        return grant;
      },
      ttl: { IdToken: 300, AccessToken: 300, AuthorizationCode: 60, Interaction: 600, Session: 3600, Grant: 3600 },
    });
    provider.on('backchannel.error', (ctx, e) => { self.seen.push(`backchannel ${e.stack}`); });
    provider.on('server_error', (ctx, e) => { self.seen.push(`error ${e.stack}`); });
    self.provider = provider;
    self.callback = provider.callback();
  };
  make();
  self.rotate = (jwk) => { self.jwks = [jwk]; make(); };
  self.person = null; // who logs in at the next interaction; null: cancels
  const server = http.createServer(async (request, response) => {
    const url = new URL(request.url, issuer);
    if (url.pathname === '/jwks') self.jwksAsked++;
    if (url.pathname.startsWith('/interaction/')) {
      const result = self.person ? { login: { accountId: self.person } } : { error: 'access_denied', error_description: 'cancelled' };
      await self.provider.interactionFinished(request, response, result, { mergeWithLastSubmission: false });
      return;
    }
    const write = response.end.bind(response);
    response.end = (body, ...rest) => {
      const other = changed(self, url.pathname, body);
      if (other !== body) response.setHeader('Content-Length', Buffer.byteLength(other));
      return write(other, ...rest);
    };
    self.callback(request, response);
  });
  await new Promise((resolve) => { server.listen(port, '127.0.0.1', resolve); });
  self.newBrowser = () => new ProviderBrowser(issuer);
  self.close = () => new Promise((resolve) => { server.closeAllConnections(); server.close(resolve); });
  return self;
}

// A browser at the provider: follows its redirects and keeps its cookies until it leads elsewhere.
export class ProviderBrowser {
  constructor(issuer) { this.issuer = issuer; this.jar = new Map(); }

  request(target, { method = 'GET', body, type = 'application/x-www-form-urlencoded' } = {}) {
    const url = new URL(target, this.issuer);
    return new Promise((resolve, reject) => {
      const request = http.request(url, { method, headers: { Cookie: [...this.jar].map((c) => c.join('=')).join('; '), Host: url.host,
        ...(body ? { 'Content-Type': type, 'Content-Length': Buffer.byteLength(body) } : {}) } }, (response) => {
        for (const line of response.headers['set-cookie'] ?? []) {
          const [pair] = line.split(';'), at = pair.indexOf('=');
          this.jar.set(pair.slice(0, at), pair.slice(at + 1));
        }
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (part) => { text += part; });
        response.on('end', () => resolve({ status: response.statusCode, location: response.headers.location, text }));
      });
      request.on('error', reject);
      request.end(body);
    });
  }

  // Ends the session at the provider, as its page does; returns the address that it leads to.
  async logOut(target) {
    const form = await this.request(target);
    const xsrf = form.text.match(/name="xsrf" value="([^"]+)"/)[1];
    return (await this.request('/session/end/confirm', { method: 'POST', body: `xsrf=${xsrf}&logout=yes` })).location;
  }

  logOutThere() { return this.logOut('/session/end'); }

  // Whether the provider still knows this browser: it has taken its session's cookie away, else.
  isLoggedIn() { return Boolean(this.jar.get('_session')); }

  // Returns the address outside the provider that it leads to.
  async follow(target) {
    for (let i = 0; i < 10; i++) {
      const { location, text, status } = await this.request(target);
      if (!location) throw new Error(`the provider stops at ${target}: ${status} ${text.slice(0, 300)}`);
      const next = new URL(location, this.issuer);
      if (next.origin !== this.issuer) return next.href;
      target = next.href;
    }
    throw new Error('too many redirects');
  }
}
