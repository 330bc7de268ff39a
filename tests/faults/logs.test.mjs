// One clock in all logs, whatever the machine's time zone is; a start that leaves no error behind; logs moved away.
import assert from 'node:assert/strict';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { ROOT, System, expectDone, expectError, freshCode, until, verifyBody } from '../api/lib/system.mjs';
import { Instance, freePair } from './lib/instance.mjs';

const PATH = `${process.env.PATH}:/usr/sbin`;
let instance, channel, third, began;

before(async () => {
  const zone = process.env.TZ;
  process.env.TZ = 'America/St_Johns'; // not a whole hour away
  began = Date.now();
  instance = await Instance.start();
  if (zone === undefined) delete process.env.TZ; else process.env.TZ = zone;
  channel = await instance.system.app('channel', 'log-ch');
  third = await instance.system.app('third-party', 'log-th');
  await instance.system.inForce();
});
after(() => instance?.stop());

const log = (name) => readFileSync(path.join(instance.dir, 'log', name), 'utf8');
const lines = (name) => log(name).split('\n').filter((line) => line !== '');

function expectNow(stamp, what) {
  const at = Date.parse(stamp);
  assert.ok(at >= began - 1000 && at <= Date.now() + 1000, `${what}: ${stamp} is not now`);
}

test('a start leaves no error in the logs, and no probe', () => {
  for (const name of readdirSync(path.join(instance.dir, 'log')).filter((n) => n.endsWith('.log') && !n.startsWith('mariadb'))) {
    for (const line of lines(name).filter((l) => !l.includes('for tests only'))) {
      assert.doesNotMatch(line, /"level":"(warn|error|fatal)"|\[(error|crit|alert|emerg)\]|ready\/|"error":"1008"/, name);
    }
  }
});

test('the probe says that the responder answers, and is not counted', async () => {
  const status = `http://127.0.0.1:${instance.system.setting('status_port')}`;
  const probe = await fetch(`${status}/ready/verify`);
  assert.deepEqual([probe.status, await probe.text()], [200, 'ready\n']);
  assert.doesNotMatch(await (await fetch(`${status}/metrics`)).text(), /error="1008"} [1-9]/);
});

