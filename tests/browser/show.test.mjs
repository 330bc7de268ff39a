// The code on show, against the real stack (interface-people 3): sessions opened by a channel app, codes read from the screen
// and verified by a third party.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { assertAccessible, assertElder, assertFits, BASE, launch, MODES, open, shot, WIDTHS } from './lib/browser.mjs';
import { CLASS, codesInPage, codeText, image, setVisible, somebody, Stage } from './lib/show.mjs';
import { expectDone, expectError, until, verifyBody } from '../api/lib/system.mjs';

const OFFLINE = [/ERR_INTERNET_DISCONNECTED|Failed to load resource/];
const REFUSED = [/status of 40[0-9]/];
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

const button = (page, name) => page.getByRole('button', { name, exact: true });
const seconds = async (page) => Number(/(\d+) 秒后刷新/.exec(await page.getByText(/\d+ 秒后刷新/).textContent())[1]);

// --- opening ---

test('a session opens; the token is out of the address, the history and what other pages learn', async () => {
  const asked = [];
  const page = await stage.page(browser, { before: (p) => p.on('request', (r) => asked.push([r.url(), r.headers().referer])) });
  await image(page).waitFor();
  assert.equal(page.url(), `${BASE}/show/`);
  assert.match(await page.getByText(/\d+ 秒后刷新/).textContent(), /^([1-4]?[0-9]|50) 秒后刷新$/);
  await button(page, '刷新').waitFor();
  await button(page, '放大').waitFor();
  for (const name of ['QR 码', '汉信码', '网格矩阵码']) await page.getByRole('radio', { name, exact: true }).waitFor();
  for (const name of ['亮码', '扫一扫', '授权记录', '我的']) await page.getByRole('tab', { name, exact: true }).waitFor();
  await button(page, '长辈版').waitFor();
  const { show_token: token } = page.session;
  for (const [url, referer] of asked) assert.ok(!url.includes(token) && !referer?.includes(token), url);
  const kept = await page.evaluate(() => JSON.stringify([history.length, history.state, location.href, { ...localStorage }, { ...sessionStorage },
    Object.values(window).filter((value) => typeof value === 'string'), document.cookie, performance.getEntries().map(({ name }) => name)]));
  // The navigation's own entry is the browser's record of how the page was opened; no other page sees it.
  assert.equal(kept.split(token).length - 1, kept.includes(`/show/#${token}`) ? 1 : 0, kept);
  await page.goto('/');
  await page.goBack();
  await image(page).waitFor();
  assert.equal(page.url(), `${BASE}/show/`);
  const text = await page.evaluate(() => document.querySelector('zwm-show').shadowRoot.textContent);
  assert.ok(!text.includes(page.session.subject.id_no));
  await page.finish();
});

test('a used token, and one that was never given, show a message and no code', async () => {
  const first = await stage.page(browser);
  await image(first).waitFor();
  for (const token of [first.session.show_token, 'A'.repeat(43)]) {
    const other = await open(browser, { size: [360, 740], allow: REFUSED });
    await other.goto(`/show/#${token}`);
    await other.getByText('亮码链接已失效').waitFor();
    assert.equal(await codesInPage(other), 0);
    assert.equal(other.url(), `${BASE}/show/`);
    await assertAccessible(other);
    await shot(other, 'show-token-light-360');
    await other.finish();
  }
  await first.finish();
});

test('without a session the page says to log in; after a reload it goes on', async () => {
  const page = await open(browser, { size: [360, 740], allow: REFUSED });
  await page.goto('/show/');
  await page.getByText('请先登录').waitFor();
  assert.equal(await codesInPage(page), 0);
  await page.finish();

  const mine = await stage.page(browser);
  await image(mine).waitFor();
  const before_ = await codeText(mine);
  await mine.reload();
  await image(mine).waitFor();
  assert.notEqual(await codeText(mine), before_);
  expectError(await stage.third.verify(verifyBody(before_)), '3006');
  await mine.finish();
});

// --- use ---

