// What the elements of www/shared do: by keyboard, in forms, in the address; what is read out; where the focus goes.
import assert from 'node:assert/strict';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { assertAccessible, launch, open, serve, shot } from './lib/browser.mjs';

const GALLERY = path.join(path.dirname(fileURLToPath(import.meta.url)), 'gallery');
let browser;
before(async () => { browser = await launch(); });
after(() => browser?.close());

async function gallery(name, options) {
  const page = await open(browser, options);
  await serve(page, '/gallery/', GALLERY);
  await page.goto(`/gallery/${name}`);
  await page.locator('zwm-people, zwm-console').waitFor();
  return page;
}

// Accessible name or text of what has the focus, through shadow roots.
const focused = (page) => page.evaluate(() => {
  let at = document.activeElement;
  while (at?.shadowRoot?.activeElement) at = at.shadowRoot.activeElement;
  return at.getAttribute('aria-label') ?? at.labels?.[0]?.textContent ?? (at.textContent.trim() || at.getRootNode().host?.textContent.trim());
});

test('a form: errors at the fields, focus on the first, nothing sent; then all of it is sent', async () => {
  const page = await gallery('#forms');
  const id = page.getByLabel('应用标识');
  await page.getByRole('button', { name: '提交申请' }).click();
  await page.getByText('请填写应用标识').waitFor();
  assert.match(await focused(page), /应用标识/);
  assert.equal(await id.getAttribute('aria-invalid'), 'true');
  for (const words of ['请选择类型', '请填写口令', '请勾选「我已阅读并同意提供以上信息」']) await page.getByText(words).waitFor();
  assert.equal(await page.evaluate(() => window.sent), undefined);
  await assertAccessible(page, 'form with errors');
  await shot(page, 'forms-errors-1440');

  await id.fill('a-b');
  assert.equal(await page.getByText('请填写应用标识').count(), 0); // typing takes the error away
  await id.press('Enter');
  await page.getByText('应用标识由 3 至 16 位大写字母和数字组成').waitFor();

  await id.fill('HEALTH01');
  await page.getByLabel('类型').selectOption('third');
  await page.getByLabel('间隔').fill('0');
  await page.getByLabel('口令', { exact: true }).fill('correct horse');
  await page.getByLabel('我已阅读').check();
  await id.press('Enter');
  await page.getByText('间隔不能小于 1').waitFor();
  await page.getByLabel('间隔').fill('1.5');
  await id.press('Enter');
  await page.getByText('间隔应为整数').waitFor();
  await page.getByLabel('间隔').fill('15');
  await page.getByLabel('用途').fill('办理居住证签注');
  await page.getByLabel('汉信码').check();
  await page.getByLabel('居民基本信息（示例）').uncheck();
  await page.getByLabel('不动产权证书附图（示例）').check();
  await id.press('Enter');
  await page.waitForFunction(() => window.sent);
  assert.deepEqual(await page.evaluate(() => window.sent), {
    app: 'HEALTH01', name: '示例就医', kind: 'third', pause: '15', password: 'correct horse', why: '办理居住证签注', symbology: 'hanxin',
    class: '03', agree: 'on',
  }); // and not what is disabled

  await page.getByRole('button', { name: '重置' }).click();
  assert.deepEqual([await id.inputValue(), await page.getByLabel('间隔').inputValue(), await page.getByLabel('居民基本信息（示例）').isChecked(),
    await page.getByLabel('QR 码', { exact: true }).isChecked()], ['', '30', true, true]);
  await page.finish();
});

test('a password is shown and hidden again', async () => {
  const page = await gallery('#forms');
  const field = page.getByLabel('口令', { exact: true });
  assert.equal(await field.getAttribute('type'), 'password');
  await page.getByRole('button', { name: '显示' }).click();
  assert.equal(await field.getAttribute('type'), 'text');
  await page.getByRole('button', { name: '隐藏' }).click();
  assert.equal(await field.getAttribute('type'), 'password');
  await page.finish();
});

test('a busy or disabled button does nothing', async () => {
  const page = await gallery('#forms');
  for (const name of ['正在提交', '不可用']) {
    await page.evaluate((text) => {
      window.pressed = 0;
      [...document.querySelectorAll('zwm-button')].find((b) => b.textContent === text).addEventListener('click', () => { window.pressed += 1; });
    }, name);
    await page.getByRole('button', { name }).click({ force: true });
    assert.equal(await page.evaluate(() => window.pressed), 0, name);
  }
  await page.finish();
});

