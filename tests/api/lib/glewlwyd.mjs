// A second identity provider that somebody else wrote: glewlwyd, as Debian packages it, on loopback with a database of its
// own. In front of it stands a hand that can change what its token endpoint answers. Its keys are ours, so a lie is
// signed with the very key that it publishes. It has the face of `startProvider` in provider.mjs.
import { execFile, spawn } from 'node:child_process';
import { mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { ProviderBrowser, changed, newJwk, post } from './provider.mjs';

const run = promisify(execFile);
const PLUGIN = 'oidc', SCOPES = 'openid', PASSWORD = 'a password of invented people';
const LIB = '/usr/lib/glewlwyd', SCHEMA = '/usr/share/dbconfig-common/data/glewlwyd/install/sqlite3';
const CLAIMS = { id_type: 'string', id_no: 'string', assurance: 'number' };

const freePort = () => new Promise((resolve) => {
  const server = net.createServer().listen(0, '127.0.0.1', () => { const { port } = server.address(); server.close(() => resolve(port)); });
});

const settings = (dir, port, inner) => `port=${inner}
bind_address="127.0.0.1"
external_url="http://127.0.0.1:${port}"
login_url="login.html"
api_prefix="api"
cookie_secure=0
log_mode="console"
log_level="WARNING"
user_module_path="${LIB}/user"
client_module_path="${LIB}/client"
user_auth_scheme_module_path="${LIB}/scheme"
plugin_module_path="${LIB}/plugin"
hash_algorithm="SHA512"
database = { type = "sqlite3" path = "${dir}/glewlwyd.db" };
`;

const pluginOf = (issuer, jwks) => ({
  module: 'oidc', name: PLUGIN, display_name: PLUGIN, enabled: true, parameters: {
    iss: issuer, 'jwks-private': JSON.stringify({ keys: jwks }), 'default-kid': jwks[0].kid, 'jwks-show': true,
    'code-duration': 60, 'refresh-token-duration': 600, 'access-token-duration': 300, 'allow-non-oidc': false,
    'auth-type-code-enabled': true, 'auth-type-token-enabled': false, 'auth-type-id-token-enabled': false, 'auth-type-none-enabled': false,
    'auth-type-password-enabled': false, 'auth-type-client-enabled': false, 'auth-type-refresh-enabled': false,
    'pkce-allowed': true, 'pkce-method-plain-allowed': false, 'pkce-required': true, 'oauth-as-iss-id': true, 'subject-type': 'public',
    'session-management-allowed': true, 'session-cookie-name': 'OIDC_SID', 'session-cookie-expiration': 3600,
    'front-channel-logout-allowed': true, 'back-channel-logout-allowed': true,
    claims: Object.entries(CLAIMS).map(([name, type]) => ({ name, 'user-property': `p_${name}`, type, mandatory: true, scope: [] })),
    'name-claim': 'mandatory', 'email-claim': 'no', 'scope-claim': 'no', 'allowed-scope': [SCOPES],
  },
});

// The administrator of the provider, by its own interface.
class Administrator {
  constructor(origin) { this.browser = new ProviderBrowser(origin); }

  async call(method, target, body) {
    const { status, text } = await this.browser.request(target, { method, body: body && JSON.stringify(body), type: 'application/json' });
    if (status !== 200) throw new Error(`glewlwyd: ${method} ${target}: ${status} ${text.slice(0, 500)}`);
    return text;
  }

  // Users and clients know no other members than those of the module that keeps them.
  async allow(kind, names, format) {
    const module = JSON.parse(await this.call('GET', `/api/mod/${kind}/database`));
    for (const name of names) module.parameters['data-format'][name] = { read: true, write: true, ...format };
    await this.call('PUT', `/api/mod/${kind}/database`, module);
    await this.call('PUT', `/api/mod/${kind}/database/reset`);
  }
}

async function prepare(admin, { clientId, secret, redirectUri, postLogout, people, issuer, origin, jwks }) {
  for (let left = 100; ; left--) { // until it listens
    try {
      await admin.call('POST', '/api/auth/', { username: 'admin', password: 'password' });
      break;
    } catch (e) {
      if (left === 0) throw e;
      await sleep(100);
    }
  }
  await admin.allow('user', Object.keys(CLAIMS).map((name) => `p_${name}`), { multiple: false });
  await admin.allow('client', ['post_logout_redirect_uris'], { multiple: true });
  await admin.call('POST', '/api/mod/plugin/', pluginOf(issuer, jwks));
  await admin.call('POST', '/api/client/', { client_id: clientId, name: clientId, enabled: true, confidential: true, password: secret,
    token_endpoint_auth_method: ['client_secret_basic'], redirect_uri: [redirectUri], authorization_type: ['code'], scope: [SCOPES],
    post_logout_redirect_uris: [postLogout], backchannel_logout_uri: `${origin}/backchannel`, backchannel_logout_session_required: 'true' });
  for (const [username, claims] of Object.entries(people)) {
    const own = Object.fromEntries(Object.keys(CLAIMS).filter((name) => claims[name] !== undefined).map((name) => [`p_${name}`, String(claims[name])]));
    await admin.call('POST', '/api/user/', { username, name: claims.name, password: PASSWORD, enabled: true, scope: [SCOPES], ...own });
  }
}

export async function startGlewlwyd({ port, clientId, secret, redirectUri, backchannelUri, people, postLogout, ca }) {
  const dir = mkdtempSync(path.join(tmpdir(), 'zwm-glewlwyd-')), inner = await freePort();
  const origin = `http://127.0.0.1:${port}`, issuer = `${origin}/api/${PLUGIN}`;
  const self = { kind: 'glewlwyd', origin, issuer, jwks: [newJwk('one')], seen: [], change: null, changeDiscovery: null, jwksAsked: 0, person: null, logoutAnswers: [] };
  writeFileSync(path.join(dir, 'conf'), settings(dir, port, inner));
  await run('sh', ['-c', `sqlite3 "$1" <"$2"`, 'sh', path.join(dir, 'glewlwyd.db'), SCHEMA]);
  const log = openSync(path.join(dir, 'log'), 'a');
  const child = spawn('glewlwyd', ['-c', path.join(dir, 'conf')], { stdio: ['ignore', log, log] });
  const gone = new Promise((resolve) => { child.on('error', resolve).on('exit', resolve); });

  const server = http.createServer((request, response) => {
    // Glewlwyd trusts the authorities of the machine alone; ours is known here.
    if (request.url === '/backchannel') {
      const parts = [];
      request.on('data', (part) => parts.push(part)).on('end', async () => {
        const answer = await post(backchannelUri, { headers: { 'Content-Type': request.headers['content-type'] }, body: Buffer.concat(parts) }, ca);
        self.logoutAnswers.push(answer.status);
        response.writeHead(answer.status).end();
      });
      return;
    }
    if (request.url === `/api/${PLUGIN}/jwks`) self.jwksAsked++;
    const onward = http.request({ host: '127.0.0.1', port: inner, path: request.url, method: request.method, headers: request.headers }, (answer) => {
      const parts = [];
      answer.on('data', (part) => parts.push(part)).on('end', () => {
        const body = changed(self, new URL(request.url, origin).pathname, Buffer.concat(parts).toString());
        const headers = { ...answer.headers, 'content-length': Buffer.byteLength(body) };
        delete headers['transfer-encoding'];
        response.writeHead(answer.statusCode, headers).end(body);
      });
    });
    onward.on('error', () => response.destroy());
    request.pipe(onward);
  });
  await new Promise((resolve) => { server.listen(port, '127.0.0.1', resolve); });

  const admin = new Administrator(origin);
  self.close = async () => {
    child.kill();
    await gone;
    server.closeAllConnections();
    await new Promise((resolve) => { server.close(resolve); });
    rmSync(dir, { recursive: true, force: true });
  };
  self.log = () => readFileSync(path.join(dir, 'log'), 'utf8');
  try {
    await prepare(admin, { clientId, secret, redirectUri, postLogout, people, issuer, origin, jwks: self.jwks });
  } catch (e) {
    await self.close();
    throw e;
  }
  self.rotate = async (jwk) => {
    self.jwks = [jwk];
    await admin.call('PUT', `/api/mod/plugin/${PLUGIN}`, pluginOf(issuer, self.jwks));
    await admin.call('PUT', `/api/mod/plugin/${PLUGIN}/reset`);
  };
  self.newBrowser = () => new GlewlwydBrowser(self, clientId);
  return self;
}

// What the login page of glewlwyd does for the person in front of it, by the same interface.
class GlewlwydBrowser extends ProviderBrowser {
  constructor(provider, clientId) { super(provider.origin); Object.assign(this, { provider, clientId }); }

  async call(method, target, body) {
    const { status, text } = await this.request(target, { method, body: JSON.stringify(body), type: 'application/json' });
    if (status !== 200) throw new Error(`glewlwyd: ${method} ${target}: ${status} ${text}`);
  }

  async follow(target) {
    const { location } = await this.request(target);
    const next = new URL(location, this.issuer);
    if (!next.pathname.endsWith('/login.html')) return next.href;
    await this.call('POST', '/api/auth/', { username: this.provider.person, password: PASSWORD });
    await this.call('PUT', `/api/auth/grant/${encodeURIComponent(this.clientId)}`, { scope: SCOPES });
    return super.follow(`${next.searchParams.get('callback_url')}&g_continue`);
  }

  // Ends the session, as the page does to which end_session leads.
  async logOut(target) {
    const { location } = await this.request(target);
    const asked = new URL(location, this.issuer).searchParams;
    await this.end(asked.get('sid'));
    return asked.get('callback_url'); // given only if it is registered
  }

  logOutThere({ sid }) { return this.end(sid); }

  async end(sid) {
    await this.call('DELETE', `/api/${PLUGIN}/session/${sid}`);
    await this.call('DELETE', '/api/auth/');
  }

  async isLoggedIn() { return (await this.request('/api/profile_list')).status === 200; }
}