test('every log has UTC: responders, nginx, MariaDB', async () => {
  const { code } = await freshCode(channel, ['a.b']);
  expectDone(await third.verify(verifyBody(code)));
  const access = await until('the call is logged', () => lines('access.log').find((line) => line.includes('/api/v1/code/verify')), { seconds: 5 });
  const { time } = JSON.parse(access);
  assert.match(time, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  expectNow(time, 'access.log');
  const { time: said } = JSON.parse(lines('verify.log').at(-1));
  assert.match(said, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  expectNow(said, 'verify.log');
  const [, day, hour, rest] = /^(\d{4}-\d\d-\d\d) +(\d+)(:\d\d:\d\d) /.exec(lines('mariadb.log').findLast((line) => /^\d{4}-/.test(line)));
  expectNow(`${day}T${hour.padStart(2, '0')}${rest}Z`, 'mariadb.log');
  // nginx's own errors, in its own form: a responder that is not there.
  process.kill(-Number(readFileSync(path.join(instance.dir, 'run', 'verify.pid'), 'utf8')), 'SIGKILL');
  await until('nginx complains', async () => {
    await third.verify(verifyBody(code));
    return log('nginx.log').includes('verify.sock');
  });
  const [, date, clock] = /^(\d{4}\/\d\d\/\d\d) (\d\d:\d\d:\d\d) \[/.exec(lines('nginx.log').at(-1));
  expectNow(`${date.replaceAll('/', '-')}T${clock}Z`, 'nginx.log');
  await instance.local('up');
});

// The answers to many questions, sent one behind the other on one connection.
function askAll(port, isos) {
  return new Promise((resolve, reject) => {
    let text = '';
    const socket = net.connect(port, '127.0.0.1', () => {
      isos.forEach((iso, i) => socket.write(`GET /?t=${iso}+00:00 HTTP/1.1\r\nHost: a\r\n${i === isos.length - 1 ? 'Connection: close\r\n' : ''}\r\n`));
    });
    socket.on('data', (part) => { text += part; });
    socket.on('error', reject);
    socket.on('close', () => resolve([...text.matchAll(/\r\n\r\n(\d{4}-\d\d-\d\d)/g)].map((m) => m[1])));
  });
}

// In the error answers stands China standard time (MOB 9.4.2). The rules of the configuration in an nginx of its own.
test('the date of error answers, for every day of a century', async () => {
  const conf = execFileSync(path.join(System.fromEnvironment().binDir, 'zwm'), ['config', 'nginx'], { env: instance.env }).toString();
  const map = /map \$time_iso8601 \$zwm_date \{[^]*?\n {4}\}/.exec(conf)[0].replace('$time_iso8601', '$arg_t');
  const dir = mkdtempSync(path.join(tmpdir(), 'zwm-date-')), port = await freePair();
  writeFileSync(path.join(dir, 'nginx.conf'), `daemon off; master_process off; pid ${dir}/pid; error_log stderr;
    events {}
    http { access_log off; client_body_temp_path ${dir}/b; proxy_temp_path ${dir}/p; fastcgi_temp_path ${dir}/f;
      uwsgi_temp_path ${dir}/u; scgi_temp_path ${dir}/s; keepalive_requests 1000000;
      ${map}
      server { listen 127.0.0.1:${port}; location / { return 200 $zwm_date; } } }`);
  const nginx = spawn('nginx', ['-p', dir, '-c', path.join(dir, 'nginx.conf'), '-e', 'stderr'], { env: { ...process.env, PATH } });
  const ask = (iso) => fetch(`http://127.0.0.1:${port}/?t=${iso}+00:00`).then((r) => r.text(), () => null);
  try {
    await until('it answers', () => ask('2026-01-01T00:00:00'));
    const china = (at) => new Date(at + 8 * 3600_000).toISOString().slice(0, 10);
    const moments = [];
    for (let day = Date.UTC(2026, 0, 1); day < Date.UTC(2100, 0, 1); day += 86400_000) {
      // Each day's turn; some hours beside it.
      moments.push(day + 16 * 3600_000);
      if (day % 7 === 0) moments.push(day, day + 16 * 3600_000 - 1000, day + 86399_000);
    }
    const isos = moments.map((at) => new Date(at).toISOString().slice(0, 19));
    const said = await askAll(port, isos);
    assert.equal(said.length, moments.length);
    moments.forEach((at, i) => assert.equal(said[i], china(at), isos[i]));
  } finally {
    nginx.kill('SIGKILL');
    rmSync(dir, { recursive: true });
  }
});

test('nginx answers with today of China', async () => {
  const china = () => new Date(Date.now() + 8 * 3600_000).toISOString().slice(0, 10);
  const first = china(), answer = await third.call('/api/v1/no/such', '{}');
  expectError(answer, '1008');
  assert.ok([first, china()].includes(answer.response.date));
});

const rotates = spawnSync('logrotate', ['--version'], { env: { ...process.env, PATH } }).status === 0;
test('the logrotate file: old lines are moved away, new ones come into a new file', { skip: rotates ? false : 'there is no logrotate' }, async () => {
  const user = execFileSync('id', ['-un']).toString().trim(), group = execFileSync('id', ['-gn']).toString().trim();
  const file = path.join(instance.dir, 'logrotate.conf');
  writeFileSync(file, readFileSync(path.join(ROOT, 'nginx', 'logrotate'), 'utf8').replaceAll('/var/lib/zwm/', `${instance.dir}/`)
    .replace('su zwm zwm', `su ${user} ${group}`), { mode: 0o600 });
  await until('there is a line', () => lines('access.log').length > 0, { seconds: 5 });
  execFileSync('logrotate', ['-f', '-s', path.join(instance.dir, 'logrotate.state'), file], { env: { ...process.env, PATH } });
  assert.ok(readdirSync(path.join(instance.dir, 'log')).some((name) => /^access\.log-\d{8}$/.test(name)));
  const { code } = await freshCode(channel, ['a.b']);
  assert.ok(code);
  await until('the new file has it', () => { try { return lines('access.log').some((line) => line.includes('/code/issue')); } catch { return false; } }, { seconds: 5 });
});
