// Every flow by keyboard alone: no pointer is used here. What has the focus is always to be seen.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { BASE, launch, open } from './lib/browser.mjs';
import { CLASS, codeText, image, Stage } from './lib/show.mjs';
import { samples } from '../api/lib/people.mjs';
import { expectDone, until, verifyBody } from '../api/lib/system.mjs';

const MOST = 60; // presses of Tab on one page
let browser;
let stage;
before(async () => {
  stage = await Stage.up();
  browser = await launch();
});
after(async () => {
  await browser?.close();
  stage?.close();
});

// Name or text of what has the focus, through shadow roots, and whether its outline shows.
const focus = (page) => page.evaluate(() => {
  let at = document.activeElement;
  while (at?.shadowRoot?.activeElement) at = at.shadowRoot.activeElement;
  const style = getComputedStyle(at);
  const label = at.getAttribute('aria-label') ?? at.labels?.[0]?.textContent.trim() ?? '';
  return {
    name: label || at.textContent.trim() || at.getRootNode().host?.textContent.trim() || at.getRootNode().host?.getAttribute('label') || '',
    seen: at === document.body || at.localName === 'h1' || at.tabIndex < 0 || (style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2),
  };
});

// Tab until the focus is on what is named so.
async function tabTo(page, name, key = 'Tab') {
  const wanted = name instanceof RegExp ? name : new RegExp(`^${name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}$`);
  const passed = [];
  for (let i = 0; i < MOST; i += 1) {
    const at = await focus(page);
    if (wanted.test(at.name)) {
      assert.ok(at.seen, `the focus on ${at.name} is not to be seen`);
      return;
    }
    passed.push(at.name);
    await page.keyboard.press(key);
  }
  assert.fail(`${name} is not reached: ${[...new Set(passed)].join(' | ')}`);
}
async function press(page, name, key = 'Enter') {
  await tabTo(page, name);
  await page.keyboard.press(key);
}
// To a tab at the foot of the page: one stop of Tab, then Home, End and arrows. A tab is chosen as the focus comes to it, and
// 「扫一扫」 is a document of its own.
const KEYS = { 亮码: ['Home'], 扫一扫: ['Home', 'ArrowRight'], 授权记录: ['End', 'ArrowLeft'], 我的: ['End'] };
async function toTab(page, name) {
  await tabTo(page, /^(亮码|扫一扫|授权记录|我的)$/);
  for (const key of KEYS[name]) await page.keyboard.press(key);
  await until(`the focus is on ${name}`, async () => (await focus(page).catch(() => ({}))).name === name);
}

test('login, code, choice, symbology, enlarged, used, again, records, taking back, leaving', async () => {
  const page = await open(browser, { size: [360, 740], allow: [/status of 40[0-9]/] });
  await page.goto('/login/');
  await page.getByText('示例登录').waitFor();
  await press(page, samples.person.name);
  await page.waitForURL(`${BASE}/show/`);
  await image(page).waitFor();

  await press(page, /^授权内容/);
  await page.getByRole('heading', { name: '选择授权内容' }).waitFor();
  const box = page.getByRole('checkbox', { name: CLASS.name, exact: true });
  if (!(await box.isChecked())) await press(page, new RegExp(`^${CLASS.name.replace(/[（）]/g, '.')}`), 'Space');
  assert.equal(await box.isChecked(), true);
  await page.keyboard.press('Escape');
  assert.match((await focus(page)).name, /^授权内容/); // back where it was opened
  await tabTo(page, /^(QR 码|汉信码|网格矩阵码)/);
  await page.keyboard.press('ArrowRight');
  await page.getByRole('img', { name: /^服务码，汉信码/ }).waitFor();
  await page.keyboard.press('ArrowLeft');
  await page.getByRole('img', { name: /^服务码，QR 码/ }).waitFor();
  await tabTo(page, '刷新', 'Shift+Tab');
  const old = await image(page).getAttribute('src');
  await page.keyboard.press('Enter');
  await page.waitForFunction((was) => document.querySelector('zwm-show').shadowRoot.querySelector('zwm-show-code').shadowRoot
    .querySelector('img')?.getAttribute('src') !== was, old);
  await image(page).waitFor();
  await press(page, '放大');
  await page.getByRole('dialog', { name: '放大的服务码' }).waitFor();
  await page.keyboard.press('Escape');
  await image(page).waitFor();
  assert.equal((await focus(page)).name, '放大');

  const purpose = `键盘办理 ${Date.now()}`;
  expectDone(await stage.third.verify(verifyBody(await codeText(page), { purpose })));
  await page.getByText(`已被 ${stage.org} 使用`).waitFor({ timeout: 3000 });
  await press(page, '再次出示（刷新服务码）');
  await image(page).waitFor();

  await toTab(page, '授权记录');
  await page.getByText(purpose).waitFor();
  await tabTo(page, '时间', 'Shift+Tab');
  await tabTo(page, '撤销');
  await page.keyboard.press('Enter');
  await page.getByRole('dialog').waitFor();
  await press(page, '确认撤销');
  await page.getByText('已撤销').first().waitFor();

  await toTab(page, '我的');
  await page.getByRole('heading', { name: '身份' }).waitFor();
  await tabTo(page, '长辈版', 'Shift+Tab');
  await page.keyboard.press('Space');
  await page.waitForFunction(() => 'elder' in document.documentElement.dataset);
  await press(page, '退出');
  await page.getByRole('dialog').waitFor();
  await press(page, '退出');
  await page.waitForURL(`${BASE}/login/**`);
  await page.finish();
});

test('a request: typed, a class taken out, agreed', async () => {
  const asked = await stage.third.call('/api/v1/authorization/request', { purpose: '办理示例事项', xxlb: [CLASS.id, '1.2.156.3002.9999.01.02'], czqx: '1' });
  expectDone(asked);
  const page = await stage.page(browser);
  await image(page).waitFor();
  await toTab(page, '扫一扫');
  await page.getByRole('textbox', { name: '请求码' }).waitFor();
  await tabTo(page, /^请求码/, 'Shift+Tab');
  await page.keyboard.type(asked.item.request_code);
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: `${stage.org} 请求取得您的信息` }).waitFor();
  assert.match((await focus(page)).name, /请求取得您的信息$/);
  await press(page, new RegExp(`^${CLASS.name.replace(/[（）]/g, '.')}`), 'Space');
  await press(page, '同意');
  await page.getByRole('heading', { name: '已同意授权' }).waitFor();
  assert.equal((await focus(page)).name, '已同意授权');
  await page.finish();
});

test('an application\'s consent', async () => {
  const app = await stage.zwm.app('third-party', 'key-app');
  await stage.zwm.zwm('app', 'origins', app.appId, '--set', 'https://key-app.example');
  await stage.zwm.inForce();
  const page = await open(browser, { size: [360, 740], origins: ['https://key-app.example'] });
  await page.route('https://key-app.example/**', (route) => route.fulfill({ contentType: 'text/html', body: '<!doctype html><html lang="zh"><title>app</title>' }));
  await page.goto(`/login/?return_url=${encodeURIComponent('https://key-app.example/page')}`);
  await press(page, samples.person.name);
  await page.getByRole('heading', { name: '测试key-app 请求取得您的信息' }).waitFor();
  await press(page, '拒绝');
  await page.waitForURL(/zwm-refused/);
  await page.finish();
});
