// What is kept to show a third person later, and what can be checked without any network (issue: evidence, offline).
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { after, before, test } from 'node:test';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { makeCode, newKey, publicKeyPem, verifies } from '../api/lib/client.mjs';
import { enterprise } from '../api/lib/people.mjs';
import { expectDone, expectError, verifyBody } from '../api/lib/system.mjs';
import { SAMPLE, VERIFY, city, closeAll, department, issue, national, provinceA, provinceB, verify, withApps } from './lib/federation.mjs';
import { FREE, NodeSystem } from './lib/node-system.mjs';

let dir, other; // a system that issues ZWM1 only
before(async () => {
  other = await new NodeSystem(FREE.changing).join();
  dir = mkdtempSync(path.join(tmpdir(), 'zwm-list-'));
  await withApps('ev');
});
after(async () => {
  await other?.leave();
  rmSync(dir, { recursive: true });
  closeAll();
});

// The command's words and exit code; in an empty directory, without an instance, where `place` is null.
function zwm(place, ...args) {
  const env = place ? place.env : { PATH: process.env.PATH, ZWM_VAR: path.join(dir, 'none') };
  return new Promise((resolve) => {
    execFile(path.join(provinceB.binDir, 'zwm'), args, { env, cwd: dir }, (error, stdout, stderr) => resolve({ code: error?.code ?? 0, stdout, stderr }));
  });
}

test('the chain of one authorization: request, hops and receipts, checked with public keys', async () => {
  const { code, sqbh } = await issue(department);
  const answer = await verify(provinceB, code);
  expectDone(answer);
  expectDone(await provinceB.third.pickup({ ticket: answer.item.ticket, class: SAMPLE.data, as: 'data' }));
  const expected = [
    [provinceB, ['request received', 'sent'], national.id], // what it was asked, and its own call to the relay
    [national, ['passed on'], department.id],
    [department, ['request received'], undefined],
  ];
  for (const [place, kinds, next] of expected) {
    const { items, wrong } = await place.zwmJson('evidence', sqbh);
    assert.equal(wrong, 0);
    for (const kind of kinds) assert.ok(items.some((item) => item.kind === kind), `${kind} at ${place.name}: ${JSON.stringify(items.map((i) => i.kind))}`);
    for (const item of items.filter(({ receipt_system: by }) => by)) {
      assert.equal(item.next, next);
      assert.equal(item.receipt_system, department.id);
      assert.equal(item.signature_of_answer, 'right');
      // And again with another implementation.
      assert.ok(verifies(item.receipt_string, Buffer.from(item.receipt_signature, 'base64'), await department.publicKey()));
      const [, signature] = item.authorization.match(/signature="([^"]+)"/);
      assert.ok(verifies(item.request_string, Buffer.from(signature, 'base64'), await provinceB.publicKey()));
    }
  }
  const received = (await department.zwmJson('evidence', sqbh)).items.find((item) => item.kind === 'request received' && item.interface === 'verify');
  assert.equal(received.caller, provinceB.id);
  assert.equal(received.signature_of_caller, 'right');
  const first = (await provinceB.zwmJson('evidence', sqbh)).items.find((item) => item.kind === 'request received' && item.interface === 'verify');
  assert.equal(first.caller, provinceB.third.appId);
  assert.equal(first.signature_of_caller, 'right');
  const words = await zwm(provinceB, 'evidence', sqbh);
  assert.equal(words.code, 0);
  assert.ok(words.stdout.includes(department.id));
});

test('refused tries leave evidence too; an authorization nobody knows has none', async () => {
  const { code, sqbh } = await issue(provinceA);
  const call = provinceB.third.prepare(VERIFY, verifyBody(code));
  expectDone(await provinceB.third.send(call));
  expectError(await verify(city, code), '3005');
  const { items } = await provinceA.zwmJson('evidence', sqbh);
  const callers = items.filter(({ kind }) => kind === 'request received').map(({ caller }) => caller);
  assert.ok(callers.includes(provinceB.id) && callers.includes(city.id), callers.join());
  assert.notEqual((await zwm(provinceA, 'evidence', '0'.repeat(32))).code, 0);
  assert.equal((await zwm(provinceA, 'evidence', 'xyz')).code, 2);
});