test('a dialog: focus goes in, stays, and comes back; Esc leaves it; a form in it is checked', async () => {
  const page = await gallery('#detail');
  const pass = page.getByRole('button', { name: '通过' });
  await pass.press('Enter');
  const dialog = page.getByRole('dialog', { name: '通过申请' });
  await dialog.waitFor();
  assert.match(await focused(page), /理由/);
  await assertAccessible(page, 'dialog');
  await shot(page, 'dialog-1440');
  for (let i = 0; i < 8; i += 1) {
    await page.keyboard.press('Tab');
    assert.doesNotMatch(await focused(page), /概览|设置|退出|通过$/);
  }
  await page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'hidden' });
  assert.equal(await focused(page), '通过');
  assert.equal(await page.evaluate(() => document.documentElement.className), '');

  await pass.click();
  await page.getByRole('button', { name: '确定' }).click();
  await page.getByText('请填写理由').waitFor();
  assert.ok(await dialog.isVisible());
  await page.evaluate(() => window.toast('已保存草稿'));
  await dialog.getByText('已保存草稿').first().waitFor(); // inside: what is outside a modal dialog is not read
  await dialog.getByLabel('理由').fill('材料齐全');
  await page.getByRole('button', { name: '确定' }).click();
  await dialog.waitFor({ state: 'hidden' });
  await page.finish();
});

test('a question is answered by its buttons, and leaving it means no', async () => {
  const page = await gallery('#people', { size: [360, 740] });
  await page.getByRole('tab', { name: '授权记录' }).click();
  for (const [act, answer] of [['确认撤销', true], ['取消', false], ['关闭', false]]) {
    await page.getByRole('button', { name: '撤销', exact: true }).click();
    const dialog = page.getByRole('dialog', { name: '撤销授权' });
    await dialog.waitFor();
    assert.equal(await focused(page), '撤销授权');
    if (act === '取消') await shot(page, 'ask-360');
    await dialog.getByRole('button', { name: act }).click();
    await dialog.waitFor({ state: 'detached' });
    assert.equal(await page.evaluate(() => window.answer), answer, act);
    assert.equal(await focused(page), '撤销');
  }
  await page.finish();
});

test('a sheet closes by a press beside it, a dialog does not', async () => {
  const page = await gallery('#people', { size: [360, 740] });
  await page.getByRole('button', { name: '授权内容' }).click();
  const sheet = page.getByRole('dialog', { name: '授权内容' });
  await sheet.waitFor();
  await assertAccessible(page, 'sheet');
  await shot(page, 'sheet-360');
  await page.mouse.click(100, 20);
  await sheet.waitFor({ state: 'hidden' });
  await page.goto('/gallery/#detail');
  await page.getByRole('button', { name: '通过' }).click();
  await page.mouse.click(5, 5);
  assert.ok(await page.getByRole('dialog', { name: '通过申请' }).isVisible());
  await page.finish();
});

test('tabs by keyboard: arrows, Home and End; only the chosen content is there', async () => {
  const page = await gallery('#people');
  await page.getByRole('tab', { name: '亮码' }).focus();
  await page.keyboard.press('ArrowRight');
  assert.equal(await page.getByRole('tab', { name: '扫一扫' }).getAttribute('aria-selected'), 'true');
  await page.keyboard.press('End');
  await page.getByRole('heading', { name: '我的' }).waitFor();
  assert.equal(await page.getByRole('heading', { name: '授权记录' }).count(), 0);
  await page.keyboard.press('ArrowRight');
  assert.equal(await page.getByRole('tab', { name: '亮码' }).getAttribute('aria-selected'), 'true');
  await page.keyboard.press('ArrowLeft');
  await page.keyboard.press('Home');
  assert.match(await focused(page), /亮码/);
  await page.getByRole('tab', { name: '通用' }).focus();
  await page.keyboard.press('End');
  const last = await page.getByRole('tab', { name: '住宿登记' }).boundingBox();
  assert.ok(last.x > 0 && last.x + last.width < 1440);
  await page.finish();
});

