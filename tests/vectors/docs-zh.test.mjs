// The documents in Chinese (docs/zh/) say what the English ones of the same name say, as far as a machine can tell: the same
// headings, and below each as many paragraphs, points and rows, the same code, the same names and error codes, links to the same
// places. If one of these fails, an English page was changed and its twin was not: change docs/zh/NAME.md in the same way.
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { posix } from 'node:path';
import { test } from 'node:test';
import { ROOT, zwm } from './make-docs.mjs';

const read = (name) => readFileSync(ROOT + name, 'utf8');
const twins = readdirSync(`${ROOT}docs/zh`).filter((f) => f.endsWith('.md') && f !== 'README.md');
const isChinese = (text) => /\p{Script=Han}/u.test(text);

// [{level, heading, code, text}]: the parts of a page. `text` is without its code blocks and what is made from tables.
function sections(name) {
  const parts = [{ level: 0, heading: '', code: [], text: '' }];
  const page = read(name).replace(/(<!-- made: [^>]* -->)[\s\S]*?(<!-- end -->)/g, '$1\n\n$2');
  for (const [piece, fence] of page.matchAll(/^ *(```|~~~)[\s\S]*?^ *\1.*\n?|^.*\n?/gm)) {
    const heading = fence ? null : piece.match(/^(#+) (.*)/);
    if (heading) parts.push({ level: heading[1].length, heading: heading[2], code: [], text: '' });
    else if (fence) parts.at(-1).code.push(piece.trim());
    else parts.at(-1).text += piece;
    if (fence) parts.at(-1).text += '\n';
  }
  return parts;
}

// --- what is compared ---

const blocks = (text) => text.split(/\n\s*\n/).map((b) => b.trim()).filter((b) => b !== '');
const count = (text, pattern) => (text.match(pattern) ?? []).length;
const shape = ({ text }) => ({
  paragraphs: blocks(text).filter((b) => !/^([-|]|\d+\. |<!--)/.test(b)).length,
  points: count(text, /^ *(-|\d+\.) /gm),
  'boxes to tick': count(text, /^- \[ \] /gm),
  rows: count(text, /^\|/gm),
  'bold words': count(text, /\*\*[^*]+\*\*/g),
});
const made = ({ text }) => text.match(/<!-- .*? -->/g) ?? [];
const sorted = (list) => [...new Set(list)].sort();
const names = ({ text }) => sorted([...text.matchAll(/`([^`\n]+)`/g)].map((m) => m[1]));
const codes = ({ text }) => sorted(text.replace(/\]\([^)]*\)|`[^`\n]*`/g, '').match(/(?<![\d.,])[1-9]\d{3}(?!\d|,\d)/g) ?? []);

// GitHub's anchors: lower case, punctuation gone, blanks to hyphens.
const anchor = (heading) => heading.trim().toLowerCase().replace(/[^\p{L}\p{N}\p{M}_ -]/gu, '').replaceAll(' ', '-');

// Where the links of a part lead: the English page and the number of the heading there, the same for both languages.
const places = (page, { text }) => [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target]) => {
  if (/^[a-z]+:/.test(target)) return target;
  const [path, fragment] = target.split('#');
  const file = path === '' ? page : posix.normalize(`${posix.dirname(page)}/${path}`);
  const which = fragment === undefined ? '' : `#${sections(file).findIndex((s) => anchor(s.heading) === fragment)}`;
  return file.replace('docs/zh/', 'docs/') + which;
}).sort();

// --- the twins ---

test('there are twins', () => assert.deepEqual(twins.sort(), ['federation.md', 'operations.md', 'security.md']));

for (const name of twins) {
  const [en, zh] = [`docs/${name}`, `docs/zh/${name}`];
  const [english, chinese] = [sections(en), sections(zh)];
  const each = (what, of) => test(`${zh}: ${what} as in ${en}`, () => {
    for (const [i, part] of english.entries())
      assert.deepEqual(chinese[i] && of(chinese[i], zh), of(part, en), `below "${part.heading}" / "${chinese[i]?.heading}"`);
  });

  test(`${zh}: headings as in ${en}`, () => {
    const levels = (parts) => parts.map((s) => s.level);
    assert.deepEqual(levels(chinese), levels(english), `${english.map((s) => s.heading).join(' | ')}\n${chinese.map((s) => s.heading).join(' | ')}`);
    assert.ok(chinese.slice(1).every((s) => isChinese(s.heading)));
  });
  each('code blocks', (part) => part.code);
  each('paragraphs, points, rows', shape);
  each('what is made from tables', made);
  each('names', names);
  each('error codes', codes);
  test(`${zh}: links as in ${en}`, () => {
    for (const [i, part] of english.entries()) {
      const apart = (list) => list.filter((p) => p !== en);
      assert.deepEqual(apart(places(zh, chinese[i])), apart(places(en, part)), `below "${part.heading}"`);
    }
  });
}

// --- the tables ---

const cells = (table) => table.trim().split('\n').slice(2).map((row) => row.split(' | '));

test('every setting has its meaning in Chinese, in the order of core/base/conf.def', () => {
  const [en, zh] = [zwm('docs', 'settings'), zwm('docs', 'settings', '--lang', 'zh')].map(cells);
  assert.ok(zh.length > 40);
  assert.deepEqual(zh.filter((row) => !isChinese(row.at(-1))).map((row) => row[0]), [], 'no row in core/base/conf_zh.def');
  assert.deepEqual(zh.map((row) => row[0]), en.map((row) => row[0]));
  const order = (name, macro) => [...read(name).matchAll(new RegExp(`^${macro}\\((\\w+)`, 'gm'))].map((m) => m[1]);
  assert.deepEqual(order('core/base/conf_zh.def', 'SETTING_ZH'), order('core/base/conf.def', 'SETTING_(?:STR|INT|WORD)'));
});

test('the tables in Chinese have the defaults, bounds and codes of the English ones', () => {
  const facts = (rows) => rows.map((row) => row.slice(0, -1).map((c) => c.replace(' 至 ', ' to ')));
  for (const table of ['settings', 'errors'])
    assert.deepEqual(facts(cells(zwm('docs', table, '--lang', 'zh'))), facts(cells(zwm('docs', table))));
});
