// The edge: callers who send their bodies slowly take their own places only, open pages take none of calls, and the
// status port always has room.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import tls from 'node:tls';
import { PageClient } from '../api/lib/page.mjs';
import { otherPerson } from '../api/lib/people.mjs';
import { System, expectDone, until } from '../api/lib/system.mjs';
import { Instance, freePair } from './lib/instance.mjs';

const PLACES = 40, ALL = 100; // of one address, of all
const SESSION_PAGES = 20, ADDRESS_PAGES = 50, PAGES = 60; // of one session, one address, of all
let instance, target, ca;

before(async () => {
  instance = await Instance.start({ settings: () => ({ ip_connections: PLACES, nginx_connections: ALL, ip_push_connections: ADDRESS_PAGES, push_connections: PAGES }) });
  target = new URL(instance.system.baseUrl);
  ca = readFileSync(path.join(instance.dir, 'tls', 'ca.crt'));
});
after(() => instance?.stop());

// A connection from `address` that sends `text` and then nothing more; `answer` is what came back so far.
function send(address, text) {
  return new Promise((resolve, reject) => {
    const socket = tls.connect({ host: target.hostname, port: target.port, localAddress: address, ca }, () => {
      socket.write(text);
      resolve(socket);
    });
    socket.answer = '';
    socket.on('data', (part) => { socket.answer += part; });
    socket.on('error', reject);
  });
}

const head = (more) => `POST /api/v1/code/verify HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n${more}\r\n\r\n`;
const sendSlow = (address) => send(address, `${head('Content-Length: 1000')}{`);

// The status and error code that a whole call from `address` is answered with.
async function ask(address) {
  const socket = await send(address, `${head('Connection: close\r\nContent-Length: 2')}{}`);
  await new Promise((resolve) => { socket.once('close', resolve); });
  return [Number(socket.answer.slice(9, 12)), /"error_code":"(\d*)"/.exec(socket.answer)?.[1]];
}

async function health() {
  const began = performance.now();
  const { status } = await fetch(`http://127.0.0.1:${Number(target.port) + 1}/healthz`, { signal: AbortSignal.timeout(2000) });
  return [status, performance.now() - began < 1000];
}

// A reached responder says 2001: the call is not signed.
test('slow bodies of one address take its own places, and nobody else notices', async () => {
  const slow = await Promise.all(Array.from({ length: PLACES + 20 }, () => sendSlow('127.0.0.5')));
  await until('those over the limit are answered', () => slow.filter((s) => s.answer !== '').length >= 20);
  assert.equal(slow.filter((s) => /^HTTP\/1.1 503 [^]*"error_code":"9001"/.test(s.answer)).length, 20);
  assert.deepEqual(await ask('127.0.0.5'), [503, '9001']);
  assert.deepEqual(await ask('127.0.0.6'), [401, '2001']);
  assert.deepEqual(await health(), [200, true]);
  for (const socket of slow) socket.destroy();
  await until('the places are free again', async () => (await ask('127.0.0.5'))[0] === 401);
});

test('slow bodies of many addresses: others are told 9001 at once, and the status port answers', async () => {
  const slow = await Promise.all(Array.from({ length: ALL + 20 }, (_, i) => sendSlow(`127.0.1.${1 + (i % 10)}`)));
  await until('those over the limit are answered', () => slow.filter((s) => s.answer !== '').length >= 20);
  assert.deepEqual(await ask('127.0.0.7'), [503, '9001']);
  for (let i = 0; i < 20; i++) assert.deepEqual(await health(), [200, true]);
  for (const socket of slow) socket.destroy();
  await until('the places are free again', async () => (await ask('127.0.0.7'))[0] === 401);
});

// The stream of events of a new session.
async function newStream(channel) {
  const answer = await channel.call('/api/v1/show/session', { subject: otherPerson });
  expectDone(answer);
  return (await new PageClient(instance.system).enter(answer.item.show_token)).item.events;
}

// `n` pages at `address`, of which as many as `open` get their stream. Gives those.
async function listen(address, events, n, open = n) {
  const all = await Promise.all(Array.from({ length: n }, () => send(address, `GET ${events} HTTP/1.1\r\nHost: a\r\nAccept: text/event-stream\r\n\r\n`)));
  await until('all are answered', () => all.every((s) => s.answer !== ''));
  const streams = all.filter((s) => /^HTTP\/1.1 200 /.test(s.answer));
  assert.equal(streams.length, open);
  for (const s of all) if (!streams.includes(s)) assert.match(s.answer, /^HTTP\/1.1 503 [^]*"error_code":"9001"/);
  return streams;
}