test('a table: filters, order and pages in the address; back and reload', async () => {
  const page = await gallery('#table');
  const rows = page.locator('tbody tr');
  await rows.first().waitFor();
  assert.equal(await rows.count(), 20);
  await page.getByText('共 37 条').first().waitFor();
  await page.getByRole('button', { name: '第 2 页' }).click();
  await page.waitForFunction(() => window.asked.length === 2);
  assert.match(page.url(), /\?page=2#table$/);
  await page.getByLabel('类型').selectOption('密钥');
  assert.equal(await page.evaluate(() => window.asked.length), 2); // asks when asked to
  await page.getByRole('button', { name: '查询' }).click();
  await page.getByText('共 10 条').first().waitFor();
  assert.equal(new URL(page.url()).search, `?kind=${encodeURIComponent('密钥')}`);
  assert.match(await page.locator('zwm-live [role=status]').textContent(), /共 10 条/);
  await page.getByRole('button', { name: '编号' }).click();
  await page.waitForFunction(() => window.asked.at(-1).sort === 'no');
  assert.equal(await page.getByRole('columnheader', { name: '编号' }).getAttribute('aria-sort'), 'ascending');
  assert.match(await rows.first().textContent(), /0205/);
  await page.goBack();
  await page.waitForFunction(() => window.asked.at(-1).sort === '');
  await page.reload();
  await page.getByText('共 10 条').first().waitFor();
  assert.equal(await page.getByLabel('类型').inputValue(), '密钥');
  await page.getByRole('button', { name: '重置' }).click();
  await page.getByText('共 37 条').first().waitFor();
  assert.equal(new URL(page.url()).search, '');
  await page.finish();
});

test('a table: Enter in a filter asks; nothing found says so; export tells what is in force', async () => {
  const page = await gallery('#table');
  await page.getByLabel('机构').fill('公积金');
  await page.getByLabel('机构').press('Enter');
  await page.getByText('共 9 条').first().waitFor();
  const wish = page.evaluate(() => new Promise((resolve) => {
    document.addEventListener('zwm-export', (event) => resolve(event.detail), { once: true });
  }));
  await page.getByRole('button', { name: '导出 CSV' }).click();
  assert.deepEqual(await wish, { filters: { kind: '', state: '', org: '公积金', since: '7' }, sort: '' });
  await page.getByLabel('机构').fill('<img src=x onerror=alert(1)>');
  await page.getByLabel('机构').press('Enter');
  await page.getByText('没有符合条件的记录').waitFor();
  await shot(page, 'table-nothing-1440');
  await page.finish();
});

test('a table: waiting, failing, trying again; a late answer does not replace a later one', async () => {
  const page = await open(browser);
  await serve(page, '/gallery/', GALLERY);
  await page.addInitScript(() => { window.failWith = ['forbidden']; });
  await page.goto('/gallery/#table');
  await page.getByText('没有权限').waitFor();
  assert.equal(await page.getByRole('button', { name: '重试' }).count(), 0);
  await page.evaluate(() => { window.failWith = ['busy', { requestId: 'ab12' }]; document.querySelector('zwm-table').reload(); });
  await page.getByText('系统繁忙').waitFor();
  await page.getByText('请求编号 ab12').waitFor();
  await assertAccessible(page, 'failed table');
  await page.evaluate(() => { window.failWith = undefined; });
  await page.getByRole('button', { name: '重试' }).click();
  await page.locator('tbody tr').first().waitFor();

  await page.evaluate(() => { window.slow = 400; });
  await page.getByLabel('类型').selectOption('密钥');
  await page.getByRole('button', { name: '查询' }).click();
  await page.evaluate(() => { window.slow = 0; });
  await page.getByLabel('类型').selectOption('路由');
  await page.getByRole('button', { name: '查询' }).click({ force: true });
  await page.locator('tbody td', { hasText: '路由' }).first().waitFor();
  await page.waitForFunction(() => new Promise((resolve) => { setTimeout(() => resolve(true), 500); }));
  assert.equal(await page.locator('tbody td').filter({ hasText: /^\s*密钥\s*$/ }).count(), 0);
  await page.finish();
});

test('the console: a drawer under 1024 px with the one nav, and a way past it', async () => {
  const page = await gallery('#table', { size: [768, 1024] });
  assert.equal(await page.getByRole('navigation', { name: '功能' }).count(), 0);
  await page.getByRole('button', { name: '菜单' }).click();
  await page.getByRole('link', { name: '接入审批 12' }).waitFor();
  await assertAccessible(page, 'drawer');
  await shot(page, 'drawer-768');
  await page.keyboard.press('Escape');
  assert.equal(await focused(page), '菜单');
  await page.setViewportSize({ width: 360, height: 740 });
  await page.getByRole('button', { name: '菜单' }).click();
  await page.getByRole('button', { name: '退出' }).waitFor();
  await shot(page, 'drawer-360');
  await page.keyboard.press('Escape');
  await page.setViewportSize({ width: 1440, height: 900 });
  assert.equal(await page.locator('zwm-console nav[aria-label="功能"]').count(), 1);
  await page.reload();
  await page.locator('tbody tr').first().waitFor();
  await page.keyboard.press('Tab');
  assert.equal(await focused(page), '跳到主要内容');
  await page.keyboard.press('Enter');
  assert.equal(await page.evaluate(() => document.activeElement.localName), 'main');
  await page.finish();
});

test('theme and elder mode are chosen, kept, and there before the first paint', async () => {
  const page = await gallery('#people', { size: [360, 740] });
  const size = () => page.evaluate(() => parseFloat(getComputedStyle(document.body).fontSize));
  assert.equal(await size(), 16);
  await page.getByRole('button', { name: '长辈版' }).click();
  assert.equal(Math.round(await size() * 10), 208);
  assert.equal(await page.getByRole('button', { name: '长辈版' }).getAttribute('aria-pressed'), 'true');
  await page.getByRole('button', { name: '设置' }).click();
  await page.getByLabel('深色').check();
  await shot(page, 'settings-360');
  await assertAccessible(page, 'settings');
  assert.equal(await page.evaluate(() => getComputedStyle(document.body).backgroundColor), 'rgb(15, 22, 32)');
  await page.reload({ waitUntil: 'commit' });
  await page.waitForFunction(() => document.documentElement.dataset.theme === 'dark' && 'elder' in document.documentElement.dataset);
  const second = await page.context().newPage(); // another tab follows
  await serve(second, '/gallery/', GALLERY);
  await second.goto('/gallery/#people');
  await second.getByRole('button', { name: '长辈版' }).click();
  await page.waitForFunction(() => !('elder' in document.documentElement.dataset));
  await page.finish();
});

test('messages: polite or urgent, errors stay, the same words count twice', async () => {
  const page = await gallery('#people');
  const polite = page.locator('zwm-live [role=status]');
  await page.evaluate(() => window.toast('已保存'));
  await page.waitForFunction(() => document.querySelector('zwm-live').shadowRoot.querySelector('[role=status]').textContent === '已保存');
  await page.evaluate(() => window.toast('已保存'));
  await page.waitForFunction(() => document.querySelector('zwm-live').shadowRoot.querySelector('[role=status]').textContent === '已保存\u00a0');
  await page.evaluate(() => window.toast('保存未成功，请重试', { kind: 'bad' }));
  assert.equal(await page.locator('zwm-live [role=alert]').textContent(), '保存未成功，请重试');
  assert.notEqual(await polite.textContent(), '保存未成功，请重试');
  await assertAccessible(page, 'toasts');
  await shot(page, 'toasts-1440');
  await page.locator('zwm-live li', { hasText: '保存未成功' }).getByRole('button', { name: '关闭提示' }).click();
  assert.equal(await page.locator('zwm-live li', { hasText: '保存未成功' }).count(), 0);
  await page.finish();
});

test('a chart: the table has every number, the picture follows the theme', async () => {
  const page = await gallery('#charts');
  const chart = page.locator('zwm-chart').first();
  await chart.locator('canvas').waitFor();
  assert.match(await chart.getByRole('img').getAttribute('aria-label'), /^亮码与验码，2026-11-22 15:00 至 2026-11-24 14:00。亮码：最新 \d/);
  await chart.locator('.u-over').hover();
  await chart.getByText(/2026-11-2\d \d\d:00/).waitFor(); // the moment under the pointer
  await chart.getByLabel('表', { exact: true }).check();
  assert.equal(await chart.locator('tbody tr').count(), 48);
  assert.equal(await chart.locator('tbody tr').nth(20).locator('td').first().textContent().then((t) => t.trim()), '—');
  await chart.getByLabel('图', { exact: true }).check();
  await chart.locator('canvas').waitFor();
  await page.finish();
});
