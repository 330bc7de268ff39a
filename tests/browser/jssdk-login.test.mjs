// An application's page by itself, against the real login: tickets, consent, logout (interface-people 4).
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { expectDone, expectError, System } from '../api/lib/system.mjs';
import { BASE, launch, open } from './lib/browser.mjs';
import { site } from './lib/portal.mjs';

const zwm = System.fromEnvironment();
let browser;
let app;
let foreign;
let third;
let other;

const html = `<!doctype html><html lang="zh-CN"><head><meta charset="utf-8"><title>应用</title><script src="${BASE}/jssdk/index.js"></script></head>
<body><h1>应用</h1></body></html>`;
const strict = { headers: { 'Content-Security-Policy': `default-src 'none'; script-src ${BASE}; connect-src ${BASE}; frame-src ${BASE}` }, body: html };

before(async () => {
  browser = await launch();
  [app, foreign] = await Promise.all([site({ '/app': strict }), site({ '/app': strict })]);
  third = await zwm.app('third-party', 'js-tp');
  other = await zwm.app('third-party', 'js-other');
  await zwm.zwm('app', 'origins', third.appId, '--set', app.origin);
  await zwm.zwm('app', 'origins', other.appId, '--set', foreign.origin);
  await zwm.inForce();
});
after(async () => {
  await browser?.close();
  app?.close();
  foreign?.close();
  zwm.close();
});

async function openApp() {
  const page = await open(browser, { size: [360, 740], origins: [app.origin, foreign.origin], allow: [/40[134]/] });
  await page.goto(`${app.origin}/app`);
  return page;
}
const ask = (page, act) => page.evaluate((name) => new Promise((resolve) => {
  window.lightAppJssdk.user[name]({ success: (value) => resolve(['success', value]), fail: (value) => resolve(['fail', value]) });
}), act);
async function goToLogin(page) {
  const there = page.waitForURL(`${BASE}/login/**`);
  await page.evaluate(() => { window.lightAppJssdk.user.loginapp({}); });
  await there;
}
async function logIn(page, decision = '同意') {
  await goToLogin(page);
  await page.getByRole('button', { name: '张示例' }).click();
  const back = page.waitForURL(`${app.origin}/app**`);
  if (decision) await page.getByRole('button', { name: decision, exact: true }).click();
  await back;
}
const ticketOf = ([which, value]) => {
  assert.equal(which, 'success', value);
  return JSON.parse(value).ticket;
};

test('refused, cancelled, agreed; tickets; logged in; logged out', async () => {
  const page = await openApp();
  assert.deepEqual(await ask(page, 'getTicket'), ['success', '未登录']);
  await logIn(page, '拒绝');
  assert.equal(page.url(), `${app.origin}/app`);
  assert.deepEqual(await ask(page, 'getTicket'), ['fail', '用户拒绝授权']);
  await page.context().clearCookies();
  await goToLogin(page);
  const back = page.waitForURL(`${app.origin}/app**`);
  await page.getByRole('button', { name: '取消' }).click();
  await back;
  assert.equal(page.url(), `${app.origin}/app`);
  assert.deepEqual(await ask(page, 'loginapp'), ['fail', '取消登录']);

  await logIn(page);
  assert.equal(page.url(), `${app.origin}/app`);
  const first = ticketOf(await ask(page, 'getTicket'));
  expectError(await other.call('/api/v1/user/info', { ticket: first }), '8009'); // and does not spend it
  const who = await third.call('/api/v1/user/info', { ticket: first });
  expectDone(who);
  expectError(await third.call('/api/v1/user/info', { ticket: first }), '8009');
  assert.deepEqual(await ask(page, 'loginapp'), ['success', '当前全国一体化政务服务平台移动端已登录']);
  await page.reload();
  const second = ticketOf(await ask(page, 'getTicket'));
  assert.notEqual(second, first);
  assert.equal((await third.call('/api/v1/user/info', { ticket: second })).item.user_id, who.item.user_id);

  const [which, value] = await ask(page, 'logout');
  assert.deepEqual([which, JSON.parse(value).result], ['success', 'true']);
  assert.deepEqual(await ask(page, 'getTicket'), ['success', '未登录']);
  await goToLogin(page);
  await page.getByRole('button', { name: '李经办' }).waitFor(); // asks again who it is
  await page.finish();
});

test('dialects are the app\'s', async () => {
  const wanted = {
    shandong: (value) => JSON.parse(JSON.parse(value).data).ticket, mob: (value) => value.ticket, gansu: (value) => JSON.parse(value).token,
  };
  for (const [dialect, read] of Object.entries(wanted)) {
    await zwm.zwm('app', 'dialect', third.appId, dialect);
    const page = await openApp();
    await goToLogin(page);
    const back = page.waitForURL(`${app.origin}/app**`);
    await page.getByRole('button', { name: '张示例' }).click(); // agreed before
    await back;
    const method = dialect === 'gansu' ? 'getUserInfo' : 'getTicket';
    for (let i = 0; i < 2; i += 1) {
      const [which, value] = await ask(page, method);
      assert.equal(which, 'success');
      expectDone(await third.call('/api/v1/user/info', { ticket: read(value) }));
    }
    await page.finish();
  }
  await zwm.zwm('app', 'dialect', third.appId, 'json');
});

test('the key of one app\'s page is of no use to another\'s', async () => {
  const page = await openApp();
  await goToLogin(page);
  const back = page.waitForURL(`${app.origin}/app**`);
  await page.getByRole('button', { name: '张示例' }).click();
  await back;
  ticketOf(await ask(page, 'getTicket'));
  const kept = await page.evaluate(() => sessionStorage.getItem('zwm.jssdk'));
  const thief = await open(browser, { origins: [foreign.origin], allow: [/40[134]/] });
  await thief.goto(`${foreign.origin}/app`);
  await thief.evaluate((text) => sessionStorage.setItem('zwm.jssdk', text), kept);
  await thief.reload();
  assert.deepEqual(await ask(thief, 'getTicket'), ['success', '未登录']);
  ticketOf(await ask(page, 'getTicket')); // still good where it belongs
  await thief.finish();
  await page.finish();
});
