// 9002, 9003: the store is lost at the worst moment. What cannot be known is said to be unknown, and `outcome` knows it.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import path from 'node:path';
import { expectDone, expectError, expectShape, freshCode, issueBody, verifyBody, until } from '../api/lib/system.mjs';
import { Instance } from './lib/instance.mjs';
import { StoreProxy } from './lib/store-proxy.mjs';

let instance, proxy, channel, third;

before(async () => {
  instance = await Instance.start({
    settings: (dir) => ({ db_socket: path.join(dir, 'proxy.sock') }),
    before: (dir) => {
      proxy = new StoreProxy(path.join(dir, 'proxy.sock'), path.join(dir, 'run', 'mariadb.sock'));
      return proxy.start();
    },
  });
  channel = await instance.system.app('channel', 'unc-ch');
  third = await instance.system.app('third-party', 'unc-tp');
  await instance.system.inForce();
});
after(async () => {
  await instance?.stop();
  await proxy?.stop();
});

test('COMMIT lost before the store had it: 9003, and outcome says 3007', async () => {
  for (let i = 0; i < 3; i++) {
    const { code } = await freshCode(channel, ['a.b']);
    const call = third.prepare('/api/v1/code/verify', verifyBody(code));
    const lost = proxy.loseCommit('before');
    const [answer] = await Promise.all([third.send(call), lost]);
    expectError(answer, '9003');
    expectError(await third.outcome(call.nonce), '3007');
    expectError(await third.send(call), '2003'); // called off for good
    expectDone(await third.verify(verifyBody(code)));
  }
});

test('COMMIT done and its answer lost: 9003, and outcome has the items', async () => {
  for (let i = 0; i < 3; i++) {
    const { code } = await freshCode(channel, ['a.b']);
    const call = third.prepare('/api/v1/code/verify', verifyBody(code));
    const lost = proxy.loseCommit('after');
    const [answer] = await Promise.all([third.send(call), lost]);
    expectError(answer, '9003');
    const outcome = await third.outcome(call.nonce);
    expectDone(outcome);
    assert.match(outcome.item.ticket, /^\d{9}\.[\w-]{43}$/);
    expectError(await third.send(call), '2003');
    expectError(await third.verify(verifyBody(code)), '3005');
  }
});

test('a refusal whose COMMIT is lost is uncertain too, and outcome repeats it or calls it off', async () => {
  const { code } = await freshCode(channel, ['a.b']);
  expectDone(await third.verify(verifyBody(code)));
  for (const [when, error] of [['before', '3007'], ['after', '3005']]) {
    const call = third.prepare('/api/v1/code/verify', verifyBody(code));
    const lost = proxy.loseCommit(when);
    const [answer] = await Promise.all([third.send(call), lost]);
    expectError(answer, '9003');
    expectError(await third.outcome(call.nonce), error);
  }
});

test('issue: 9003 as well; a code that was never answered is of no use to anybody', async () => {
  for (const when of ['before', 'after']) {
    const call = channel.prepare('/api/v1/code/issue', issueBody(['a.b']));
    const lost = proxy.loseCommit(when);
    const [answer] = await Promise.all([channel.send(call), lost]);
    expectError(answer, '9003');
    if (when === 'after') expectError(await channel.send(call), '2003');
    else expectDone(await channel.send(call));
  }
});

test('the store is away: 9002, nothing happens; and it comes back by itself', async () => {
  const { code } = await freshCode(channel, ['a.b']);
  proxy.refuse(true);
  const calls = [];
  for (let i = 0; i < 6; i++) {
    const call = third.prepare('/api/v1/code/verify', verifyBody(code));
    calls.push(call);
    expectError(await third.send(call), '9002');
  }
  expectError(await channel.issue(issueBody(['a.b'])), '9002');
  proxy.refuse(false);
  const verified = await until('the responders find the store again', async () => {
    const answer = await third.verify(verifyBody(code));
    expectShape(answer);
    return answer.error === '9002' ? null : answer;
  });
  expectDone(verified);
  for (const call of calls) expectError(await third.outcome(call.nonce), '3007');
});

test('connections that died while idle are made anew, and no call pays for it', async () => {
  for (let i = 0; i < 5; i++) {
    const { code } = await freshCode(channel, ['a.b']);
    proxy.cutAll();
    expectDone(await third.verify(verifyBody(code)));
  }
});
