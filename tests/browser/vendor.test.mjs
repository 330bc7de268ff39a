// www/vendor.mjs: what it refuses, and that it gives the files of npm unchanged but for addresses.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';

const WWW = path.join(path.dirname(fileURLToPath(import.meta.url)), '../../www');
const made = mkdtempSync(path.join(tmpdir(), 'zwm-www.'));
after(() => rmSync(made, { recursive: true }));

// A copy of www/ in which the test may spoil something.
let n = 0;
function copy() {
  n += 1;
  const www = path.join(made, `www${n}`);
  cpSync(WWW, www, { recursive: true, filter: (name) => path.basename(name) !== 'node_modules' });
  symlinkSync(path.join(WWW, 'node_modules'), path.join(www, 'node_modules'));
  const out = path.join(made, `out${n}`);
  const run = (...args) => spawnSync(process.execPath, [path.join(www, 'vendor.mjs'), ...args, out], { encoding: 'utf8' });
  return { www, out, run };
}
const edit = (file, change) => writeFileSync(file, change(readFileSync(file, 'utf8')));

test('bare specifiers become addresses, nothing else changes, no source map is named', () => {
  const { out, run } = copy();
  assert.equal(run().status, 0);
  const read = (name) => readFileSync(path.join(out, 'vendor', name), 'utf8');
  assert.equal(read('lit-3.3.3/index.js'), 'import"/vendor/lit-reactive-element-2.1.2/reactive-element.js";import"/vendor/lit-html-3.3.3/lit-html.js";' +
    'export*from"/vendor/lit-element-4.2.2/lit-element.js";export*from"/vendor/lit-html-3.3.3/is-server.js";\n');
  const original = readFileSync(path.join(WWW, 'node_modules/lit-html/lit-html.js'), 'utf8');
  assert.equal(read('lit-html-3.3.3/lit-html.js'), original.replace(/\/\/# sourceMappingURL=.*\n/, ''));
  assert.ok(existsSync(path.join(out, 'vendor/zxing-wasm-3.1.4/dist/reader/zxing_reader.wasm')));
  assert.ok(!existsSync(path.join(out, 'vendor/lit-3.3.3/development')));
});

test('a second run writes nothing and takes away what has gone', () => {
  const { www, out, run } = copy();
  writeFileSync(path.join(www, 'gone.html'), 'x'.repeat(600));
  assert.equal(run().status, 0);
  assert.ok(existsSync(path.join(out, 'gone.html.gz')));
  rmSync(path.join(www, 'gone.html'));
  assert.equal(run().status, 0);
  assert.ok(!existsSync(path.join(out, 'gone.html')) && !existsSync(path.join(out, 'gone.html.gz')));
});

const REFUSED = {
  'a file with another sum': [({ www }) => edit(path.join(www, 'vendor.json'), (t) => t.replace(/(lit-html.js": "sha384-)./, '$1#')), /lit-html\.js: has sha384-/],
  'a file that is not pinned': [({ www }) => edit(path.join(www, 'vendor.json'), (t) => t.replace(/.*lit-html.js": .*\n/, '')), /pins nothing/],
  'a pin for nothing': [({ www }) => edit(path.join(www, 'vendor.json'), (t) => t.replace('"integrity": {', '"integrity": {"x-1/y.js": "sha384-",')), /has no file/],
  'another version': [({ www }) => edit(path.join(www, 'shared/lit.js'), (t) => t.replaceAll('lit-3.3.3', 'lit-3.3.2')), /lit-3\.3\.2\/ is none of/],
  'a package that is not ours': [({ www }) => edit(path.join(www, 'shared/lit.js'), (t) => `${t}import '/vendor/left-pad-1.0.0/index.js';`), /left-pad/],
  'a file that is not there': [({ www }) => edit(path.join(www, 'shared/lit.js'), (t) => `${t}import '/vendor/lit-3.3.3/no.js';`), /no such file/],
  'an icon that is not there': [({ www }) => edit(path.join(www, 'vendor.json'), (t) => t.replace('"bell"', '"no-such-bell"')), /no icon no-such-bell/],
};
for (const [what, [spoil, said]] of Object.entries(REFUSED)) {
  test(`refused: ${what}`, () => {
    const it = copy();
    spoil(it);
    const { status, stderr } = it.run();
    assert.equal(status, 1);
    assert.match(stderr, said);
    assert.ok(!existsSync(it.out), 'nothing is written');
  });
}

test('refused: a directory that holds something else', () => {
  const { www } = copy();
  const home = mkdtempSync(path.join(made, 'home.'));
  writeFileSync(path.join(home, 'letter.txt'), 'dear');
  const { status, stderr } = spawnSync(process.execPath, [path.join(www, 'vendor.mjs'), home], { encoding: 'utf8' });
  assert.equal(status, 1);
  assert.match(stderr, /holds something else/);
  assert.ok(existsSync(path.join(home, 'letter.txt')));
});
