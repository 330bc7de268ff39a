// Reads symbols in pictures, by a library that is none of ours.
import { readFileSync } from 'node:fs';
import { prepareZXingModule, readBarcodes } from '../../../www/node_modules/zxing-wasm/dist/es/reader/index.js';

/** Texts of the QR codes in a picture (PNG bytes). */
export async function readPicture(png) {
  const wasmBinary = readFileSync(new URL('../../../www/node_modules/zxing-wasm/dist/reader/zxing_reader.wasm', import.meta.url));
  await prepareZXingModule({ overrides: { wasmBinary }, fireImmediately: true });
  return (await readBarcodes(new Uint8Array(png), { formats: ['QRCode'] })).map(({ text }) => text);
}
