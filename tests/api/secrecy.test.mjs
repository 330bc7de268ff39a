// R4.5, R8.2, R8.6: nothing sensitive in answers, logs or metrics; keys for their owner only.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { readFileSync, readdirSync, statSync } from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { newKey } from './lib/client.mjs';
import { enterprise, person, samples, scanner } from './lib/people.mjs';
import { System, callXml, expectDone, expectError, freshCode, issueBody, verifyBody } from './lib/system.mjs';

const zwm = System.fromEnvironment();
const PHONE = '13912345678';
const statusPort = zwm.setting('status_port', '8444');
let channel, third;
const secrets = new Map([
  ['name of the person', samples.person.name], ['number of the person', samples.person.id_no],
  ['name of the enterprise', samples.enterprise.name], ['number of the enterprise', samples.enterprise.id_no],
  ['name of the agent', samples.enterprise.agent.name], ['number of the agent', samples.enterprise.agent.id_no],
  ['name of the scanner', scanner.name], ['number of the scanner', scanner.id_no], ['phone', PHONE],
]);

before(async () => {
  channel = await zwm.app('channel', 'sec-ch');
  third = await zwm.app('third-party', 'sec-tp');
  await zwm.inForce();
});
after(() => zwm.close());

const get = (target, port = statusPort) => new Promise((resolve, reject) => {
  http.get({ host: '127.0.0.1', port, path: target }, (response) => {
    const parts = [];
    response.on('data', (p) => parts.push(p)).on('end', () => resolve({ status: response.statusCode, text: Buffer.concat(parts).toString() }));
  }).on('error', reject);
});

const files = (dir) => readdirSync(dir, { withFileTypes: true }).flatMap((entry) => {
  const name = path.join(dir, entry.name);
  return entry.isDirectory() ? files(name) : entry.isFile() ? [name] : [];
});

function expectNoSecret(text, where) {
  for (const [what, value] of secrets) assert.ok(!text.includes(value), `${what} stands in ${where}`);
}

test('an answer of verify shows masked values only', async () => {
  for (const more of [{ subject: { ...person(), phone: PHONE } }, { code_type: 'QYM1', subject: enterprise() }]) {
    const { code } = await freshCode(channel, ['a.b'], more);
    secrets.set(`code ${secrets.size}`, code);
    const verified = await third.verify(verifyBody(code));
    expectDone(verified);
    secrets.set(`ticket ${secrets.size}`, verified.item.ticket);
    const text = verified.body.toString('utf8').replace(verified.item.ticket, '');
    expectNoSecret(text, 'the answer');
    assert.match(verified.item.subject.name, /^.\*\*$/u);
    assert.match(verified.item.subject.id_no, /^.{4}\*{5}$/);
  }
});

test('masking counts characters as people do', async () => {
  const cases = [
    [{ name: '欧阳示例' }, { name: '欧**' }],
    [{ name: '𠮷示例' }, { name: '𠮷**' }], // beyond the Basic Multilingual Plane
    [{ name: 'e\u0301xemple' }, { name: 'e\u0301**' }], // a letter and its accent
    [{ name: '葛\u{e0100}示例' }, { name: '葛\u{e0100}**' }], // a character and its variant
    [{ id_type: '414', id_no: 'E12345678' }, { id_no: 'E123*****' }],
  ];
  for (const [more, masked] of cases) {
    const { code } = await freshCode(channel, ['a.b'], { subject: { ...person(), ...more } });
    const { item } = await third.verify(verifyBody(code));
    for (const [name, value] of Object.entries(masked)) assert.equal(item.subject[name], value);
  }
  for (const more of [{ name: '李' }, { id_type: '414', id_no: 'E123' }]) { // too short to show four, or one
    const { code } = await freshCode(channel, ['a.b'], { subject: { ...person(), ...more } });
    const { item } = await third.verify(verifyBody(code));
    for (const [name, value] of Object.entries(more)) if (item.subject[name]) assert.ok(!item.subject[name].includes(value), name);
  }
});

