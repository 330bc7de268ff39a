// Symbols are what the program `zint` draws, module for module: Han Xin (GB/T 21049), Grid Matrix (GB/T 27766), QR (GB/T 18284).
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const ZWM = path.join(process.env.ZWM_BIN_DIR ?? path.join(ROOT, 'bin'), 'zwm');
const { valid } = JSON.parse(readFileSync(new URL('code.json', import.meta.url)));

// Level M, level 2, and what the standard recommends.
const KINDS = { qr: ['QRCODE', '--secure=2'], hanxin: ['HANXIN', '--secure=2'], gridmatrix: ['GRIDMATRIX'] };
const TEXTS = [...valid.slice(0, 4).map(({ text }) => text), 'ZWR1.AAECAwQFBgcICQoLDA0ODw', 'A', '0123456789', 'https://example.invalid/s?c=1&d=2',
  '政务服务码', '政务 service 2026', 'x'.repeat(500)];

// Rows of 0 and 1, without the quiet zone.
function drawn(text, kind) {
  const svg = execFileSync(ZWM, ['code', 'draw', text, '--symbol', kind, '--svg'], { cwd: ROOT }).toString();
  const dark = [...svg.matchAll(/M(\d+) (\d+)h(\d+)v1h-\d+z/g)].map(([, x, y, w]) => [Number(x), Number(y), Number(w)]);
  const quiet = Math.min(...dark.map(([x]) => x)), side = Number(/viewBox="0 0 (\d+)/.exec(svg)[1]) - 2 * quiet;
  const rows = Array.from({ length: side }, () => new Array(side).fill(0));
  for (const [x, y, w] of dark) rows[y - quiet].fill(1, x - quiet, x - quiet + w);
  return rows.map((row) => row.join(''));
}

function byZint(text, [name, ...how]) {
  const dump = execFileSync('zint', ['-b', name, ...how, '--dump', '-d', text], { stdio: ['ignore', 'pipe', 'ignore'] }).toString().trim().split('\n').map((line) => line.replaceAll(' ', ''));
  return dump.map((line) => [...line].map((c) => Number.parseInt(c, 16).toString(2).padStart(4, '0')).join('').slice(0, dump.length));
}

for (const [kind, how] of Object.entries(KINDS)) {
  test(`${kind} is drawn as zint draws it`, () => {
    for (const text of TEXTS) assert.deepEqual(drawn(text, kind), byZint(text, how), `${kind}: ${text.slice(0, 40)}`);
  });
}
