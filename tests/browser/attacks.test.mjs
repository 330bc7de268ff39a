// What others put into names that pages show, and frames of theirs around our pages. Each field of a stored record that a page
// of people shows is tried with markup. (More attacks: show.test.mjs, embed.test.mjs, tests/api.)
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { samples } from '../api/lib/people.mjs';
import { expectDone, verifyBody } from '../api/lib/system.mjs';
import { assertFits, BASE, launch, open } from './lib/browser.mjs';
import { embedding, site } from './lib/portal.mjs';
import { CLASS, codeText, image, somebody, Stage } from './lib/show.mjs';
import { readPicture } from './lib/picture.mjs';

const EVIL = '<img src=x onerror=hit=1>'; // short enough for every name
const APP = 'https://attack-app.example';
let browser, stage, evil, portal, app, className;
before(async () => {
  stage = await Stage.up();
  browser = await launch();
  [evil, portal] = await Promise.all([site({}, '127.0.0.1'), site({})]);
  app = await stage.named('T-evil', `坏${EVIL}`);
  await stage.zwm.zwm('app', 'origins', app.appId, '--set', APP);
  await stage.zwm.zwm('app', 'origins', stage.channel.appId, '--set', portal.origin);
  ({ name: className } = (await stage.zwm.classes()).find((c) => c.class === CLASS.id));
  await stage.zwm.zwm('class', 'edit', CLASS.id, '--name', `类${EVIL}`);
  await stage.zwm.inForce();
});
after(async () => {
  if (className) await stage.zwm.zwm('class', 'edit', CLASS.id, '--name', className);
  await browser?.close();
  for (const one of [evil, portal]) one?.close();
  stage?.close();
});

async function unhurt(page, ...texts) {
  for (const text of texts) await page.getByText(text).first().waitFor();
  await assertFits(page);
  assert.equal(await page.evaluate(() => window.hit), undefined);
  assert.equal(await page.evaluate(() => {
    let n = 0;
    const look = (root) => {
      for (const element of root.querySelectorAll('*')) {
        if (element.shadowRoot) look(element.shadowRoot);
        if (element.hasAttribute('onerror') || element.getAttribute('src') === 'x') n += 1;
      }
    };
    look(document);
    return n;
  }), 0);
}

test('names of organisations and classes, purposes: where codes are shown, used and listed', async () => {
  const page = await stage.page(browser, { subject: somebody({ name: `甲${EVIL}` }) });
  await image(page).waitFor();
  await page.getByRole('button', { name: /^授权内容/ }).click();
  await page.getByRole('checkbox', { name: `类${EVIL}`, exact: true }).check();
  await unhurt(page, `类${EVIL}`);
  await page.keyboard.press('Escape');
  const issued = page.waitForResponse((r) => r.url().endsWith('/show/api/code'));
  await page.getByRole('button', { name: '刷新', exact: true }).click();
  await (await issued).finished();
  await image(page).waitFor();
  expectDone(await stage.verify(page, { purpose: `办${EVIL}` }, app));
  await page.getByRole('heading', { name: `已被 坏${EVIL} 使用` }).waitFor({ timeout: 3000 });
  await unhurt(page, `用途：办${EVIL}`, `授权内容：类${EVIL}`);
  await page.getByRole('tab', { name: '授权记录' }).click();
  await unhurt(page, `坏${EVIL}`, `办${EVIL}`, `类${EVIL}`);
  await page.getByRole('button', { name: '纠错', exact: true }).click();
  await page.getByRole('textbox', { name: /哪里有误/ }).fill(EVIL);
  await page.getByRole('button', { name: '提交', exact: true }).click();
  await page.getByText(/已提交纠错/).first().waitFor();
  await unhurt(page);
  await page.getByRole('button', { name: '撤销', exact: true }).click();
  await page.getByRole('dialog').waitFor();
  await unhurt(page);
  await page.getByRole('button', { name: '确认撤销' }).click();
  await unhurt(page);
  await page.finish();
});