test('used: said within three seconds, no code until the person asks', async () => {
  const page = await stage.page(browser);
  await image(page).waitFor();
  expectDone(await stage.verify(page, { purpose: '办理示例事项' }));
  await page.getByRole('heading', { name: `已被 ${stage.org} 使用` }).waitFor({ timeout: 3000 });
  assert.equal(await codesInPage(page), 0);
  assert.equal(await page.getByText('办理示例事项').count(), 1);
  await assertAccessible(page);
  // Leaving and coming back, and loading the page again, ask for nothing.
  await setVisible(page, false);
  await setVisible(page, true);
  await page.getByRole('tab', { name: '我的' }).click();
  await page.getByRole('tab', { name: '亮码' }).click();
  await page.getByText(`已被 ${stage.org} 使用`).waitFor();
  await page.reload();
  await page.getByText(`已被 ${stage.org} 使用`).waitFor();
  assert.equal(await codesInPage(page), 0);
  await page.getByRole('button', { name: '再次出示' }).click();
  await image(page).waitFor();
  expectDone(await stage.verify(page));
  await page.getByText(`已被 ${stage.org} 使用`).waitFor({ timeout: 3000 });
  await page.finish();
});

test('used, where what is pushed does not get through', async () => {
  const page = await stage.page(browser, { allow: [/Failed to load resource/], before: (p) => p.route('**/show/events/**', (route) => route.abort()) });
  await image(page).waitFor();
  expectDone(await stage.verify(page));
  await page.getByRole('heading', { name: `已被 ${stage.org} 使用` }).waitFor({ timeout: 3000 });
  await page.finish();
});

test('a refresh kills the old code, and does not pass over that it was used', async () => {
  const page = await stage.page(browser);
  await image(page).waitFor();
  const old = await codeText(page);
  const source = await image(page).getAttribute('src');
  await button(page, '刷新').click();
  await page.waitForFunction((was) => document.querySelector('zwm-show').shadowRoot.querySelector('zwm-show-code').shadowRoot
    .querySelector('img')?.getAttribute('src') !== was, source);
  await image(page).waitFor();
  expectError(await stage.third.verify(verifyBody(old)), '3006');
  // Used, and the person presses before the page has heard of it.
  const text = await codeText(page);
  expectDone(await stage.third.verify(verifyBody(text)));
  await button(page, '刷新').click({ timeout: 1000 }).catch(() => {});
  await page.getByText(`已被 ${stage.org} 使用`).waitFor({ timeout: 3000 });
  assert.equal(await codesInPage(page), 0);
  await page.finish();
});

test('symbologies, and the code enlarged', async () => {
  const page = await stage.page(browser);
  await image(page).waitFor();
  for (const name of ['汉信码', '网格矩阵码', 'QR 码']) {
    await page.getByRole('radio', { name, exact: true }).check();
    await page.getByRole('img', { name: new RegExp(`^服务码，${name}`) }).waitFor();
    await shot(page, `show-${{ 汉信码: 'hanxin', 网格矩阵码: 'gridmatrix', 'QR 码': 'qr' }[name]}-light-360`);
  }
  await button(page, '放大').click();
  const box = await image(page).boundingBox();
  assert.ok(box.width >= 330, `${box.width} px of 360`);
  assert.equal(await codesInPage(page), 1);
  await assertAccessible(page);
  await shot(page, 'show-large-light-360');
  await page.keyboard.press('Escape');
  await button(page, '放大').waitFor();
  assert.equal(await page.evaluate(() => document.querySelector('zwm-show').shadowRoot.querySelector('zwm-show-code').shadowRoot.activeElement
    ?.textContent.trim()), '放大');
  await button(page, '放大').click();
  expectDone(await stage.verify(page));
  await page.getByText(`已被 ${stage.org} 使用`).waitFor({ timeout: 3000 });
  assert.equal(await codesInPage(page), 0);
  await page.finish();
});

test('授权内容: a choice holds from the next refresh on', async () => {
  const page = await stage.page(browser);
  await image(page).waitFor();
  await page.getByRole('button', { name: /^授权内容/ }).click();
  await page.getByRole('checkbox', { name: CLASS.name, exact: true }).check();
  await shot(page, 'show-classes-light-360');
  await assertAccessible(page);
  expectDone(await stage.verify(page)); // the code on show is still for the identity alone
  await page.getByRole('button', { name: '再次出示' }).click();
  await image(page).waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: '授权内容 · 1 项' }).waitFor();
  const answer = await stage.verify(page);
  expectDone(answer);
  assert.deepEqual(answer.item.xxlb ?? answer.item.record?.xxlb, [CLASS.id]);
  await page.getByText(`授权内容：${CLASS.name}`).waitFor({ timeout: 3000 });
  await shot(page, 'show-used-light-360');
  await page.finish();
});

