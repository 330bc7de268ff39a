// 「授权记录」, 「扫一扫」 and 「我的」 against the real stack (interface-people 3).
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { assertAccessible, assertElder, assertFits, BASE, launch, MODES, shot, WIDTHS } from './lib/browser.mjs';
import { CLASS, codeText, image, somebody, Stage } from './lib/show.mjs';
import { film } from './lib/symbols.mjs';
import { expectDone, expectError, verifyBody } from '../api/lib/system.mjs';

const OTHER = { id: '1.2.156.3002.9999.01.02' };
const REFUSED = [/status of 4[0-9][0-9]/];
let browser;
let stage;
before(async () => {
  stage = await Stage.up();
  browser = await launch();
  OTHER.name = (await stage.zwm.classes()).find((c) => c.class === OTHER.id)?.name;
  if (!OTHER.name) Object.assign(OTHER, (await stage.zwm.classes()).filter((c) => c.class !== CLASS.id).map((c) => ({ id: c.class, name: c.name }))[0]);
});
after(async () => {
  await browser?.close();
  stage?.close();
});

const at = (name) => `/api/v1/authorization/${name}`;
const entry = (page, text) => page.getByRole('listitem').filter({ hasText: text }).filter({ has: page.getByRole('button', { name: '撤销', exact: true }) });

async function request(more = {}) {
  const answer = await stage.third.call(at('request'), { purpose: '办理示例事项', xxlb: [CLASS.id, OTHER.id], czqx: '1', ...more });
  expectDone(answer);
  return answer.item;
}

async function used(page, purpose) {
  await image(page).waitFor();
  const text = await codeText(page);
  expectDone(await stage.third.verify(verifyBody(text, { purpose })));
  await page.getByText(`已被 ${stage.org} 使用`).waitFor({ timeout: 3000 });
  return text;
}

test('each use is an entry: who, what for, which classes, when; filters; taking back', async () => {
  const page = await stage.page(browser);
  await image(page).waitFor();
  await page.getByRole('button', { name: /^授权内容/ }).click();
  await page.getByRole('checkbox', { name: CLASS.name, exact: true }).check();
  const issued = page.waitForResponse((r) => r.url().endsWith('/show/api/code'));
  await page.getByRole('button', { name: '刷新', exact: true }).click(); // at once: the choice is still being saved
  await (await issued).finished();
  const text = await used(page, '办理甲事项');
  expectError(await stage.third.verify(verifyBody(text, { purpose: '再试一次' })), '3005');
  await page.getByRole('tab', { name: '授权记录' }).click();
  const one = entry(page, '办理甲事项');
  await one.waitFor();
  const words = await one.innerText();
  for (const word of [stage.org, '办理甲事项', CLASS.name, '已使用', '未通过']) assert.ok(words.includes(word), `${word} in ${words}`);
  assert.match(words, /\d{4}-\d\d-\d\d \d\d:\d\d/);
  await assertAccessible(page);
  await shot(page, 'records-light-360');
  await page.getByLabel('状态').selectOption('active');
  await page.getByText('没有符合条件的记录').waitFor();
  await page.getByLabel('状态').selectOption('used');
  await page.getByLabel('时间').selectOption('day');
  await one.getByRole('button', { name: '撤销', exact: true }).click();
  await shot(page, 'records-revoke-light-360');
  await assertAccessible(page);
  await page.getByRole('dialog').getByRole('button', { name: '取消' }).click();
  await one.getByRole('button', { name: '撤销', exact: true }).click();
  await page.getByRole('button', { name: '确认撤销', exact: true }).click();
  await page.getByText('没有符合条件的记录').waitFor(); // used no more
  await page.getByLabel('状态').selectOption('revoked');
  await page.getByText('办理甲事项').waitFor();
  assert.equal(page.url(), `${BASE}/show/?tab=records`);
  await page.reload();
  await page.getByText('办理甲事项').waitFor();
  await page.finish();
});

test('纠错: a note about what was handed over', async () => {
  const page = await stage.page(browser);
  await used(page, '办理乙事项');
  await page.getByRole('tab', { name: '授权记录' }).click();
  await page.getByRole('button', { name: '纠错', exact: true }).click();
  await page.getByRole('button', { name: '提交', exact: true }).click();
  await page.getByText(/请填写/).first().waitFor();
  await page.getByRole('textbox', { name: /哪里有误/ }).fill('姓名中的一字有误 <b>');
  await assertAccessible(page);
  await shot(page, 'records-correct-light-360');
  await page.getByRole('button', { name: '提交', exact: true }).click();
  await page.getByText(/已提交纠错，编号/).first().waitFor();
  await page.finish();
});

