#!/usr/bin/env node
// make bench-pages: what open show pages cost. Runs against the instance of tests/run-api, whose settings let them in.
//
// BENCH_PAGES (10000) sessions are opened as a channel and a page do it, each with a code on show and its stream of events.
// Then for BENCH_SEC (60) seconds each, with the CPU seconds a second of all processes of nginx and zwm-show, out of /proc:
//
//   open       the pages stand there: pings, and the one look a second at the store
//   used       four codes a second are verified; how long until their pages know
//   refreshed  each page has its code replaced before it ends, as pages in view do: a look and a new code
//
// The machine's speed is no part of it: seconds of CPU are counted, not time.
import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import https from 'node:https';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import tls from 'node:tls';
import { PageClient } from '../api/lib/page.mjs';
import { residentId } from '../api/lib/people.mjs';
import { System, expectDone, verifyBody } from '../api/lib/system.mjs';

const PAGES = Number(process.env.BENCH_PAGES ?? 10000), SEC = Number(process.env.BENCH_SEC ?? 60), AT_ONCE = 16, USED = 120;
const HZ = 100; // ticks a second of /proc/PID/stat
const zwm = System.fromEnvironment();
const ca = readFileSync(path.join(zwm.varDir, 'tls', 'ca.crt'));
const url = new URL(zwm.baseUrl);
const agent = new https.Agent({ keepAlive: true, maxSockets: AT_ONCE, ca });

// --- CPU ---

const read = (file) => { try { return readFileSync(file, 'utf8'); } catch { return ''; } };
const under = (pids) => {
  const all = new Set(pids);
  for (let n = 0; n !== all.size;) {
    n = all.size;
    for (const p of readdirSync('/proc').filter((q) => /^\d+$/.test(q))) {
      const parent = read(`/proc/${p}/stat`).replace(/^.*\) /, '').split(' ')[1];
      if (all.has(parent)) all.add(p);
    }
  }
  return [...all];
};
const run = path.join(zwm.varDir, 'run');
const pidOf = (name) => read(path.join(run, `${name}.pid`)).trim();
const groups = { nginx: under([pidOf('nginx')]), 'zwm-show': under([pidOf('show')]), mariadbd: under([pidOf('mariadb')]) };
const ticks = (pid) => {
  const v = read(`/proc/${pid}/stat`).replace(/^.*\) /, '').split(' ');
  return v.length > 13 ? Number(v[11]) + Number(v[12]) : 0;
};
const cpu = () => Object.fromEntries(Object.entries(groups).map(([name, pids]) => [name, pids.reduce((sum, p) => sum + ticks(p), 0) / HZ]));
const resident = (name) => groups[name].reduce((sum, p) => sum + Number(/^VmRSS:\s*(\d+)/m.exec(read(`/proc/${p}/status`))?.[1] ?? 0), 0) / 1024;

// Runs `during` and prints a line of what it cost.
async function measure(name, during) {
  const before = cpu(), began = performance.now();
  const said = await during();
  const sec = (performance.now() - began) / 1000, after = cpu();
  const each = Object.keys(groups).map((g) => [g, (after[g] - before[g]) / sec]);
  const own = each.filter(([g]) => g !== 'mariadbd').reduce((sum, [, v]) => sum + v, 0);
  console.log(`${name.padEnd(10)} ${own.toFixed(3)} of a core (${each.map(([g, v]) => `${g} ${v.toFixed(3)}`).join(', ')}) over ${sec.toFixed(0)} s${said ? `; ${said}` : ''}`);
}

// --- a page ---

let errors = 0, opened = 0;

// A call of a page: its cookie, its token, its connection kept with others'.
function call(page, name, body = {}) {
  const text = JSON.stringify(body);
  return new Promise((resolve, reject) => {
    https.request({ host: url.hostname, port: url.port, path: `/show/api/${name}`, method: 'POST', agent,
      headers: { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(text), Origin: zwm.baseUrl,
        ...(page.cookie ? { Cookie: page.cookie, 'Zwm-Csrf': page.csrf } : {}) } }, (response) => {
      const parts = [];
      response.on('data', (part) => parts.push(part)).on('error', reject).on('end', () => {
        const { process_response: r } = JSON.parse(Buffer.concat(parts));
        if (r.error_code !== '') reject(new Error(`${name}: ${r.error_code} ${r.error_msg}`));
        else resolve({ item: r.items[0], cookie: response.headers['set-cookie']?.[0].split(';')[0] });
      });
    }).on('error', reject).end(text);
  });
}

