// The documents against the programs: what is made from the tables in the code is as it would be made now, links lead
// somewhere, the two languages of the README have the same commands and the commands are there.
import assert from 'node:assert/strict';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { dirname, normalize } from 'node:path';
import { test } from 'node:test';
import { ROOT, made, zwm } from './make-docs.mjs';

const read = (name) => readFileSync(ROOT + name, 'utf8');
const pages = ['README.md', 'README.zh-CN.md', ...readdirSync(`${ROOT}docs`, { recursive: true })
  .filter((f) => f.endsWith('.md')).map((f) => `docs/${f}`)];
const remake = 'node tests/vectors/make-docs.mjs writes it';

for (const [name, text] of Object.entries(made()))
  test(`${name} is what the tables in the code say`, () => assert.equal(read(name), text, remake));

test('docs/interface.md has the error table of `zwm docs errors`', () =>
  assert.ok(read('docs/interface.md').includes(zwm('docs', 'errors')), remake));

test('docs/operations.md has the settings table of `zwm docs settings`', () =>
  assert.ok(read('docs/operations.md').includes(zwm('docs', 'settings')), remake));

test('docs/interface.md has the fields of every interface', () => {
  const page = read('docs/interface.md');
  const document = JSON.parse(read('docs/openapi.json'));
  for (const [path, { post }] of [...Object.entries(document.paths), ...Object.entries(document.webhooks)]) {
    assert.ok(page.includes(path), `the page does not name ${path}`);
    if (!post) continue;
    const schema = post.requestBody.content['application/json'].schema.$ref.split('/').pop();
    assert.ok(page.includes(`<!-- made: fields ${schema} -->`), `the page has no table of ${schema}`);
  }
});

// --- links ---

// GitHub's anchors: lower case, punctuation gone, blanks to hyphens.
const anchor = (heading) => heading.trim().toLowerCase().replace(/[^\p{L}\p{N}\p{M}_ -]/gu, '').replaceAll(' ', '-');
const prose = (text) => text.replace(/^(```|~~~)[\s\S]*?^\1/gm, '').replace(/`[^`\n]*`/g, '');
const anchors = (name) => [...read(name).replace(/^(```|~~~)[\s\S]*?^\1/gm, '').matchAll(/^#+ (.*)$/gm)].map((m) => anchor(m[1]));

for (const page of pages)
  test(`links of ${page}`, () => {
    for (const [, target] of prose(read(page)).matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^[a-z]+:/.test(target)) continue;
      const [path, fragment] = target.split('#');
      const file = path === '' ? page : normalize(`${dirname(page)}/${path}`);
      assert.ok(existsSync(ROOT + file), `${target}: no such file`);
      if (fragment) assert.ok(anchors(file).includes(fragment), `${target}: no such heading in ${file}`);
    }
  });

// --- commands ---

// Lines of the ```sh blocks.
const commands = (name) => [...read(name).matchAll(/^```sh\n([\s\S]*?)^```/gm)].flatMap((m) => m[1].trimEnd().split('\n'));

test('README.md and README.zh-CN.md have the same commands', () => {
  const english = commands('README.md');
  assert.ok(english.length > 5);
  assert.deepEqual(commands('README.zh-CN.md'), english);
});

test('README.md and README.zh-CN.md link to the same pages, or to their twins', () => {
  const links = (name) => [...prose(read(name)).matchAll(/\]\(([^)\s]+)\)/g)].map((m) => m[1])
    .filter((t) => !/README/.test(t)).map((t) => t.replace('docs/zh/', 'docs/'));
  assert.deepEqual(links('README.zh-CN.md'), links('README.md'));
});

test('every `make` target and `zwm` command named in the documents is there', () => {
  const targets = new Set([...read('Makefile').matchAll(/^([a-z-]+):/gm)].map((m) => m[1]));
  const known = new Set([...zwm('--help').matchAll(/^ {2}([a-z]+) /gm)].map((m) => m[1]));
  for (const page of pages) {
    const text = [...read(page).matchAll(/`([^`\n]+)`/g)].map((m) => m[1]).concat(commands(page)).join('\n');
    for (const [, target] of text.matchAll(/(?:^|[;&|(] *)(?:[A-Z_]+=\S+ +)*make ([a-z][a-z-]*)/gm))
      assert.ok(targets.has(target), `${page}: make ${target}`);
    for (const [, command] of text.matchAll(/(?:^|bin\/|(?<!-u)[\s;&|(])zwm ([a-z]+)/gm))
      assert.ok(known.has(command), `${page}: zwm ${command}`);
  }
});
