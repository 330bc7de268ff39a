// zwm doctor: it says what will go wrong, before it does.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { copyFileSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { System, until } from './lib/system.mjs';

const zwm = System.fromEnvironment();
const dir = mkdtempSync(path.join(tmpdir(), 'zwm-doctor-'));
after(() => {
  zwm.close();
  rmSync(dir, { recursive: true });
});

async function findings(check) {
  const { stdout } = await zwm.tried('doctor', '--json');
  return JSON.parse(stdout).items.filter((item) => item.check === check);
}

test('on a sound instance each check is there and fine', async () => {
  for (const check of ['disk', 'certificate', 'connections', 'partitions', 'supervisor', 'durability', 'audit', 'health']) {
    const items = await findings(check);
    assert.ok(items.length > 0, check);
    for (const item of items) assert.equal(item.finding, 'ok', `${check}: ${item.text}`);
  }
});

test('partitions: days that are not made ahead, days that are not dropped', async () => {
  const offset = zwm.offset();
  const at = async (days) => {
    zwm.setOffset(offset + days * 86400);
    return [await findings('partitions'), await findings('retention')];
  };
  try {
    const [soon] = await at(10); // four days left
    assert.ok(soon.some((item) => item.finding === 'warning' && /call_record: days are made 4 ahead/.test(item.text)), JSON.stringify(soon));
    const [late] = await at(40); // inside a wide partition
    assert.ok(late.some((item) => item.finding === 'warning' && /0 ahead/.test(item.text)));
    const [gone, kept] = await at(500);
    assert.ok(gone.some((item) => item.finding === 'FAILED' && /authz: none for today/.test(item.text)));
    assert.ok(kept.some((item) => item.finding === 'warning' && /call_record: what should be gone is still kept/.test(item.text)));
  } finally {
    zwm.setOffset(offset);
  }
  assert.equal((await findings('partitions')).every((item) => item.finding === 'ok'), true);
});

test('the certificate: its end, and whether there is one', async () => {
  const cert = path.join(zwm.setting('tls_dir', path.join(zwm.varDir, 'tls')), 'server.crt'), kept = path.join(dir, 'kept.crt');
  const make = (days) => execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', path.join(dir, 'x.key'),
    '-subj', '/CN=127.0.0.1', '-days', String(days), '-out', path.join(dir, 'x.crt')], { stdio: 'ignore' });
  copyFileSync(cert, kept);
  try {
    make(5);
    copyFileSync(path.join(dir, 'x.crt'), cert);
    const [soon] = await findings('certificate');
    assert.equal(soon.finding, 'warning');
    assert.match(soon.text, /in (4|5) days/);
    copyFileSync(path.join(dir, 'x.key'), cert);
    assert.equal((await findings('certificate'))[0].finding, 'FAILED');
    rmSync(cert);
    assert.equal((await findings('certificate'))[0].finding, 'FAILED');
  } finally {
    copyFileSync(kept, `${cert}.new`);
    renameSync(`${cert}.new`, cert);
  }
});

// Another program under a responder's name, with nobody above it.
test('a responder’s process that nobody would start again', async () => {
  const program = path.join(dir, 'zwm-verify');
  copyFileSync('/bin/sleep', program);
  const shell = spawn('/bin/sh', ['-c', `'${program}' 60 >/dev/null 2>&1 & echo $!`], { env: { ...process.env, ZWM_VAR: zwm.varDir } });
  const pid = await new Promise((resolve) => shell.stdout.on('data', (text) => resolve(Number(text))));
  try {
    await until('the process stands alone', async () => (await findings('supervisor')).some((item) => item.finding === 'FAILED'));
    const found = (await findings('supervisor')).find((item) => item.finding === 'FAILED');
    assert.match(found.text, /^verify: nobody starts its 1 processes again/);
  } finally {
    process.kill(pid, 'SIGKILL');
  }
});

test('max_connections that would not do', async () => {
  const sql = (text) => execFileSync('mariadb', ['--no-defaults', '--socket', zwm.setting('db_socket', path.join(zwm.varDir, 'run/mariadb.sock')),
    '--batch', '--skip-column-names', '-e', text], { encoding: 'utf8' }).trim();
  const before = sql('SELECT @@GLOBAL.max_connections');
  const wanted = Number((await findings('connections'))[0].text.match(/may want (\d+)/)[1]);
  try {
    sql(`SET GLOBAL max_connections = ${wanted - 1}`);
    const [item] = await findings('connections');
    assert.equal(item.finding, 'warning');
    assert.ok(item.text.startsWith(`max_connections ${wanted - 1},`), item.text);
  } finally {
    sql(`SET GLOBAL max_connections = ${before}`);
  }
});
