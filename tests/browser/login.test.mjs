// The login against the real stack: the sample people of a local instance, and what stands there for others.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { assertAccessible, assertElder, assertFits, BASE, launch, MODES, open, shot, WIDTHS } from './lib/browser.mjs';
import { codesInPage, image, Stage } from './lib/show.mjs';
import { samples } from '../api/lib/people.mjs';
import { expectDone } from '../api/lib/system.mjs';

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

test('each sample person is a button named with the full name; a press logs in and shows a code', async () => {
  const page = await open(browser, { size: [360, 740] });
  await page.goto('/login/');
  await page.getByText('示例登录').waitFor();
  await page.getByRole('button', { name: samples.person.name, exact: true }).click();
  await page.waitForURL(`${BASE}/show/`);
  await image(page).waitFor();
  assert.ok(!(await page.evaluate(() => document.querySelector('zwm-show').shadowRoot.textContent)).includes(samples.person.name));
  expectDone(await stage.verify(page));
  await page.getByText(`已被 ${stage.org} 使用`).waitFor({ timeout: 3000 });
  // Once more at the login: it says who is logged in, and goes on.
  await page.goto('/login/');
  await page.getByText('当前已登录').waitFor();
  await page.getByRole('link', { name: '继续亮码' }).click();
  await page.getByText(`已被 ${stage.org} 使用`).waitFor();
  await page.finish();
});

test('「取消」 goes back', async () => {
  const page = await open(browser, { size: [360, 740] });
  await page.goto('/');
  await page.goto('/login/');
  await page.getByRole('button', { name: '取消', exact: true }).click();
  await page.waitForURL(`${BASE}/`);
  await page.finish();
});

test('after the login only to pages of ours', async () => {
  for (const [asked, to] of [['https://evil.example/', '/show/'], ['//evil.example/', '/show/'], ['/show/../login/', '/show/'],
    ['javascript:alert(1)', '/show/'], ['/show/?tab=mine', '/show/?tab=mine']]) {
    const page = await open(browser, { size: [360, 740] });
    await page.goto(`/login/?next=${encodeURIComponent(asked)}`);
    await page.getByRole('button', { name: samples.person.name, exact: true }).click();
    await page.waitForURL(BASE + to);
    await page.getByRole('tab', { name: '亮码' }).waitFor();
    await page.finish();
  }
});

test('for an enterprise: chosen by its agent, the old code is gone, the new one is the enterprise\'s', async () => {
  const page = await open(browser, { size: [360, 740] });
  await page.goto('/login/');
  await page.getByRole('button', { name: samples.enterprise.agent.name, exact: true }).click();
  await image(page).waitFor();
  await page.getByRole('button', { name: '切换', exact: true }).click();
  await shot(page, 'show-whom-light-360');
  await assertAccessible(page);
  await page.getByRole('dialog').getByRole('radio').nth(1).check();
  await page.getByRole('button', { name: '确定', exact: true }).click();
  await page.getByRole('img', { name: /^服务码，QR 码，示/ }).waitFor();
  const answer = await stage.verify(page);
  expectDone(answer);
  assert.equal(answer.item.subject.type, 'enterprise');
  await page.getByText(`已被 ${stage.org} 使用`).waitFor({ timeout: 3000 });
  assert.equal(await codesInPage(page), 0);
  await page.finish();
});

test('an identity provider, and none', async () => {
  // The server's answer to who, as it is with other settings.
  for (const [what, oidc] of [['统一身份认证登录', true], ['暂不能登录', false]]) {
    const page = await open(browser, { size: [360, 740] });
    await page.route('**/login/api/who', async (route) => {
      const answer = await route.fetch();
      const document = await answer.json();
      Object.assign(document.process_response.items[0], { sample: false, oidc, people: [] });
      await route.fulfill({ response: answer, json: document });
    });
    await page.goto('/login/?error=cancelled');
    await page.getByText(what).waitFor();
    if (oidc) assert.equal(await page.getByRole('link', { name: what }).getAttribute('href'), '/login/start?next=%2Fshow%2F');
    await assertAccessible(page);
    await shot(page, `login-${oidc ? 'oidc' : 'none'}-light-360`);
    await page.finish();
  }
});

// --- an application page's login ---

const APP_PAGE = 'https://app.example/page';