// --- time and network ---

test('it refreshes by itself, says ten seconds once, and is gone when its time is over without a network', async () => {
  const page = await stage.page(browser, { allow: OFFLINE, before: (p) => p.clock.install() });
  await image(page).waitFor();
  const source = await image(page).getAttribute('src');
  await page.clock.runFor(40500);
  assert.ok(await seconds(page) <= 10);
  await page.waitForFunction(() => /^还剩 10 秒/.test(document.querySelector('zwm-live').shadowRoot.querySelector('[role="status"]').textContent));
  await shot(page, 'show-soon-light-360');
  await page.clock.runFor(11000);
  await page.waitForFunction((was) => {
    const img = document.querySelector('zwm-show').shadowRoot.querySelector('zwm-show-code').shadowRoot.querySelector('img');
    return img && img.getAttribute('src') !== was;
  }, source);
  await page.context().setOffline(true);
  await page.getByText('无网络').waitFor();
  assert.equal(await codesInPage(page), 1); // still live
  await shot(page, 'show-offline-live-light-360');
  await assertAccessible(page);
  await page.clock.runFor(61000);
  assert.equal(await codesInPage(page), 0);
  await page.getByRole('heading', { name: '无网络' }).waitFor();
  await shot(page, 'show-offline-light-360');
  await assertAccessible(page);
  await page.context().setOffline(false);
  await page.clock.runFor(4000);
  await image(page).waitFor();
  await page.finish();
});

test('a phone whose clock is wrong by an hour, and one that sleeps', async () => {
  for (const wrong of [-3600e3, 3600e3]) {
    const page = await stage.page(browser, { before: (p) => p.clock.install({ time: Date.now() + wrong }) });
    await image(page).waitFor();
    assert.ok(await seconds(page) >= 45);
    const shown = await page.getByText(/^\d\d:\d\d:\d\d$/).textContent();
    const real = new Date(Date.now() + 8 * 3600e3).toISOString().slice(11, 19);
    const apart = Math.abs(Date.parse(`2026-01-01T${shown}Z`) - Date.parse(`2026-01-01T${real}Z`));
    assert.ok(apart <= 3000, `${shown} for ${real}`);
    await page.finish();
  }
  const page = await stage.page(browser, { before: (p) => p.clock.install() });
  await image(page).waitFor();
  const source = await image(page).getAttribute('src');
  await page.clock.fastForward(600000); // asleep: no timer ran
  await page.waitForFunction((was) => {
    const img = document.querySelector('zwm-show').shadowRoot.querySelector('zwm-show-code').shadowRoot.querySelector('img');
    return img && img.getAttribute('src') !== was;
  }, source);
  await page.finish();
});

test('the server does not answer, or refuses', async () => {
  const page = await stage.page(browser, { allow: [/Failed to load resource/] });
  await image(page).waitFor();
  await page.route('**/show/api/code', (route) => route.abort());
  await button(page, '刷新').click();
  await page.getByRole('heading', { name: '无网络' }).waitFor();
  assert.equal(await codesInPage(page), 0);
  await page.unroute('**/show/api/code');
  await page.route('**/show/api/code', (route) => route.fulfill({ status: 500, contentType: 'application/json', body: JSON.stringify({
    process_response: { result_code: '102', error_code: '9999', error_msg: '<img src=x onerror=alert(1)>', items: [], request_id: 'f'.repeat(32) } }) }));
  await page.getByRole('button', { name: '刷新', exact: true }).click();
  await page.getByText('f'.repeat(32)).waitFor();
  assert.equal(await codesInPage(page), 0);
  await shot(page, 'show-refused-light-360');
  await assertAccessible(page);
  await page.unroute('**/show/api/code');
  await page.getByRole('button', { name: '刷新', exact: true }).click();
  await image(page).waitFor();
  await page.finish();
});

// --- view, tabs, sessions ---

