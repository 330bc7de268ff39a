// What the page says stays true: what is read out, a slow network, a server that restarts (interface-people 3).
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { assertAccessible, launch, shot } from './lib/browser.mjs';
import { codesInPage, codeText, image, Stage } from './lib/show.mjs';
import { expectDone, expectError, until, verifyBody } from '../api/lib/system.mjs';

const LOST = [/Failed to load resource|ERR_|net::/];
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
const source = (page) => image(page).getAttribute('src');

test('a press on the code enlarges it, another leaves', async () => {
  const page = await stage.page(browser);
  await image(page).click();
  await page.getByRole('dialog', { name: '放大的服务码' }).waitFor();
  assert.equal(await codesInPage(page), 1);
  const { r, g, b } = await page.evaluate(() => {
    const dialog = document.querySelector('zwm-show').shadowRoot.querySelector('zwm-show-code').shadowRoot.querySelector('zwm-show-enlarged').shadowRoot.querySelector('dialog');
    const [r_, g_, b_] = getComputedStyle(dialog).backgroundColor.match(/\d+/g).map(Number);
    return { r: r_, g: g_, b: b_ };
  });
  assert.deepEqual([r, g, b], [255, 255, 255]);
  await assertAccessible(page);
  await image(page).click();
  await button(page, '放大').waitFor();
  await page.finish();
});

test('the screen is kept awake as long as a code is on it', async () => {
  const page = await stage.page(browser, { before: (p) => p.addInitScript(() => {
    window.awake = 0;
    navigator.wakeLock.request = async () => {
      window.awake += 1;
      return Object.assign(new EventTarget(), { async release() { window.awake -= 1; } });
    };
  }) });
  await image(page).waitFor();
  await page.waitForFunction(() => window.awake === 1);
  await page.getByText('请调亮屏幕').waitFor();
  expectDone(await stage.verify(page));
  await page.getByText(`已被 ${stage.org} 使用`).waitFor({ timeout: 3000 });
  await page.waitForFunction(() => window.awake === 0);
  await page.finish();
});

test('read out: a new code, and ten seconds before it is replaced; no second of the clock', async () => {
  const page = await stage.page(browser, { before: async (p) => {
    await p.clock.install();
    // Everything that a live region says, in the page and in all shadow roots.
    await p.addInitScript(() => {
      window.said = [];
      const live = (at) => {
        for (let e = at.nodeType === 1 ? at : at.parentElement ?? at.getRootNode().host; e; e = e.parentElement ?? e.getRootNode().host) {
          const how = e.getAttribute('aria-live') ?? { status: 'polite', alert: 'assertive', log: 'polite' }[e.getAttribute('role')];
          if (how) return how !== 'off' && e;
          if (e.getAttribute('role') === 'timer') return false; // silent unless it says otherwise
        }
        return false;
      };
      const watch = (root) => new MutationObserver((changes) => {
        for (const { target } of changes) {
          const region = live(target);
          const text = region && region.textContent.trim();
          if (text && window.said.at(-1) !== text) window.said.push(text);
        }
      }).observe(root, { subtree: true, childList: true, characterData: true });
      const attach = Element.prototype.attachShadow;
      Element.prototype.attachShadow = function attachAndWatch(...args) {
        const root = attach.apply(this, args);
        watch(root);
        return root;
      };
      watch(document);
    });
  } });
  await image(page).waitFor();
  await page.waitForFunction(() => window.said.includes('新服务码已显示'));
  await page.evaluate(() => { window.said = []; });
  const before_ = await source(page);
  for (let i = 0; i < 49; i += 1) await page.clock.runFor(1000);
  assert.deepEqual(await page.evaluate(() => window.said), ['还剩 10 秒，将自动刷新']);
  await page.clock.runFor(3000);
  await until('it is replaced', async () => (await image(page).count()) === 1 && (await source(page)) !== before_);
  await page.waitForFunction(() => window.said.some((text) => text.trim() === '新服务码已显示'));
  assert.equal((await page.evaluate(() => window.said)).length, 2);
  await page.finish();
});

test('a slow network: no code before it is there, none that is over, and the one on show is the server\'s', async () => {
  let slow = 4000;
  const page = await stage.page(browser, { allow: LOST, before: (p) => p.route('**/show/api/**', async (route) => {
    await sleep(slow);
    await route.continue().catch(() => {});
  }) });
  await page.getByText('正在加载').or(page.getByText('正在取得服务码')).first().waitFor();
  assert.equal(await codesInPage(page), 0);
  await assertAccessible(page, 'loading');
  await shot(page, 'show-loading-light-360');
  await image(page).waitFor({ timeout: 20000 });
  // The answer took four seconds: so much less is left of the code than it says itself.
  const left = Number(/(\d+) 秒后刷新/.exec(await page.getByText(/\d+ 秒后刷新/).textContent())[1]);
  assert.ok(left <= 47, `${left} s`);
  const first = await codeText(page);
  await button(page, '刷新').click();
  const old = await source(page);
  await until('another code', async () => (await image(page).count()) === 1 && (await source(page)) !== old, { seconds: 30 });
  expectError(await stage.third.verify(verifyBody(first)), '3006');
  slow = 0;
  expectDone(await stage.verify(page));
  await page.getByText(`已被 ${stage.org} 使用`).waitFor({ timeout: 3000 });
  await page.finish();
});

// The processes of a responder; its supervisor starts others.
function workers(name) {
  const leader = readFileSync(path.join(stage.zwm.varDir, 'run', `${name}.pid`), 'utf8').trim();
  return readdirSync('/proc').filter((pid) => /^\d+$/.test(pid)).filter((pid) => {
    try {
      return readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/.*\) /s, '').split(' ')[1] === leader;
    } catch {
      return false;
    }
  });
}

test('the server restarts: the code on show is still told of, and the page goes on', async () => {
  const page = await stage.page(browser, { allow: LOST });
  await image(page).waitFor();
  const text = await codeText(page);
  const old = workers('show');
  for (const pid of old) process.kill(Number(pid), 'SIGKILL');
  // nginx is loaded anew, which closes every stream.
  process.kill(Number(readFileSync(path.join(stage.zwm.varDir, 'run', 'nginx.pid'), 'utf8')), 'SIGHUP');
  await until('others run', () => workers('show').length >= old.length && !workers('show').some((pid) => old.includes(pid)), { seconds: 30 });
  expectDone(await stage.third.verify(verifyBody(text)));
  await page.getByText(`已被 ${stage.org} 使用`).waitFor({ timeout: 10000 });
  assert.equal(await codesInPage(page), 0);
  await button(page, '再次出示（刷新服务码）').click();
  await image(page).waitFor();
  expectDone(await stage.verify(page));
  await page.getByText(`已被 ${stage.org} 使用`).waitFor({ timeout: 10000 });
  await page.finish();
});