// The application's own site: what the browser is sent to with.
async function appPage() {
  const page = await open(browser, { size: [360, 740] });
  await page.route('https://app.example/**', (route) => route.fulfill({ contentType: 'text/html', body: '<!doctype html><html lang="zh"><title>app</title>' }));
  page.finishApp = async () => {
    page.troubles.splice(0, Infinity, ...page.troubles.filter((text) => !/^request to https:\/\/app\.example\//.test(text)));
    await page.finish();
  };
  return page;
}

test('an application\'s login: consent once, then a ticket; taken back in 「我的」; refused; cancelled', async () => {
  const app = await stage.zwm.app('third-party', 'login-app');
  await stage.zwm.zwm('app', 'origins', app.appId, '--set', 'https://app.example');
  await stage.zwm.inForce();
  const org = '测试login-app';
  const page = await appPage();
  const login = `/login/?return_url=${encodeURIComponent(APP_PAGE)}`;
  await page.goto(login);
  await page.getByText(org).waitFor();
  await page.getByRole('button', { name: samples.person.name, exact: true }).click();
  await page.getByRole('heading', { name: `${org} 请求取得您的信息` }).waitFor();
  await assertAccessible(page);
  await assertFits(page);
  await shot(page, 'login-consent-light-360');
  const [refuse, grant] = await Promise.all(['拒绝', '同意'].map((name) => page.getByRole('button', { name, exact: true }).boundingBox()));
  assert.deepEqual([refuse.width, refuse.height], [grant.width, grant.height]);
  await page.getByRole('button', { name: '拒绝', exact: true }).click();
  await page.waitForURL(/^https:\/\/app\.example\/page#zwm-refused/);
  await page.goto(login);
  await page.getByRole('button', { name: '同意', exact: true }).click();
  await page.waitForURL(/^https:\/\/app\.example\/page#zwm-ticket=/);
  // agreed before: not asked again
  await page.goto(login);
  await page.waitForURL(/^https:\/\/app\.example\/page#zwm-ticket=/);
  await page.goto('/show/?tab=mine');
  await page.getByText(org).waitFor();
  await shot(page, 'mine-consents-light-360');
  await assertAccessible(page);
  const takeBack = async (given) => {
    const label = await given.innerText();
    await given.getByRole('button', { name: '撤销', exact: true }).click();
    await page.getByRole('button', { name: '确认撤销', exact: true }).click();
    await page.getByRole('listitem').filter({ hasText: label.split('\n')[0] }).waitFor({ state: 'detached' });
  };
  const given = page.getByRole('listitem').filter({ has: page.getByRole('button', { name: '撤销', exact: true }) });
  await takeBack(given.filter({ hasText: org }));
  while (await given.count()) await takeBack(given.first()); // this person's in other files
  await page.getByText('尚未同意任何应用').waitFor();
  await page.goto(login);
  await page.getByRole('button', { name: '同意', exact: true }).waitFor();
  await page.finishApp();

  const other = await appPage();
  await other.goto(login);
  await other.getByRole('button', { name: '取消', exact: true }).click();
  await other.waitForURL(/^https:\/\/app\.example\/page#zwm-cancelled/);
  await other.finishApp();
});

test('a way back to a page that no application registered', async () => {
  for (const target of ['https://evil.example/', 'javascript:alert(1)', 'https://app.example@evil.example/']) {
    const page = await open(browser, { size: [360, 740], allow: [/status of 4/] });
    await page.goto(`/login/?return_url=${encodeURIComponent(target)}`);
    await page.getByText('示例登录').or(page.locator('zwm-state .heading')).first().waitFor();
    const button = page.getByRole('button', { name: samples.person.name, exact: true });
    if (await button.count()) {
      await button.click();
      await page.getByText('登录未成功').waitFor();
    }
    assert.ok(page.url().startsWith(`${BASE}/login/`));
    await page.finish();
  }
});

for (const { name: mode, ...how } of MODES) {
  for (const size of [...WIDTHS, [320, 568]]) {
    test(`looks: ${mode}, ${size[0]} px`, async () => {
      const page = await open(browser, { size, ...how });
      await page.goto('/login/');
      await page.getByText('示例登录').waitFor();
      await shot(page, `login-${mode}-${size[0]}`);
      await assertFits(page);
      await assertAccessible(page);
      if (how.elder) await assertElder(page);
      await page.finish();
    });
  }
}