test('out of view it is gone here and dead at the server; back in view there is a new one', async () => {
  const page = await stage.page(browser);
  await image(page).waitFor();
  const text = await codeText(page);
  const hidden = page.waitForResponse((r) => r.url().endsWith('/show/api/hide'));
  await setVisible(page, false);
  assert.equal(await codesInPage(page), 0);
  await hidden;
  expectError(await stage.third.verify(verifyBody(text)), '3006');
  await setVisible(page, true);
  await image(page).waitFor();
  expectDone(await stage.verify(page));
  await page.getByText(`已被 ${stage.org} 使用`).waitFor({ timeout: 3000 });
  await page.finish();
  // another tab of the page's own, and leaving the page
  for (const leave of [(p) => p.getByRole('tab', { name: '我的' }).click(), (p) => p.goto('/')]) {
    const other = await stage.page(browser, { allow: REFUSED });
    await image(other).waitFor();
    const code = await codeText(other);
    await leave(other);
    // What the server says of the session: asked as the page would.
    await until('nothing is on show', async () => {
      const ask = async (target, headers) => (await (await other.context().request.post(target, { ignoreHTTPSErrors: true,
        headers: { Origin: BASE, ...headers }, data: {} })).json()).process_response.items[0];
      const { csrf } = await ask('/login/api/who');
      return !(await ask('/show/api/state', { 'Zwm-Csrf': csrf })).code;
    }, { seconds: 5 });
    expectError(await stage.third.verify(verifyBody(code)), '3006');
    await other.context().close();
  }
});

test('of two pages the last one shows', async () => {
  const page = await stage.page(browser);
  await image(page).waitFor();
  const second = await page.context().newPage();
  await second.goto('/show/');
  await image(second).waitFor();
  await page.getByText('正在其他页面亮码').waitFor();
  assert.equal(await codesInPage(page), 0);
  await shot(page, 'show-elsewhere-light-360');
  await assertAccessible(page);
  await page.getByRole('button', { name: '在此页亮码' }).click();
  await image(page).waitFor();
  await second.getByText('正在其他页面亮码').waitFor();
  expectDone(await stage.verify(page));
  await page.getByText(`已被 ${stage.org} 使用`).waitFor({ timeout: 3000 });
  await page.finish();
});

test('a session that the channel ends, and 「退出」', async () => {
  const page = await stage.page(browser, { allow: REFUSED });
  await image(page).waitFor();
  expectDone(await stage.channel.call('/api/v1/show/end', { session_no: page.session.session_no }));
  await page.getByText('会话已结束').waitFor({ timeout: 5000 });
  assert.equal(await codesInPage(page), 0);
  await shot(page, 'show-ended-light-360');
  await assertAccessible(page);
  await page.finish();

  const mine = await stage.page(browser, { allow: REFUSED });
  await image(mine).waitFor();
  await mine.getByRole('tab', { name: '我的' }).click();
  await mine.getByRole('button', { name: '退出', exact: true }).click();
  await mine.getByRole('dialog').getByRole('button', { name: '退出', exact: true }).click();
  await mine.waitForURL('**/login/**');
  await mine.goto('/show/');
  await mine.getByText('请先登录').waitFor();
  await mine.finish();
});

test('two persons see their own', async () => {
  const a = await stage.page(browser, { subject: somebody({ name: '赵示例' }) });
  const b = await stage.page(browser, { subject: somebody({ name: '钱示例' }) });
  await image(a).waitFor();
  await image(b).waitFor();
  expectDone(await stage.verify(a, { purpose: '只给赵看' }));
  for (const page of [a, b]) {
    await page.getByRole('tab', { name: '授权记录' }).click();
  }
  await a.getByText('只给赵看').waitFor();
  await b.getByText('暂无授权记录').waitFor();
  assert.ok(!(await b.content()).includes('赵'));
  // A second person's token in the same browser: what was shown before is gone.
  const next = await stage.session(somebody({ name: '孙示例' }));
  await a.goto(`/show/#${next.show_token}`);
  await image(a).waitFor();
  await a.getByText('孙**').waitFor();
  await a.finish();
  await b.finish();
});

// --- attacks ---

test('names and purposes are text, whatever is in them', async () => {
  const evil = '<img src=x onerror="window.hit=1"><script>window.hit=1</script>';
  const app = await stage.named('T-xss', `机构${evil.slice(0, 40)}`);
  const page = await stage.page(browser, { subject: somebody({ name: `<b>甲</b>${evil}`.slice(0, 50) }) });
  await image(page).waitFor();
  expectDone(await stage.verify(page, { purpose: evil }, app));
  await page.getByText(/已被 机构<img src=x.* 使用/).waitFor({ timeout: 3000 });
  await shot(page, 'show-used-xss-360');
  await assertFits(page);
  await page.getByRole('tab', { name: '授权记录' }).click();
  await page.getByText(evil).first().waitFor();
  await assertFits(page);
  assert.equal(await page.evaluate(() => window.hit), undefined);
  await page.finish();
});

