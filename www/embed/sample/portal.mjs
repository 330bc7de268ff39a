#!/usr/bin/env node
// A sample portal: a site of its own with a key of its own, that shows service codes on its page by <service-code>. People of this
// portal are invented, and whoever comes chooses who he is: a real portal identifies them here.
//
//   BASE=https://127.0.0.1:8443 APP_ID=SAMPLE-PORTAL KEY=portal.key SYSTEM=999900001 SYSTEM_KEY=... \
//   TLS_CERT=server.crt TLS_KEY=server.key PORT=8445 node portal.mjs
//
// BASE, APP_ID, KEY, SYSTEM, SYSTEM_KEY: as in docs/sdk.md. Three calls of the page reach this server, which alone has the key:
//   POST /api/login {person}   who the person is; a real portal has its own login
//   POST /api/token            a show token for the person of this session
//   POST /api/logout           ends the portal's session and the show session
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import https from 'node:https';
import { call } from '../../sdk/zwm-sdk.js';

const { BASE, APP_ID, KEY, SYSTEM, SYSTEM_KEY, TLS_CERT, TLS_KEY, PORT = '8445' } = process.env;
const ORIGIN = process.env.ORIGIN ?? `https://localhost:${PORT}`;
const me = { appId: APP_ID, privateKey: readFileSync(KEY, 'utf8'), to: SYSTEM, systems: { [SYSTEM]: SYSTEM_KEY } };
const BODY_MAX = 4096;
const SESSIONS_MAX = 1000;

const PEOPLE = {
  zhang: { type: 'person', name: '张示例', id_type: '111', id_no: '999999199001010016', assurance: 3 },
  li: { type: 'person', name: '李经办', id_type: '111', id_no: '999999198506150028', assurance: 3 },
  wang: { type: 'person', name: '王窗口', id_type: '111', id_no: '999999197808080032', assurance: 3 },
};

const file = (name) => readFileSync(new URL(name, import.meta.url));
const FILES = {
  '/': ['text/html; charset=utf-8', Buffer.from(file('portal.html').toString().replaceAll('CODE-SYSTEM', BASE))],
  '/portal.js': ['text/javascript; charset=utf-8', file('portal.js')],
  '/portal.css': ['text/css; charset=utf-8', file('portal.css')],
  '/tokens.css': ['text/css; charset=utf-8', file('../../shared/tokens.css')],
  '/base.css': ['text/css; charset=utf-8', file('../../shared/base.css')],
};
const HEADERS = {
  'Content-Security-Policy': `default-src 'none'; script-src 'self' ${BASE}; frame-src ${BASE}; style-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
  'Cache-Control': 'no-store',
};

// --- the portal's own sessions: a cookie that scripts do not see ---

const sessions = new Map(); // id -> {person, shown: session_no}
const COOKIE = '__Host-portal';

function sessionOf(request) {
  const [, id] = new RegExp(`(?:^|; )${COOKIE}=([\\w-]{43})(?:;|$)`).exec(request.headers.cookie ?? '') ?? [];
  return id && sessions.has(id) ? { id, ...sessions.get(id) } : undefined;
}

function newSession(person) {
  const id = randomBytes(32).toString('base64url');
  if (sessions.size >= SESSIONS_MAX) sessions.delete(sessions.keys().next().value);
  sessions.set(id, { person });
  return `${COOKIE}=${id}; Path=/; Secure; HttpOnly; SameSite=Strict`;
}

// --- the calls of the page ---

async function ask(path, body) {
  const { answer } = await call(BASE, path, body, me);
  if (answer?.result_code !== '100') throw new Error(`${path}: ${answer?.error_code} ${answer?.error_msg}`);
  return answer.items[0];
}

const CALLS = {
  '/api/login': async (request, body) => {
    if (!Object.hasOwn(PEOPLE, body.person)) return { status: 400 };
    return { body: { name: PEOPLE[body.person].name }, cookie: newSession(body.person) };
  },
  '/api/token': async (request) => {
    const session = sessionOf(request);
    if (!session) return { status: 401 };
    const { show_token: token, session_no: shown } = await ask('/api/v1/show/session', { subject: PEOPLE[session.person], embed_origin: ORIGIN });
    sessions.set(session.id, { person: session.person, shown });
    return { body: { token } };
  },
  '/api/logout': async (request) => {
    const session = sessionOf(request);
    if (session) sessions.delete(session.id);
    if (session?.shown) await ask('/api/v1/show/end', { session_no: session.shown }).catch(() => {}); // it may have ended by itself
    return { body: {}, cookie: `${COOKIE}=; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=0` };
  },
};

async function readBody(request) {
  const parts = [];
  let length = 0;
  for await (const part of request) {
    length += part.length;
    if (length > BODY_MAX) throw new RangeError('too long');
    parts.push(part);
  }
  return JSON.parse(Buffer.concat(parts).toString() || '{}') ?? {};
}

async function answer(request, response) {
  const path = request.url.split('?')[0];
  if (request.method === 'GET' && Object.hasOwn(FILES, path)) {
    response.writeHead(200, { ...HEADERS, 'Content-Type': FILES[path][0] }).end(FILES[path][1]);
    return;
  }
  // Pages of others may not call in a person's name: the browser says whose page it is.
  if (request.method !== 'POST' || !Object.hasOwn(CALLS, path) || request.headers.origin !== ORIGIN) {
    response.writeHead(404, HEADERS).end();
    return;
  }
  const { status = 200, body = {}, cookie } = await CALLS[path](request, await readBody(request));
  response.writeHead(status, { ...HEADERS, 'Content-Type': 'application/json', ...(cookie && { 'Set-Cookie': cookie }) }).end(JSON.stringify(body));
}

https.createServer({ cert: readFileSync(TLS_CERT), key: readFileSync(TLS_KEY) }, (request, response) => {
  answer(request, response).catch((error) => {
    console.error(error.message);
    if (!response.headersSent) response.writeHead(502, HEADERS);
    response.end();
  });
}).listen(Number(PORT), '127.0.0.1', () => console.log(ORIGIN));
