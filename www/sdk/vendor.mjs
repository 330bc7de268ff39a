// Lays the SDK out in one folder that a browser and Node.js can both import as it is:
//   node www/sdk/vendor.mjs build/www/sdk
// The npm modules that zwm-sdk.js imports from ./vendor/ are copied from www/node_modules, and those that they import in turn.
// A bare specifier is rewritten to a relative path, because a browser knows no packages; otherwise the text stays as it is.
// The versions and their hashes are pinned in www/package-lock.json, which `npm ci` checks.
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const modules = join(here, '../node_modules');
// At the start of a line only: comments show imports too.
const IMPORT = /^((?:import|export)\b[^'"`;()]*?\bfrom\s*)(['"])([^'"]+)\2/gm;

// A .mjs file has a media type that is no JavaScript in the lists of many web servers.
const placed = (path) => path.replace(/\.mjs$/, '.js');

// The file of `@noble/curves/abstract/utils`, as a path below node_modules. The browser's choice where a package offers several.
function resolve(specifier) {
  const [, name, rest] = specifier.match(/^((?:@[^/]+\/)?[^/]+)\/?(.*)$/);
  const about = JSON.parse(readFileSync(join(modules, name, 'package.json'), 'utf8'));
  const entry = about.exports?.[rest === '' ? '.' : `./${rest}`];
  const file = about.exports ? (entry?.browser ?? entry?.import ?? entry?.default ?? entry) : (about.module ?? about.main);
  if (typeof file !== 'string') throw new Error(`${specifier}: the package does not say which file this is`);
  return posix.join(name, file);
}

// The modules that `text`, a file at `path` below node_modules, imports; each specifier is replaced by what `rename` gives.
function rewrite(text, path, rename) {
  return text.replace(IMPORT, (all, head, quote, specifier) => {
    const target = specifier.startsWith('.') ? posix.join(posix.dirname(path), specifier) : resolve(specifier);
    return `${head}${quote}${rename(target)}${quote}`;
  });
}

// Copies the module and everything below it, each once.
function place(path, out, done) {
  if (done.has(path)) return;
  done.add(path);
  const text = rewrite(readFileSync(join(modules, path), 'utf8'), path, (target) => {
    place(target, out, done);
    const relative = posix.relative(posix.dirname(path), placed(target));
    return relative.startsWith('.') ? relative : `./${relative}`;
  });
  const to = join(out, placed(path));
  mkdirSync(dirname(to), { recursive: true });
  writeFileSync(to, text.replace(/^\/\/# sourceMappingURL=.*$/m, ''));
}

function placeLicences(out, done) {
  for (const name of new Set([...done].map((path) => path.match(/^(?:@[^/]+\/)?[^/]+/)[0]))) {
    const licence = ['LICENSE', 'LICENCE', 'LICENSE.md', 'LICENCE_MIT'].find((f) => existsSync(join(modules, name, f)));
    if (!licence) throw new Error(`${name}: no licence file`);
    copyFileSync(join(modules, name, licence), join(out, name, 'LICENSE'));
  }
}

const out = process.argv[2];
if (!out) {
  console.error('usage: node www/sdk/vendor.mjs FOLDER');
  process.exit(2);
}
const sdk = readFileSync(join(here, 'zwm-sdk.js'), 'utf8');
const done = new Set();
rmSync(join(out, 'vendor'), { recursive: true, force: true });
for (const [, , , specifier] of sdk.matchAll(IMPORT)) {
  const path = specifier.replace(/^\.\/vendor\//, '');
  const module = path.replace(/\.js$/, '.mjs'); // beside an .mjs file the .js file is the CommonJS twin
  place(existsSync(join(modules, module)) ? module : path, join(out, 'vendor'), done);
}
placeLicences(join(out, 'vendor'), done);
for (const file of ['zwm-sdk.js', 'package.json']) copyFileSync(join(here, file), join(out, file));
