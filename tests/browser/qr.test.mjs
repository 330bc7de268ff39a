// shared/qr-reader.js in a page with the scan page's policy, on symbols that another part of the same library's authors wrote.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { prepareZXingModule, writeBarcode } from '../../www/node_modules/zxing-wasm/dist/es/writer/index.js';
import { launch, open, policy } from './lib/browser.mjs';

let browser;
before(async () => {
  browser = await launch();
  const wasmBinary = readFileSync(new URL('../../www/node_modules/zxing-wasm/dist/writer/zxing_writer.wasm', import.meta.url));
  await prepareZXingModule({ overrides: { wasmBinary }, fireImmediately: true });
});
after(() => browser?.close());

// Modules of the symbol at `scale` pixels, with a quiet zone of four.
async function pixels(text, scale = 4) {
  const { symbol, error } = await writeBarcode(text, { format: 'QRCode', ecLevel: 'M' });
  assert.ok(symbol, error);
  const side = (symbol.width + 8) * scale;
  const data = new Array(side * side * 4).fill(255);
  for (let y = 0; y < symbol.height * scale; y += 1) {
    for (let x = 0; x < symbol.width * scale; x += 1) {
      if (symbol.data[Math.floor(y / scale) * symbol.width + Math.floor(x / scale)] !== 0) continue;
      const at = ((y + 4 * scale) * side + x + 4 * scale) * 4;
      data[at] = 0;
      data[at + 1] = 0;
      data[at + 2] = 0;
    }
  }
  return { side, data };
}

const read = (page, image) => page.evaluate(async ({ side, data }) => {
  const { qrReader } = await import('/shared/qr-reader.js');
  return (await qrReader())(new ImageData(new Uint8ClampedArray(data), side, side));
}, image);

test('a code of 240 characters, a request, and a picture without a code', async () => {
  const page = await open(browser);
  const csp = (await policy(page)).replace("script-src 'self'", "script-src 'self' 'wasm-unsafe-eval'");
  await page.route((url) => url.pathname === '/', (route) => route.fulfill({ contentType: 'text/html',
    headers: { 'Content-Security-Policy': csp }, body: '<!doctype html><html lang="zh-CN"><title>扫一扫</title>' }));
  await page.goto('/');
  for (const text of ['ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.repeat(8).slice(0, 240), 'ZWR1.AAECAwQFBgcICQoLDA0ODw']) {
    assert.deepEqual(await read(page, await pixels(text)), [text]);
  }
  assert.deepEqual(await read(page, { side: 64, data: new Array(64 * 64 * 4).fill(255) }), []);
  await page.finish();
});