// The page's stream: a connection of its own, as a browser has it.
function listen(page) {
  return new Promise((resolve, reject) => {
    const socket = tls.connect({ host: url.hostname, port: url.port, ca }, () => {
      socket.write(`GET ${page.events} HTTP/1.1\r\nHost: ${url.host}\r\nAccept: text/event-stream\r\n\r\n`);
    });
    let head = '';
    socket.on('data', (part) => {
      if (head !== null) {
        head += part;
        if (!head.includes('\r\n\r\n')) return;
        if (!head.startsWith('HTTP/1.1 200')) { reject(new Error(head.slice(0, 200))); return; }
        opened++;
        head = null;
        resolve();
      }
      if (part.includes('"used"')) page.told?.(performance.now());
    });
    socket.on('error', reject).on('close', () => { opened--; reject(new Error('closed')); });
    page.socket = socket;
  });
}

// `n` tasks, AT_ONCE at a time.
async function each(n, task) {
  let next = 0;
  await Promise.all(Array.from({ length: AT_ONCE }, async () => {
    while (next < n) await task(next++);
  }));
}

async function open(channel, i) {
  const day = new Date(Date.UTC(1930, 0, 1 + (i % 20000))).toISOString().slice(0, 10).replaceAll('-', '');
  const subject = { type: 'person', name: '压测示例', id_type: '111', id_no: residentId('110101', day, '000'), assurance: 3 };
  const session = await channel.call('/api/v1/show/session', { subject });
  expectDone(session);
  const page = {};
  const entered = await call(page, 'enter', { token: session.item.show_token });
  Object.assign(page, { cookie: entered.cookie, csrf: entered.item.csrf, events: entered.item.events });
  page.code = (await call(page, 'code')).item;
  await listen(page);
  return page;
}

// --- the phases ---

async function usedPhase(third, pages) {
  const late = [];
  const reader = new PageClient(zwm);
  const chosen = pages.slice(0, USED), texts = [];
  await each(chosen.length, async (i) => { // fresh, and read by a scanner, before the time runs
    chosen[i].code = (await call(chosen[i], 'code')).item;
    texts[i] = await reader.codeText(chosen[i].code);
  });
  await measure('used', async () => {
    for (const [i, page] of chosen.entries()) {
      const began = performance.now();
      const known = new Promise((resolve) => { page.told = (at) => resolve(at); });
      third.call('/api/v1/code/verify', verifyBody(texts[i])).then((answer) => {
        if (answer.result !== '100') errors++;
        return Promise.race([known, sleep(10_000).then(() => Infinity)]).then((at) => late.push((at - began) / 1000));
      });
      await sleep(250 - Math.min(250, performance.now() - began));
    }
    for (let left = 100; late.length < chosen.length && left > 0; left--) await sleep(100);
    late.sort((a, b) => a - b);
    return `${late.length} codes used, their pages knew after ${late[late.length >> 1].toFixed(2)} s, the last after ${late.at(-1).toFixed(2)} s`;
  });
  return late.length === chosen.length && late.at(-1) <= 3;
}

async function refreshPhase(pages) {
  const after = pages[0].code.refresh_after_sec;
  let asked = 0;
  await measure('refreshed', async () => {
    const began = performance.now(), busy = new Set();
    for (let i = 0; performance.now() - began < SEC * 1000;) {
      const due = Math.floor((performance.now() - began) / 1000 / after * pages.length);
      for (; i < due && busy.size < 4 * AT_ONCE; i++) {
        const page = pages[i % pages.length];
        const one = call(page, 'state').then(() => call(page, 'code')).then(() => { asked++; }, () => { errors++; }).finally(() => busy.delete(one));
        busy.add(one);
      }
      await sleep(5);
    }
    await Promise.all(busy);
    return `${(asked / SEC).toFixed(0)} codes a second, one a page in ${after} s`;
  });
}

const files = Number(execFileSync('sh', ['-c', 'ulimit -n']).toString()) || Infinity;
console.log(`open files: ${files}; each page takes one here, and one of nginx`);
if (files < PAGES + 200) {
  console.log(`${PAGES} pages do not go into that: raise the limit of open files, or set BENCH_PAGES`);
  process.exit(1);
}
const channel = await zwm.app('channel', 'pages-ch'), third = await zwm.app('third-party', 'pages-tp');
await zwm.inForce();
const pages = [];
const began = performance.now();
await measure('opening', async () => {
  await each(PAGES, async (i) => {
    try {
      pages.push(await open(channel, i));
    } catch (e) {
      errors++;
      if (errors < 5) console.log(e.message);
    }
  });
  return `${pages.length} pages opened in ${((performance.now() - began) / 1000).toFixed(0)} s`;
});
console.log(`memory: nginx ${resident('nginx').toFixed(0)} MiB, zwm-show ${resident('zwm-show').toFixed(0)} MiB`);
await sleep(2000);
await measure('open', () => sleep(SEC * 1000));
const inTime = await usedPhase(third, pages);
await refreshPhase(pages);
console.log(`streams open at the end: ${opened} of ${PAGES}; calls that failed: ${errors}`);
console.log('aim: open and used under 0.5 of a core; every used code known within 3 s');
zwm.close();
process.exit(inTime && opened === PAGES && errors === 0 ? 0 : 1);
