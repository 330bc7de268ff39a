// The codes on show as a reader meets them: of every type, at three pixels a module, the least that is allowed, with the logo on.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { enterprise } from '../api/lib/people.mjs';
import { PageClient } from '../api/lib/page.mjs';
import { expectDone, verifyBody } from '../api/lib/system.mjs';
import { launch } from './lib/browser.mjs';
import { codesInPage, image, Stage } from './lib/show.mjs';
import { readPicture } from './lib/symbols.mjs';

const LEAST_PX = 3, LEAST_CM = 3, PX_PER_CM = 96 / 2.54; // CSS pixels
let browser, stage, dir;
before(async () => {
  stage = await Stage.up();
  browser = await launch();
  dir = mkdtempSync(path.join(tmpdir(), 'zwm-symbols-'));
});
after(async () => {
  await browser?.close();
  stage?.close();
  rmSync(dir, { recursive: true });
});

function readByZbar(png) {
  const file = path.join(dir, 'code.png');
  writeFileSync(file, png);
  return execFileSync('zbarimg', ['--quiet', '--raw', '-Sdisable', '-Sqrcode.enable', file], { stdio: ['ignore', 'pipe', 'ignore'] }).toString().trim();
}

// The code of a new session of `subject`, as the page gets it.
async function newCode(subject, symbology) {
  const { show_token: token } = await stage.session(subject);
  const page = new PageClient(stage.zwm);
  await page.enter(token);
  const answer = await page.call('/show/api/code', symbology ? { symbology } : {});
  assert.equal(answer.error, '', answer.message);
  return answer.item;
}

// What a screen shows of the drawing at `px` pixels a module.
async function picture(svg, px) {
  const side = Number(/viewBox="0 0 (\d+)/.exec(svg)[1]) * px;
  const context = await browser.newContext({ viewport: { width: side, height: side } });
  const page = await context.newPage();
  await page.setContent(`<style>body{margin:0}img{display:block}</style><img width="${side}" height="${side}" src="data:image/svg+xml,${encodeURIComponent(svg)}">`);
  const png = await page.screenshot();
  await context.close();
  return png;
}

const SUBJECTS = { ZWM1: undefined, QYM1: enterprise() };
for (const [type, subject] of Object.entries(SUBJECTS)) {
  test(`${type} with the logo, three pixels a module, is read by zbar and by zxing`, async () => {
    for (let i = 0; i < 5; i += 1) { // each another code, so another pattern under the logo
      const code = await newCode(subject);
      assert.equal(code.code_type, type);
      assert.match(code.svg, /<g transform="translate/); // the logo
      const png = await picture(code.svg, LEAST_PX);
      const text = readByZbar(png);
      assert.deepEqual(await readPicture(png), [text]);
      expectDone(await stage.third.verify(verifyBody(text))); // and it is the code
    }
  });
}

test('the logo stands in the middle, on less than a tenth of the symbol; nothing is turned', async () => {
  for (const subject of Object.values(SUBJECTS)) {
    const { svg } = await newCode(subject);
    const side = Number(/viewBox="0 0 (\d+)/.exec(svg)[1]), quiet = Math.min(...[...svg.matchAll(/M(\d+) /g)].map(([, x]) => Number(x)));
    const [, x, y, scale] = /translate\(([\d.]+) ([\d.]+)\) scale\(([\d.]+)\)/.exec(svg).map(Number);
    const logo = 24 * scale, symbol = side - 2 * quiet;
    assert.ok(quiet >= 4);
    assert.ok(logo * logo / (symbol * symbol) < 0.1);
    for (const at of [x, y]) assert.ok(Math.abs(at + logo / 2 - side / 2) < 0.01);
    assert.doesNotMatch(svg, /rotate|skew|matrix/);
  }
  for (const symbology of ['hanxin', 'gridmatrix']) assert.doesNotMatch((await newCode(undefined, symbology)).svg, /<g /);
});

test('on the narrowest page a module has three pixels, and the symbol three centimetres', async () => {
  for (const [width, elder] of [[320, false], [320, true], [360, false]]) {
    const page = await stage.page(browser, { size: [width, 640], elder });
    await image(page).waitFor();
    for (const name of ['汉信码', '网格矩阵码', 'QR 码']) {
      await page.getByRole('radio', { name, exact: true }).check();
      await page.getByRole('img', { name: new RegExp(`^服务码，${name}`) }).waitFor();
      const svg = decodeURIComponent((await image(page).getAttribute('src')).split(',').slice(1).join(','));
      const side = Number(/viewBox="0 0 (\d+)/.exec(svg)[1]), quiet = Math.min(...[...svg.matchAll(/M(\d+) /g)].map(([, x]) => Number(x)));
      const { width: shown } = await image(page).boundingBox();
      const px = shown / side;
      assert.ok(px >= LEAST_PX, `${name}, ${width}: ${px.toFixed(2)} px a module`);
      assert.ok(px * (side - 2 * quiet) >= LEAST_CM * PX_PER_CM, `${name}, ${width}`);
    }
    assert.equal(await codesInPage(page), 1);
    await page.finish();
  }
});