test('in a request, in a consent, and in the list of consents', async () => {
  const asked = await app.call('/api/v1/authorization/request', { purpose: `请${EVIL}`, xxlb: [CLASS.id], czqx: '1' });
  expectDone(asked);
  const page = await stage.page(browser);
  await image(page).waitFor();
  await page.getByRole('tab', { name: '扫一扫' }).click();
  await page.getByRole('textbox', { name: '请求码' }).fill(asked.item.request_code);
  await page.getByRole('button', { name: '查看请求' }).click();
  await page.getByRole('heading', { name: `坏${EVIL} 请求取得您的信息` }).waitFor();
  await unhurt(page, `请${EVIL}`, `类${EVIL}`);
  await page.finish();

  const other = await open(browser, { size: [360, 740], origins: [APP] });
  await other.route(`${APP}/**`, (route) => route.fulfill({ contentType: 'text/html', body: '<!doctype html><html lang="zh"><title>app</title>' }));
  await other.goto(`/login/?return_url=${encodeURIComponent(`${APP}/`)}`);
  await unhurt(other, `坏${EVIL}`);
  await other.getByRole('button', { name: samples.person.name, exact: true }).click();
  await other.getByRole('heading', { name: `坏${EVIL} 请求取得您的信息` }).waitFor();
  await unhurt(other);
  const back = other.waitForURL(`${APP}/**`);
  await other.getByRole('button', { name: '同意', exact: true }).click();
  await back;
  await other.goto('/show/?tab=mine');
  await unhurt(other, `坏${EVIL}`);
  await other.getByRole('listitem').filter({ hasText: `坏${EVIL}` }).getByRole('button', { name: '撤销' }).click();
  await other.getByRole('dialog').waitFor();
  await unhurt(other);
  await other.getByRole('button', { name: '确认撤销' }).click();
  await other.getByText('已撤销同意').first().waitFor();
  await other.finish();
});

test('in the frame on a portal\'s page', async () => {
  const session = await stage.session(somebody({ name: `乙${EVIL}` }), { embed_origin: portal.origin });
  portal.pages['/'] = embedding(BASE, { token: session.show_token });
  const page = await open(browser, { size: [360, 740], origins: [portal.origin] });
  await page.goto(`${portal.origin}/`);
  const frame = page.frameLocator('service-code >> iframe');
  const code = frame.getByRole('img', { name: /^服务码/ });
  await code.waitFor();
  const [text] = await readPicture(await code.screenshot());
  expectDone(await app.verify(verifyBody(text)));
  await frame.getByRole('heading', { name: `已被 坏${EVIL} 使用` }).waitFor({ timeout: 3000 });
  for (const one of page.frames()) {
    assert.equal(await one.evaluate(() => window.hit), undefined);
    assert.equal(await one.evaluate(() => document.querySelectorAll('[onerror], img[src="x"]').length), 0);
  }
  await page.finish();
});

test('no page of people stands in a frame of another site, nor of a registered portal', async () => {
  for (const at of [evil, portal]) {
    for (const target of ['/show/', '/show/scan/', '/show/?tab=mine', '/login/', `/login/?return_url=${encodeURIComponent(APP)}`, '/']) {
      at.pages['/frame'] = `<!doctype html><title>x</title><iframe src="${BASE}${target}"></iframe>`;
      const page = await open(browser, { origins: [evil.origin, portal.origin], allow: [/frame-ancestors|ERR_BLOCKED/] });
      await page.goto(`${at.origin}/frame`, { waitUntil: 'load' });
      assert.ok(!page.frames().some((frame) => frame.url().startsWith(BASE)), `${at.origin} frames ${target}`);
      await page.context().close();
    }
  }
});

test('leaving to another site tells it nothing of where the person was', async () => {
  const session = await stage.session(undefined, { return_url: `${portal.origin}/back` });
  portal.pages['/back'] = '<!doctype html><title>back</title><script>window.told = [document.referrer, location.href, history.length]</script>';
  const page = await open(browser, { size: [360, 740], origins: [portal.origin] });
  const referers = [];
  page.on('request', (request) => { if (request.url().startsWith(portal.origin)) referers.push(request.headers().referer); });
  await page.goto(`/show/#${session.show_token}`);
  await image(page).waitFor();
  const code = await codeText(page);
  await page.getByRole('link', { name: '返回' }).click();
  await page.waitForURL(`${portal.origin}/back`);
  assert.deepEqual((await page.evaluate(() => window.told)).slice(0, 2), ['', `${portal.origin}/back`]);
  assert.deepEqual(referers.filter(Boolean), []);
  assert.notEqual((await stage.third.verify(verifyBody(code))).error, ''); // the code that was on show is dead
  await page.finish();
});