test('a code is checked without network against the list', async (t) => {
  const list = path.join(dir, 'list.json'), pinned = path.join(dir, 'national.pub');
  writeFileSync(list, await provinceB.zwm('route', 'trust', '--json'));
  writeFileSync(pinned, publicKeyPem(await national.publicKey()));
  const offline = async (code, { file = list, key = pinned } = {}) => {
    const said = await zwm(null, 'verify', '--offline', '--trust', file, ...(key ? ['--publisher-key', key] : []), code, '--json');
    return { ...said, json: said.stdout ? JSON.parse(said.stdout) : null };
  };

  for (const from of [provinceA, department, city]) {
    await t.test(`genuine, of ${from.name}`, async () => {
      for (const more of [{}, { code_type: 'QYM1', subject: enterprise() }]) {
        const { code, deadline } = await issue(from, more);
        const { code: rc, json } = await offline(code);
        assert.equal(rc, 0);
        assert.equal(json.genuine, true);
        assert.equal(json.expired, false);
        assert.equal(json.status, 'unknown');
        assert.equal(json.system, from.id);
        assert.equal(json.deadline, deadline);
        assert.equal(json.pinned, true);
      }
    });
  }
  await t.test('used: still genuine, the status is unknown', async () => {
    const { code } = await issue(provinceA);
    expectDone(await verify(provinceB, code));
    const { code: rc, json } = await offline(code);
    assert.deepEqual([rc, json.genuine, json.status], [0, true, 'unknown']);
    const words = await zwm(null, 'verify', '--offline', '--trust', list, '--publisher-key', pinned, code);
    assert.match(words.stdout, /^genuine/);
    assert.match(words.stdout, /status unknown/);
  });
  await t.test('expired', async () => {
    const code = makeCode({ system: provinceA.id, deadline: Math.floor(Date.now() / 1000) - 5, key: provinceA.systemKey() });
    const { code: rc, json } = await offline(code);
    assert.deepEqual([rc, json.genuine, json.expired, json.error_code], [1, true, true, '3004']);
  });
  await t.test('forged, unknown, malformed', async () => {
    const deadline = Math.floor(Date.now() / 1000) + 60;
    const { code } = await issue(provinceA);
    const changed = code.slice(0, 210) + (code[210] === 'A' ? 'B' : 'A') + code.slice(211);
    const wrong = [
      [makeCode({ system: provinceA.id, deadline, key: newKey() }), '3003'], [changed, '3003'],
      [makeCode({ system: provinceA.id, deadline, key: provinceB.systemKey() }), '3003'],
      [makeCode({ system: other.id.slice(1, 7), type: 'QYM1', deadline, key: other.key }), '3002'],
      [makeCode({ system: FREE.unknown, deadline, key: newKey() }), '4001'], ['ABC', '3001'], [code.toLowerCase(), '3001'],
    ];
    for (const [text, error] of wrong) {
      const { code: rc, json } = await offline(text);
      assert.deepEqual([rc, json.genuine, json.error_code], [1, false, error]);
      assert.equal(json.status, undefined);
    }
  });
  await t.test('of the type that its system is listed for', async () => {
    const { code: rc, json } = await offline(other.code());
    assert.deepEqual([rc, json.genuine, json.system], [0, true, other.id]);
  });
  await t.test('a list that was changed, or is another\'s, decides nothing', async () => {
    const { code } = await issue(provinceA);
    const bad = path.join(dir, 'bad.json'), other = path.join(dir, 'other.pub');
    writeFileSync(bad, (await provinceB.zwm('route', 'trust', '--json')).replace('"active"', '"suspended"'));
    writeFileSync(other, publicKeyPem(newKey().publicKey));
    for (const options of [{ file: bad }, { key: other }, { file: bad, key: null }, { file: path.join(dir, 'absent') }]) {
      const { code: rc, json } = await offline(code, options);
      assert.notEqual(rc, 0);
      assert.ok(!json?.genuine);
    }
    const unpinned = await offline(code, { key: null });
    assert.equal(unpinned.json.pinned, false, 'without a key of its own it says that nobody vouches for the list');
  });
});
