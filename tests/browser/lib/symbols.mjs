// Reads and writes symbols for the tests, by a library that is none of ours.
import { readFileSync } from 'node:fs';
import * as reader from '../../../www/node_modules/zxing-wasm/dist/es/reader/index.js';
import * as writer from '../../../www/node_modules/zxing-wasm/dist/es/writer/index.js';

const wasm = (name) => readFileSync(new URL(`../../../www/node_modules/zxing-wasm/dist/${name}/zxing_${name}.wasm`, import.meta.url));

/** Texts of the QR codes in a picture (PNG bytes). */
export async function readPicture(png) {
  await reader.prepareZXingModule({ overrides: { wasmBinary: wasm('reader') }, fireImmediately: true });
  return (await reader.readBarcodes(new Uint8Array(png), { formats: ['QRCode'] })).map(({ text }) => text);
}

/** A short film of a QR code in the middle of white, as Chromium's false camera plays it (YUV4MPEG2). */
export async function film(text, { width = 640, height = 480, scale = 6 } = {}) {
  await writer.prepareZXingModule({ overrides: { wasmBinary: wasm('writer') }, fireImmediately: true });
  const { symbol, error } = await writer.writeBarcode(text, { format: 'QRCode', ecLevel: 'M' });
  if (!symbol) throw new Error(error);
  const light = Buffer.alloc(width * height, 235);
  const [left, top] = [(width - symbol.width * scale) >> 1, (height - symbol.height * scale) >> 1];
  for (let y = 0; y < symbol.height * scale; y += 1) {
    for (let x = 0; x < symbol.width * scale; x += 1) {
      if (symbol.data[Math.floor(y / scale) * symbol.width + Math.floor(x / scale)] === 0) light[(y + top) * width + x + left] = 16;
    }
  }
  const frame = Buffer.concat([Buffer.from('FRAME\n'), light, Buffer.alloc(width * height / 2, 128)]);
  return Buffer.concat([Buffer.from(`YUV4MPEG2 W${width} H${height} F10:1 Ip A1:1 C420\n`), ...Array(5).fill(frame)]);
}