test('errors do not repeat what was sent', async () => {
  const subject = { ...person(), phone: PHONE };
  const answers = [
    await channel.issue(issueBody(['a.b'], { subject: { ...subject, id_type: subject.name } })),
    await channel.issue(issueBody(['a.b'], { subject: { ...subject, id_no: `${subject.id_no}1` } })),
    await channel.issue(issueBody(['a.b'], { subject: { ...subject, phone: `${PHONE}${PHONE}${PHONE}${PHONE}` } })),
    await channel.issue(issueBody(['a.b'], { subject: { ...subject, type: PHONE } })),
    await channel.issue(issueBody(['a.b'], { subject, bsqzt: subject.name })),
    await third.verify(verifyBody('A', { purpose: samples.person.name })),
    await third.verify(verifyBody(samples.person.id_no)),
    await callXml(channel, '/api/v1/code/issue', `<request><subject><name>${subject.name}</name><id_no>${subject.id_no}</id_no>`),
  ];
  for (const answer of answers) {
    assert.equal(answer.result, '102');
    expectNoSecret(answer.body.toString('utf8'), `the answer ${answer.error}`);
  }
  // Even a field's name may be somebody's: it is named, but not at any length, and never logged with its value.
  const long = await channel.issue(issueBody(['a.b'], { ['x'.repeat(3000)]: '1' }));
  expectError(long, '1004');
  assert.ok(long.body.length < 1000);
});

test('/healthz says well', async () => {
  const { status } = await get('/healthz');
  assert.equal(status, 200);
});

test('/metrics counts, in Prometheus’ text, and tells nobody’s name', async () => {
  const counters = async () => {
    const { status, text } = await get('/metrics');
    assert.equal(status, 200);
    expectNoSecret(text, '/metrics');
    const lines = text.split('\n').filter((line) => line && !line.startsWith('#'));
    for (const line of lines) assert.match(line, /^[a-zA-Z_:][\w:]*(\{[^}]*\})? [-+0-9.eE]+(inf|nan)?$/i);
    return lines.reduce((sum, line) => (/verify/.test(line) && /_total/.test(line) ? sum + Number(line.split(' ').pop()) : sum), 0);
  };
  const earlier = await counters();
  await third.verify(verifyBody('A'));
  assert.ok(await counters() > earlier, 'a verify call is counted');
});

test('neither is on the public port', async () => {
  for (const target of ['/metrics', '/healthz']) {
    const raw = await third.send(third.prepare(target, '', { method: 'GET' }));
    assert.notEqual(raw.status, 200);
  }
});

test('no log has a sensitive value, and each line is one JSON object with the request’s id', async () => {
  const refused = await third.verify(verifyBody('A', { purpose: '找得到的一次调用' }));
  const id = refused.response.request_id;
  const dir = zwm.setting('log_dir', path.join(zwm.varDir, 'log'));
  const logs = files(dir);
  assert.ok(logs.length > 0);
  let found = 0;
  for (const file of logs) {
    const text = readFileSync(file, 'utf8');
    expectNoSecret(text, file);
    assert.ok(!/PRIVATE KEY/.test(text), file);
    for (const key of [channel.key, third.key, zwm.systemKey()]) assert.ok(!text.includes(key.privateKey), file);
    for (const line of text.split('\n').filter((l) => l.includes(id))) {
      const entry = JSON.parse(line);
      assert.ok(Object.values(entry).includes(id));
      found++;
    }
  }
  assert.ok(found > 0, 'the call is in the log');
});

test('keys are for their owner only', async () => {
  const dir = zwm.setting('keys_dir', path.join(zwm.varDir, 'keys'));
  assert.equal(statSync(dir).mode & 0o777, 0o700);
  const keys = files(dir);
  assert.ok(keys.length >= 3);
  for (const file of keys) assert.equal(statSync(file).mode & 0o777, 0o600, file);
  const pem = readFileSync(path.join(dir, 'system.key'), 'utf8');
  assert.match(pem, /^-----BEGIN ENCRYPTED PRIVATE KEY-----/);
  const tls = path.join(zwm.setting('tls_dir', path.join(zwm.varDir, 'tls')), 'server.key');
  assert.equal(statSync(tls).mode & 0o077, 0, tls);
});

test('what the store writes to disk holds no name or number in the clear', async () => {
  // A name of its own, so that nothing else can have written it.
  const name = `示例密${newKey().publicKey.slice(10, 20)}`;
  expectDone(await channel.issue(issueBody(['a.b'], { subject: { ...person(), name } })));
  const bytes = Buffer.from(name);
  for (const file of files(zwm.varDir)) {
    if (statSync(file).size > 512 << 20) continue;
    assert.ok(!readFileSync(file).includes(bytes), `the name stands in ${path.relative(zwm.varDir, file)}`);
  }
});