test('no other site frames it, no script but ours runs, and the reader runs on the scan page alone', async () => {
  const page = await open(browser, { allow: [/./] });
  for (const [target, wasm] of [['/show/', false], ['/show/index.html', false], ['/login/', false], ['/show/scan/', true]]) {
    const answer = await page.context().request.get(target, { ignoreHTTPSErrors: true });
    const csp = answer.headers()['content-security-policy'];
    assert.equal(answer.status(), 200, target);
    assert.match(csp, /frame-ancestors 'none'/, target);
    assert.equal(csp.includes("'wasm-unsafe-eval'"), wasm, target);
    assert.doesNotMatch(csp, /unsafe-inline|'unsafe-eval'/, target);
    assert.equal(answer.headers()['referrer-policy'], 'no-referrer', target);
    assert.equal(answer.headers()['permissions-policy'], wasm ? 'camera=(self)' : 'camera=()', target);
  }
  await page.context().close();
});

test('the first load is at most 150 KiB', async () => {
  const page = await open(browser, { size: [360, 740] });
  const cdp = await page.context().newCDPSession(page);
  await cdp.send('Network.enable');
  let bytes = 0;
  const names = [];
  cdp.on('Network.responseReceived', ({ response }) => names.push(response.url.replace(BASE, '')));
  cdp.on('Network.loadingFinished', ({ encodedDataLength }) => { bytes += encodedDataLength; });
  const session = await stage.session();
  await page.goto(`/show/#${session.show_token}`);
  await image(page).waitFor();
  await page.waitForLoadState('networkidle').catch(() => {});
  assert.ok(bytes > 20000 && bytes <= 150 * 1024, `${bytes} bytes: ${names.join(' ')}`);
  console.log(`# first load: ${bytes} bytes in ${names.length} answers`);
  await page.finish();
});

// --- looks ---

for (const { name: mode, ...how } of MODES) {
  for (const size of [...WIDTHS, [320, 568], [740, 360]]) {
    test(`looks: ${mode}, ${size[0]} px`, async () => {
      const page = await stage.page(browser, { size, ...how });
      await image(page).waitFor();
      await shot(page, `show-${mode}-${size[0]}`);
      await assertFits(page);
      await assertAccessible(page);
      if (how.elder) await assertElder(page);
      const box = await image(page).boundingBox();
      assert.ok(box.width >= 190 && Math.abs(box.width - box.height) < 1, `${box.width} x ${box.height}`);
      assert.match(await codeText(page), /./);
      await page.getByRole('button', { name: /^授权内容/ }).click();
      await shot(page, `show-classes-${mode}-${size[0]}`);
      await assertFits(page);
      if (how.elder) await assertElder(page);
      await button(page, '刷新').click(); // not covered
      await page.keyboard.press('Escape');
      await button(page, '放大').click();
      await shot(page, `show-large-${mode}-${size[0]}`);
      if (how.elder) await assertElder(page);
      await button(page, '关闭').click();
      expectDone(await stage.verify(page));
      await page.getByText(`已被 ${stage.org} 使用`).waitFor({ timeout: 3000 });
      await shot(page, `show-used-${mode}-${size[0]}`);
      await assertFits(page);
      if (how.elder) await assertElder(page);
      await page.finish();
    });
  }
}

test('by keyboard alone', async () => {
  const page = await stage.page(browser);
  await image(page).waitFor();
  const focused = () => page.evaluate(() => {
    let at = document.activeElement;
    while (at?.shadowRoot?.activeElement) at = at.shadowRoot.activeElement;
    return (at?.getAttribute('aria-label') ?? at?.textContent ?? '').trim() || at?.value;
  });
  const seen = [];
  for (let i = 0; i < 12; i += 1) {
    await page.keyboard.press('Tab');
    seen.push(await focused());
  }
  for (const name of ['长辈版', '刷新', '放大', '授权内容 · 仅身份信息', '亮码']) assert.ok(seen.includes(name), `${name} in ${seen}`);
  await page.getByRole('tab', { name: '亮码' }).focus();
  await page.keyboard.press('End');
  await page.getByRole('heading', { name: '身份' }).waitFor();
  await page.keyboard.press('Home');
  await image(page).waitFor();
  await button(page, '长辈版').focus();
  await page.keyboard.press('Space');
  await assertElder(page);
  await page.finish();
});