test('扫一扫: typed, Enter; who asks, for what; a class taken out; 同意', async () => {
  const asked = await request();
  const page = await stage.page(browser);
  await image(page).waitFor();
  await page.getByRole('tab', { name: '扫一扫' }).click();
  const field = page.getByRole('textbox', { name: '请求码' });
  await field.waitFor();
  assert.equal(new URL(page.url()).pathname, '/show/scan/');
  await assertAccessible(page);
  await shot(page, 'scan-light-360');
  await field.fill(` ${asked.request_code} `);
  await field.press('Enter');
  await page.getByRole('heading', { name: `${stage.org} 请求取得您的信息` }).waitFor();
  await page.getByText('办理示例事项').waitFor();
  await page.getByText(stage.third.uscc).waitFor();
  await assertAccessible(page);
  await shot(page, 'scan-asked-light-360');
  const [refuse, grant] = await Promise.all(['拒绝', '同意'].map((name) => page.getByRole('button', { name, exact: true }).boundingBox()));
  assert.deepEqual([refuse.width, refuse.height], [grant.width, grant.height]);
  await page.getByRole('checkbox', { name: OTHER.name, exact: true }).uncheck();
  await page.getByRole('button', { name: '同意', exact: true }).click();
  await page.getByRole('heading', { name: '已同意授权' }).waitFor();
  const status = await stage.third.call(at('status'), { request_no: asked.request_no });
  expectDone(status);
  assert.deepEqual(status.item.xxlb, [CLASS.id]);
  await page.getByRole('tab', { name: '授权记录' }).click();
  const one = entry(page, stage.org);
  await one.waitFor();
  const words = await one.innerText();
  for (const word of ['办理示例事项', CLASS.name]) assert.ok(words.includes(word), `${word} in ${words}`);
  await shot(page, 'records-granted-light-360');
  await page.finish();
});

test('扫一扫: 拒绝; nothing chosen; codes that are none', async () => {
  const asked = await request();
  const page = await stage.page(browser, { allow: REFUSED });
  await image(page).waitFor();
  await page.getByRole('tab', { name: '扫一扫' }).click();
  const field = page.getByRole('textbox', { name: '请求码' });
  for (const [text, said] of [['', '请输入请求码'], ['hello', '这不是授权请求码'], ['ZWR1<script>', '这不是授权请求码'],
    [`${asked.request_code.slice(0, -4)}AAAA`, '授权不存在']]) {
    await field.fill(text);
    await field.press('Enter');
    await page.getByText(said).first().waitFor();
  }
  await assertAccessible(page);
  await field.fill(asked.request_code);
  await field.press('Enter');
  for (const name of [CLASS.name, OTHER.name]) await page.getByRole('checkbox', { name, exact: true }).uncheck();
  await page.getByRole('button', { name: '同意', exact: true }).click();
  await page.getByText('请至少选择一项').waitFor();
  await page.getByRole('button', { name: '拒绝', exact: true }).click();
  await page.getByRole('heading', { name: '已拒绝授权' }).waitFor();
  expectError(await stage.third.call(at('status'), { request_no: asked.request_no }), '5003');
  await page.finish();
});

test('扫一扫: out of the camera\'s picture', async () => {
  const asked = await request();
  const dir = mkdtempSync(path.join(tmpdir(), 'zwm-film-'));
  const file = path.join(dir, 'code.y4m');
  writeFileSync(file, await film(asked.request_code));
  const filming = await launch({ args: ['--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream', `--use-file-for-fake-video-capture=${file}`] });
  try {
    const page = await stage.page(filming, { context: { permissions: ['camera'] } });
    await image(page).waitFor();
    await page.getByRole('tab', { name: '扫一扫' }).click();
    await page.getByRole('heading', { name: `${stage.org} 请求取得您的信息` }).waitFor({ timeout: 20000 });
    await page.finish();
  } finally {
    await filming.close();
    rmSync(dir, { recursive: true });
  }
});

for (const { name: mode, ...how } of MODES) {
  for (const size of [...WIDTHS, [320, 568]]) {
    test(`looks: ${mode}, ${size[0]} px`, async () => {
      const asked = await request();
      const page = await stage.page(browser, { size, ...how, allow: REFUSED });
      await used(page, '办理示例事项');
      const look = async (what) => {
        await shot(page, `${what}-${mode}-${size[0]}`);
        await assertFits(page, what);
        await assertAccessible(page, what);
        if (how.elder) await assertElder(page, what);
      };
      await page.getByRole('tab', { name: '授权记录' }).click();
      await page.getByText('办理示例事项').waitFor();
      await look('records');
      await page.getByRole('tab', { name: '我的' }).click();
      await page.getByRole('heading', { name: '显示' }).waitFor();
      await look('mine');
      await page.getByRole('tab', { name: '扫一扫' }).click();
      await page.getByRole('textbox', { name: '请求码' }).waitFor();
      await look('scan');
      await page.getByRole('textbox', { name: '请求码' }).fill(asked.request_code);
      await page.getByRole('button', { name: '查看请求' }).click();
      await page.getByRole('button', { name: '同意', exact: true }).waitFor();
      await look('scan-asked');
      await page.finish();
    });
  }
}
