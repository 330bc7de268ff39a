// time.js and text.js of www/shared (no browser), api.js and errors.js (in one).
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import * as text from '../../www/shared/text.js';
import * as time from '../../www/shared/time.js';
import { BASE, launch, open } from './lib/browser.mjs';

let browser;
before(async () => { browser = await launch(); });
after(() => browser?.close());

test('times are China\'s, whatever this machine is set to', () => {
  const moment = 1795500180; // date -u -d @1795500180: 2026-11-24 06:03:00
  for (const value of [moment, new Date(moment * 1000), '20261124140300', '2026-11-24T06:03:00Z']) {
    assert.equal(time.dateTime(value), '2026-11-24 14:03');
  }
  assert.equal(time.dateTime(1795536000), '2026-11-25 00:00'); // midnight is 00, not 24
  assert.equal(time.dateOnly(1795535999), '2026-11-24');
  assert.equal(time.clock(new Date(moment * 1000)), '14:03:00');
  assert.equal(time.dayStart('2026-11-25'), 1795536000);
  for (const value of [undefined, null, '', 'x', NaN, '99999999999999']) assert.equal(time.dateTime(value), '—', String(value));
  for (const value of ['', 'today', '2026-13-01', '2026-1-1']) assert.equal(time.dayStart(value), undefined, value);
});

test('how long ago, and how long', () => {
  const rows = [[0, '刚刚'], [59, '刚刚'], [60, '1 分钟前'], [3599, '59 分钟前'], [3600, '1 小时前'], [86399, '23 小时前'],
    [86400, '2026-11-23 14:03'], [-30, '即将'], [-120, '2 分钟后']];
  for (const [ago, words] of rows) assert.equal(time.relative(1795500180 - ago, 1795500180), words);
  assert.equal(time.relative(undefined, 0), '—');
  assert.deepEqual([0, 38, 90, 7200, 90061].map(time.duration), ['0 秒', '38 秒', '1 分 30 秒', '2 小时', '1 天 1 小时']);
  assert.equal(time.duration(-1), '—');
});

test('numbers', () => {
  assert.deepEqual([0, 1234567, NaN, undefined].map(text.count), ['0', '1,234,567', '—', '—']);
  assert.deepEqual([0.1234, 1].map(text.percent), ['12.34%', '100%']);
  assert.deepEqual([999, 1000, 1556149].map(text.bytes), ['999 B', '1.0 KB', '1.6 MB']);
  assert.equal(text.grouped('4e7f1c87de'), '4e7f 1c87 de');
  assert.deepEqual([0, '', null, 'x'].map(text.orDash), ['0', '—', '—', 'x']);
});

// One call in the browser, answered by `respond`; what came of it, and the events it sent.
async function called(respond, script = "call('/api/v1/test', {body: {a: 1}})", setup = async () => {}) {
  const page = await open(browser, { allow: [/Failed to load resource/] });
  await page.route('**/api/v1/test*', respond);
  await page.goto('/');
  await setup(page);
  const result = await page.evaluate(async (source) => {
    const api = await import('/shared/api.js');
    const ended = [];
    window.addEventListener('zwm-session-ended', (event) => ended.push(event.detail.code));
    const acts = {
      "call('/api/v1/test', {body: {a: 1}})": () => api.call('/api/v1/test', { body: { a: 1 } }),
      get: () => api.call('/api/v1/test', { query: { page: 2, none: '', nothing: undefined, q: 'a&b' } }),
      csrf: () => { api.setCsrfToken('token'); return api.call('/api/v1/test', { body: {} }); },
      slow: () => api.call('/api/v1/test', { timeoutMs: 100 }),
      abort: () => { const c = new AbortController(); setTimeout(() => c.abort(), 50); return api.call('/api/v1/test', { signal: c.signal }); },
      foreign: () => api.call('https://example.com/'),
    };
    try {
      return { ended, done: await acts[source]() };
    } catch (error) {
      return { ended, aborted: api.wasAborted(error), name: error.name, kind: error.kind, code: error.code, field: error.field, words: api.errorWords(error) };
    }
  }, script);
  await page.finish();
  return result;
}

