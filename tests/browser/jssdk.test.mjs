// /jssdk/index.js on pages of applications: what each method gives, in each dialect, and what links of others try.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { BASE, launch, open, shot } from './lib/browser.mjs';
import { site } from './lib/portal.mjs';

const TICKET = 'T'.repeat(43);
let browser;
let app;

before(async () => {
  browser = await launch();
  app = await site({});
});
after(async () => {
  await browser?.close();
  app?.close();
});

// An application's page under the policy that interface-people 4 asks for; its own scripts are given by their hash only in name.
const page = (script = '') => ({
  headers: { 'Content-Security-Policy': `default-src 'none'; script-src ${BASE} 'unsafe-inline'; connect-src ${BASE}; frame-src ${BASE}` },
  body: `<!doctype html><html lang="zh-CN"><head><meta charset="utf-8"><title>应用</title><script src="${BASE}/jssdk/index.js"></script>
<script>${script}</script></head><body><h1>应用</h1></body></html>`,
});

async function openApp({ path = '/app?x=1', fragment = '', script, ...options } = {}) {
  app.pages[path.split('?')[0]] = page(script);
  const opened = await open(browser, { size: [360, 740], origins: [app.origin], ...options });
  await opened.goto(app.origin + path + fragment);
  return opened;
}

// Which callback was called, once, and with what.
const ask = (opened, name, options = {}) => opened.evaluate(([path, given]) => new Promise((resolve) => {
  const [group, act] = path.split('.');
  const method = window.lightAppJssdk[group][act]; // without `this`
  method({ ...given, success: (value) => resolve(['success', value]), fail: (value) => resolve(['fail', value]) });
}), [name, options]);

// As after a return from the login that this tab went to.
async function comeBack(fragment, { hash = '' } = {}) {
  const opened = await openApp({ fragment: hash, allow: [/404/] });
  await opened.route(`${BASE}/login/**`, (route) => route.fulfill({ contentType: 'text/html', body: '<title>login</title>' }));
  const went = opened.waitForURL(`${BASE}/login/**`);
  await opened.evaluate(() => { window.lightAppJssdk.user.loginapp({}); });
  await went;
  assert.equal(new URL(opened.url()).searchParams.get('return_url'), `${app.origin}/app?x=1`);
  await opened.goto(`${app.origin}/app?x=1${fragment}`);
  return opened;
}

test('a page that nobody has logged in on', async () => {
  const opened = await openApp({ script: 'window.first = typeof lightAppJssdk.user.getTicket;' });
  assert.equal(await opened.evaluate(() => window.first), 'function'); // usable by the next script
  assert.deepEqual(await ask(opened, 'user.getTicket'), ['success', '未登录']);
  assert.deepEqual(await ask(opened, 'user.getUserInfo'), ['success', '未登录']);
  assert.deepEqual(await ask(opened, 'user.logout'), ['success', '未登录']);
  await opened.finish();
});

test('after the return the next getTicket gives the ticket, once, and the address is clean', async () => {
  const opened = await comeBack(`#zwm-ticket=${TICKET}&type=1&dialect=json`, { hash: '#/list' });
  assert.equal(opened.url(), `${app.origin}/app?x=1#/list`);
  assert.deepEqual(await ask(opened, 'user.loginapp'), ['success', '当前全国一体化政务服务平台移动端已登录']);
  const [which, value] = await ask(opened, 'user.getTicket');
  assert.equal(which, 'success');
  assert.equal(typeof value, 'string');
  assert.deepEqual(JSON.parse(value), { ticket: TICKET, result: 'true', message: '', type: '1', usertype: '1' });
  assert.ok(!(await opened.evaluate(() => JSON.stringify(Object.values(sessionStorage)) + location.href + document.cookie)).includes(TICKET));
  assert.deepEqual(await ask(opened, 'user.getTicket'), ['success', '未登录']); // no key came with it
  await opened.finish();
});

const DIALECTS = {
  json: ['getTicket', JSON.stringify({ ticket: TICKET, result: 'true', message: '', type: '2', usertype: '2' })],
  mob: ['getTicket', { ticket: TICKET, result: 'true', message: '', type: '2', usertype: '2' }],
  shandong: ['getTicket', `{"retcode":"000000","data":"{\\"ticket\\":\\"${TICKET}\\",\\"usertype\\":\\"2\\"}"}`],
  gansu: ['getUserInfo', JSON.stringify({ token: TICKET, userType: '2' })],
};
for (const [dialect, [method, wanted]] of Object.entries(DIALECTS)) {
  test(`dialect ${dialect}`, async () => {
    const opened = await comeBack(`#zwm-ticket=${TICKET}&type=2&dialect=${dialect}`);
    assert.deepEqual(await ask(opened, `user.${method}`), ['success', wanted]);
    await opened.finish();
    const refused = await comeBack(`#zwm-refused&dialect=${dialect}`);
    assert.deepEqual(await ask(refused, `user.${method}`), [dialect === 'gansu' ? 'success' : 'fail', '用户拒绝授权']);
    assert.deepEqual(await ask(refused, `user.${method}`), ['success', '未登录']);
    await refused.finish();
  });
}

test('getUserInfo is gansu\'s', async () => {
  const opened = await comeBack(`#zwm-ticket=${TICKET}&type=1&dialect=json`);
  const [which, message] = await ask(opened, 'user.getUserInfo');
  assert.equal(which, 'fail');
  assert.match(message, /gansu/);
  await opened.finish();
});