test('open pages take their own places, bounded for a session, an address and all; calls have theirs', async () => {
  const { system } = instance;
  system.ca = ca;
  const channel = await system.app('channel', 'edge-ch');
  await system.inForce();
  const [a, b, c, d] = await Promise.all([1, 2, 3, 4].map(() => newStream(channel)));
  const streams = await listen('127.0.0.5', a, SESSION_PAGES + 5, SESSION_PAGES);
  streams.push(...await listen('127.0.0.5', b, SESSION_PAGES), ...await listen('127.0.0.5', c, 15, 10));
  await listen('127.0.0.6', a, 1, 0);
  streams.push(...await listen('127.0.0.6', c, 10));
  await listen('127.0.0.7', d, 1, 0);
  assert.equal(streams.length, PAGES);
  assert.deepEqual(await ask('127.0.0.5'), [401, '2001']); // though more pages than calls of one address are there
  const slow = await Promise.all(Array.from({ length: PLACES }, () => sendSlow('127.0.0.5')));
  assert.deepEqual(await ask('127.0.0.5'), [503, '9001']); // calls have their bound
  assert.deepEqual(await ask('127.0.0.6'), [401, '2001']);
  for (const socket of [...slow, ...streams]) socket.destroy();
  const again = await until('the places are free again', () => listen('127.0.0.7', d, 1).catch(() => null));
  for (const socket of again) socket.destroy();
  system.close();
});

// A worker's connections are more than all places: those who have sent half a header do not shut the status port out.
test('half headers on top of slow bodies: the status port answers', async () => {
  const slow = await Promise.all(Array.from({ length: ALL }, (_, i) => sendSlow(`127.0.1.${1 + (i % 10)}`)));
  const half = await Promise.all(Array.from({ length: 500 }, () => send('127.0.0.8', 'GET /healthz HTTP/1.1\r\nHost:')));
  assert.deepEqual(await health(), [200, true]);
  for (const socket of [...slow, ...half]) socket.destroy();
});

test('a slow body is ended when nothing comes for five seconds', async () => {
  const began = performance.now();
  const socket = await sendSlow('127.0.0.9');
  await new Promise((resolve) => { socket.once('close', resolve); });
  assert.ok(performance.now() - began < 9000);
});

// The map of the configuration in an nginx of its own, which takes the caller's address from a header.
test('an IPv6 network of 64 bits is one caller, an IPv4 address is one', async () => {
  const conf = execFileSync(path.join(System.fromEnvironment().binDir, 'zwm'), ['config', 'nginx'], { env: instance.env }).toString();
  const map = /map \$binary_remote_addr \$zwm_network \{[^]*?\n {4}\}/.exec(conf)[0];
  const dir = mkdtempSync(path.join(tmpdir(), 'zwm-map-'));
  const port = await freePair();
  writeFileSync(path.join(dir, 'nginx.conf'), `daemon off; master_process off; pid ${dir}/pid; error_log stderr;
    events {}
    http {
      access_log off; client_body_temp_path ${dir}/b; proxy_temp_path ${dir}/p; fastcgi_temp_path ${dir}/f;
      uwsgi_temp_path ${dir}/u; scgi_temp_path ${dir}/s;
      ${map}
      limit_req_zone $zwm_network zone=one:1m rate=1r/m;
      server { listen 127.0.0.1:${port}; set_real_ip_from 127.0.0.1; real_ip_header X-Address;
        limit_req zone=one; limit_req_status 429; location / { try_files /none =204; } }
    }`);
  const nginx = spawn('nginx', ['-p', dir, '-c', path.join(dir, 'nginx.conf'), '-e', 'stderr'], { env: { ...process.env, PATH: `${process.env.PATH}:/usr/sbin` } });
  const from = (address) => new Promise((resolve) => {
    http.get({ host: '127.0.0.1', port, headers: { 'X-Address': address }, agent: false }, (r) => { r.resume(); resolve(r.statusCode); })
      .on('error', () => resolve(null));
  });
  try {
    await until('it answers', () => from('192.0.2.200'));
    const rows = [['2001:db8:0:1::1', 204], ['2001:db8:0:1:ffff::2', 429], ['2001:db8:0:2::1', 204], ['2001:db8:0:a::a0a:a0a', 204],
      ['2001:db8:0:a::b', 429], ['192.0.2.1', 204], ['192.0.2.2', 204], ['192.0.2.1', 429], ['10.10.10.10', 204]];
    for (const [address, status] of rows) assert.equal(await from(address), status, address);
  } finally {
    nginx.kill('SIGKILL');
    rmSync(dir, { recursive: true });
  }
});
