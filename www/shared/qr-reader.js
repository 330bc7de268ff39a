// Reads QR codes from pictures: the browser's own reader if it has one, else zxing-wasm, which is fetched at the first use
// (about 410 KB). For the scan page alone: its policy needs script-src 'self' 'wasm-unsafe-eval'.
const ZXING = '/vendor/zxing-wasm-3.1.4/dist/es/reader/index.js';
const WASM = '/vendor/zxing-wasm-3.1.4/dist/reader/zxing_reader.wasm';

async function native() {
  if (!('BarcodeDetector' in globalThis)) return undefined;
  const formats = await globalThis.BarcodeDetector.getSupportedFormats().catch(() => []);
  if (!formats.includes('qr_code')) return undefined;
  const detector = new globalThis.BarcodeDetector({ formats: ['qr_code'] });
  return async (image) => (await detector.detect(image)).map((found) => found.rawValue);
}

async function zxing() {
  const { prepareZXingModule, readBarcodes } = await import(ZXING);
  await prepareZXingModule({ overrides: { locateFile: () => WASM }, fireImmediately: true });
  return async (image) => (await readBarcodes(image, { formats: ['QRCode'], maxNumberOfSymbols: 4 })).map((found) => found.text);
}

let reader;

/**
 * Gets the reader ready; call it while the camera starts.
 * @returns {Promise<(image: ImageData) => Promise<string[]>>} a function that gives the texts of the codes in a picture
 */
export function qrReader() {
  reader ??= native().then((own) => own ?? zxing());
  reader.catch(() => { reader = undefined; }); // a lost network: the next call tries again
  return reader;
}
