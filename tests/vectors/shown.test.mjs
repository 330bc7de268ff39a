// What may be shown to people, against the Unicode data of the JavaScript engine.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { ROOT } from './make-docs.mjs';

const HIDDEN = /^[\p{Cc}\p{Cf}\p{Co}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\p{Noncharacter_Code_Point}\p{Bidi_Control}]$/u;
// Prepended_Concatenation_Mark, which no engine has as a property: drawn in front of a number, though of category Cf.
const DRAWN = new Set([0x600, 0x601, 0x602, 0x603, 0x604, 0x605, 0x6dd, 0x70f, 0x890, 0x891, 0x8e2, 0x110bd, 0x110cd]);
const ASSIGNED = /^\p{Assigned}$/u;

test('every code point of Unicode is shown or not as the standard has it', () => {
  const out = execFileSync(`${ROOT}build/tests/shown`, { encoding: 'utf8' });
  const ranges = out.trim().split('\n').map((line) => line.split(' ').map((x) => parseInt(x, 16)));
  const ours = new Set(ranges.flatMap(([a, b]) => Array.from({ length: b - a + 1 }, (_, i) => a + i)));
  let n = 0;
  for (let cp = 0; cp <= 0x10ffff; cp++) {
    if (cp >= 0xd800 && cp <= 0xdfff) continue; // no UTF-8 has them
    const c = String.fromCodePoint(cp);
    const hidden = HIDDEN.test(c) && !DRAWN.has(cp);
    if (ours.has(cp) === hidden) continue;
    // A code point that this engine does not know yet may be known there.
    assert.ok(!hidden && !ASSIGNED.test(c), `U+${cp.toString(16)}: ours ${ours.has(cp)}, Unicode ${hidden}`);
    n += 1;
  }
  assert.ok(n < 1000);
});

// What the command repeats of what it was given, or was sent, cannot move the cursor or turn the text round.
const said = (args, input) => {
  const { stdout, stderr, status } = spawnSync(`${ROOT}bin/zwm`, args, { encoding: 'latin1', input });
  return { stdout, stderr, status };
};
const latin1 = (text) => Buffer.from(text, 'utf8').toString('latin1');

test('the command escapes what may not be shown', () => {
  const cases = [['\u202e', '\\u202e'], ['\u001b[2J', '\\u001b[2J'], ['\u009b', '\\u009b'], ['\u200b', '\\u200b'], ['\r', '\\u000d'],
    ['\ue000', '\\ue000'], ['\u{e0001}', '\\udb40\\udc01'], ['中文\u0300é', latin1('中文\u0300é')],
    ['葛\u{e0100}', latin1('葛\u{e0100}')], ['a\u{e0100}', 'a\\udb40\\udd00'], ['a\tb\nc', 'a\tb\nc']];
  for (const [given, shown] of cases) assert.ok(said([`x${given}y`]).stderr.includes(`x${shown}y`), JSON.stringify(given));
  // What is no UTF-8 at all comes out as one replacement a byte; a character may be cut by a buffer's end, but is not lost.
  const long = '字'.repeat(5000);
  assert.ok(said([long]).stderr.includes(latin1(long)));
});

test('the escape is right inside JSON', () => {
  const { stderr } = said(['--json', 'key', 'new', '/nowhere/\u202e\u{f0000}x']);
  assert.match(JSON.parse(Buffer.from(stderr, 'latin1').toString('utf8')).error, /\/nowhere\/\u202e\u{f0000}x/u);
});

// The drawing is two rows of modules a line, in black on white by colours of its own; the SVG of the same text has them as runs.
test('a code that the command draws is a drawing, not escapes', () => {
  const text = 'https://example.com/政务服务码';
  const dark = new Set();
  const svg = spawnSync(`${ROOT}bin/zwm`, ['code', 'draw', text, '--svg'], { encoding: 'utf8' }).stdout;
  for (const [, x, y, n] of svg.matchAll(/M(\d+) (\d+)h(\d+)v1/g)) for (let i = 0; i < n; i++) dark.add(`${+x + i} ${y}`);
  assert.ok(dark.size > 200, 'no modules in the SVG');
  const drawn = spawnSync(`${ROOT}bin/zwm`, ['code', 'draw', text], { encoding: 'utf8' });
  assert.equal(drawn.status, 0);
  const lines = drawn.stdout.split('\n').slice(0, -1).map((line) => /^\u001b\[38;5;16;48;5;231m([ ▀▄█]+)\u001b\[0m$/.exec(line)?.[1]);
  const seen = new Set();
  lines.forEach((line, row) => [...line].forEach((c, x) => {
    if ('▀█'.includes(c)) seen.add(`${x} ${2 * row}`);
    if ('▄█'.includes(c)) seen.add(`${x} ${2 * row + 1}`);
  }));
  assert.deepEqual([...seen].sort(), [...dark].sort());
});

test('a full disk is still told', () => {
  const { status } = spawnSync('/bin/sh', ['-c', `'${ROOT}bin/zwm' docs openapi >/dev/full`], { encoding: 'utf8' });
  assert.equal(status, 1);
});