test('a cancelled return calls fail of the next loginapp, and of that one only', async () => {
  const opened = await comeBack('#zwm-cancelled&dialect=json');
  assert.equal(opened.url(), `${app.origin}/app?x=1`);
  assert.deepEqual(await ask(opened, 'user.getTicket'), ['success', '未登录']);
  assert.deepEqual(await ask(opened, 'user.loginapp'), ['fail', '取消登录']);
  const went = opened.waitForURL(`${BASE}/login/**`);
  await opened.evaluate(() => { window.lightAppJssdk.user.loginapp({}); });
  await went;
  await opened.finish();
});

test('a ticket that somebody put into a link is thrown away', async () => {
  for (const fragment of [`#zwm-ticket=${TICKET}&type=1&dialect=json&page=${'K'.repeat(60)}`, '#zwm-refused&dialect=gansu', '#zwm-cancelled']) {
    const opened = await openApp({ fragment });
    assert.equal(opened.url(), `${app.origin}/app?x=1`);
    assert.deepEqual(await ask(opened, 'user.getTicket'), ['success', '未登录']);
    assert.deepEqual(await opened.evaluate(() => Object.keys(sessionStorage)), []);
    await opened.finish();
  }
  // a second one after the one that was asked for
  const opened = await comeBack(`#zwm-ticket=${TICKET}&type=1&dialect=json`);
  await opened.evaluate((fragment) => { location.hash = fragment; }, `#zwm-ticket=${'E'.repeat(43)}&type=1`);
  await opened.waitForFunction(() => location.hash === '');
  assert.equal(JSON.parse((await ask(opened, 'user.getTicket'))[1]).ticket, TICKET);
  await opened.finish();
});

test('a fragment of the page\'s own is left alone', async () => {
  const opened = await openApp({ fragment: '#/zwm-ticket=1' });
  assert.equal(new URL(opened.url()).hash, '#/zwm-ticket=1');
  await opened.finish();
});

test('other calls: answered or refused with words, under the page\'s policy', async () => {
  const opened = await openApp();
  for (const name of ['navigation.close', 'navigation.show', 'navigation.hide']) {
    if (name === 'navigation.close') await opened.evaluate(() => { window.close = () => {}; });
    const [which, value] = await ask(opened, name);
    assert.equal(which, 'success');
    assert.equal(JSON.parse(value).result, 'true');
  }
  assert.match(JSON.parse((await ask(opened, 'device.version'))[1]).version, /^\d+\.\d+\.\d+$/);
  for (const name of ['device.scanCode', 'map.getLocation', 'user.changePassword', 'notification.vibrate', 'constructor.constructor']) {
    const [which, message] = await ask(opened, name);
    assert.equal(which, 'fail', name);
    assert.ok(message.includes(name), message);
  }
  await opened.evaluate(() => { window.lightAppJssdk.map.getLocation(); window.lightAppJssdk.user.getTicket(); }); // without callbacks
  await opened.finish();
});

test('alert, confirm and toast show text, never markup', async () => {
  const opened = await openApp();
  const asked = ask(opened, 'notification.confirm', { title: '提示', message: '<img src=x onerror="window.bad = 1">确认办理？', buttonLabels: ['暂不', '办理'] });
  await opened.getByText('<img src=x').waitFor();
  await shot(opened, 'jssdk-confirm-360');
  await opened.getByRole('button', { name: '办理' }).click();
  const [which, value] = await asked;
  assert.equal(which, 'success');
  assert.equal(JSON.parse(value).buttonIndex, 1);
  const escaped = ask(opened, 'notification.confirm', { message: '确认？' });
  await opened.getByRole('button', { name: '确定' }).waitFor();
  await opened.keyboard.press('Escape');
  assert.equal(JSON.parse((await escaped)[1]).buttonIndex, -1);
  const told = ask(opened, 'notification.alert', { message: '已提交', buttonName: '知道了' });
  await opened.getByRole('button', { name: '知道了' }).click();
  assert.equal((await told)[0], 'success');
  assert.equal((await ask(opened, 'notification.toast', { text: '已保存', duration: 30 }))[0], 'success');
  await opened.getByRole('status').getByText('已保存').waitFor();
  assert.equal(await opened.evaluate(() => window.bad), undefined);
  await opened.finish();
});

test('the script adds one global and is small', async () => {
  const opened = await openApp({ script: '' });
  const text = await opened.evaluate(async (src) => (await fetch(src)).text().catch(() => ''), `${BASE}/jssdk/index.js`).catch(() => '');
  assert.equal(text, ''); // a page of others loads it as a script and does not read it
  const added = await opened.evaluate(() => {
    const frame = document.createElement('iframe');
    document.body.append(frame);
    const plain = new Set(Object.getOwnPropertyNames(frame.contentWindow));
    frame.remove();
    return Object.getOwnPropertyNames(window).filter((name) => !plain.has(name) && !/^(zwmViolation|__playwright|\d+$)/.test(name));
  });
  assert.deepEqual(added.filter((name) => name.startsWith('light')), ['lightAppJssdk']);
  const source = await (await fetch(`${BASE}/jssdk/index.js`)).text();
  assert.ok(gzipSync(source, { level: 9 }).length < 6 * 1024);
  assert.doesNotMatch(source, /\beval\(|document\.write|innerHTML|new Function|jQuery/);
  await opened.context().close();
});