const refusal = (status, code, message) => (route) => route.fulfill({ status, json: { process_response: {
  result_code: '102', error_code: code, error_msg: message, date: '2026-11-24', request_id: 'f0e065f57a401f907568226aa17778ea', items: [] } } });

test('an answer is unwrapped; the query leaves out what is empty; the token goes with what writes', async () => {
  let seen;
  const answer = (route) => {
    seen = route.request();
    return route.fulfill({ json: { process_response: { result_code: '100', error_code: '', error_msg: '', date: '', request_id: 'id', items: [{ a: 1 }, { a: 2 }] } } });
  };
  const { done } = await called(answer);
  assert.deepEqual([done.item, done.items.length, done.requestId, done.inProgress], [{ a: 1 }, 2, 'id', false]);
  assert.deepEqual([seen.method(), seen.postData(), seen.headers()['content-type']], ['POST', '{"a":1}', 'application/json']);
  await called(answer, 'get');
  assert.equal(seen.url(), `${BASE}/api/v1/test?page=2&q=a%26b`);
  assert.equal(seen.method(), 'GET');
  await called(answer, 'csrf');
  assert.equal(seen.headers()['zwm-csrf'], 'token');
});

test('each refusal has its kind and words', async (t) => {
  const rows = [
    [401, '8001', '会话不存在或已结束', 'ended', '登录已失效'], [403, '8003', '当前角色无权操作', 'forbidden', '没有权限'],
    [409, '8004', '已被他人修改', 'conflict', '内容已被他人修改'], [409, '8005', '状态不允许', 'state', '当前状态不能办理'],
    [429, '2007', '请求过于频繁', 'busy', '系统繁忙'], [503, '9001', '系统繁忙，请稍后重试', 'busy', '系统繁忙'],
    [500, '9003', '结果不确定', 'uncertain', '结果未确认'], [502, '6006', '信息服务不可用', 'failed', '办理未成功'],
    [400, '1003', '字段值无效：subject.id_no', 'invalid', '填写内容有误'],
  ];
  for (const [status, code, message, kind, heading] of rows) {
    await t.test(code, async () => {
      const { kind: got, code: gotCode, words, ended, field } = await called(refusal(status, code, message));
      assert.deepEqual([got, gotCode, words.heading, words.requestId], [kind, code, heading, 'f0e065f57a401f907568226aa17778ea']);
      assert.deepEqual(ended, kind === 'ended' ? ['8001'] : []);
      assert.equal(field, code === '1003' ? 'subject.id_no' : '');
      assert.doesNotMatch(words.detail, /！|!/);
    });
  }
});

test('what is no answer of ours is an error too', async (t) => {
  const rows = {
    'a page of a proxy': [(route) => route.fulfill({ status: 502, contentType: 'text/html', body: '<h1>Bad gateway</h1>' }), undefined, 'failed'],
    'a page with 200': [(route) => route.fulfill({ contentType: 'text/html', body: '<h1>login</h1>' }), undefined, 'failed'],
    'no connection, reading': [(route) => route.abort('connectionrefused'), 'get', 'network'],
    'no connection, writing': [(route) => route.abort('connectionreset'), undefined, 'uncertain'],
    'a redirect elsewhere': [(route) => route.fulfill({ status: 302, headers: { Location: '/' } }), 'get', 'network'],
    'no answer in time': [() => {}, 'slow', 'timeout'],
  };
  for (const [name, [respond, script, kind]] of Object.entries(rows)) {
    await t.test(name, async () => { assert.equal((await called(respond, script)).kind, kind); });
  }
});

test('offline; ended by the page itself; another origin', async () => {
  assert.equal((await called((route) => route.abort('internetdisconnected'), undefined, (page) => page.evaluate(() => import('/shared/api.js'))
    .then(() => page.context().setOffline(true)))).kind, 'offline');
  const aborted = await called(() => {}, 'abort');
  assert.deepEqual([aborted.aborted, aborted.kind], [true, undefined]);
  assert.equal((await called(() => {}, 'foreign')).name, 'TypeError');
});
