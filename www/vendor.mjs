#!/usr/bin/env node
// Makes build/www, the directory that nginx serves: the pages as they stand in www/, and of npm the files they import.
//
//   www/vendor.mjs [--pin] [DIRECTORY]      default: build/www; `make www` calls it
//
// A page names a file of a package by its address, /vendor/PACKAGE-VERSION/PATH. What such a file imports is followed, bare
// specifiers become addresses, and sourceMappingURL goes. Each file must have the SHA-384 that www/vendor.json pins for it;
// --pin writes these sums again, after a change of a version. A version in the address lets browsers keep a file for good.
// sdk/vendor.mjs lays out the folder sdk/, which Node.js imports too; it is taken over as it comes.
// Also made: shared/icons.svg (symbols of the icons that vendor.json lists), pages.json (the sections there are, for the
// start page), and a .gz beside each text, which nginx sends as it is.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

const WWW = path.dirname(fileURLToPath(import.meta.url));
const MODULES = path.join(WWW, 'node_modules');
const PINS = path.join(WWW, 'vendor.json');
const NOT_SERVED = new Set(['node_modules', 'package.json', 'package-lock.json', 'vendor.mjs', 'vendor.json', 'sdk/vendor.mjs']);
const IS_TEXT = /\.(html|css|js|mjs|json|svg|wasm|webmanifest|txt|yaml)$/; // and what else gzip makes smaller
const CONDITIONS = new Set(['browser', 'import', 'default']);

function fail(message) {
  console.error(`www/vendor: ${message}`);
  process.exit(1);
}

const readJson = (file) => JSON.parse(readFileSync(file, 'utf8'));
const pinning = process.argv.includes('--pin');
const target = path.resolve(process.argv.slice(2).find((word) => !word.startsWith('--')) ?? path.join(WWW, '../build/www'));
const settings = readJson(PINS);
const served = new Map(); // path below build/www -> bytes

// --- the pages' own files, unchanged ---

function addOwn(dir = '') {
  for (const entry of readdirSync(path.join(WWW, dir), { withFileTypes: true })) {
    const name = path.posix.join(dir, entry.name);
    if (NOT_SERVED.has(name) || entry.name === 'node_modules' || entry.name.startsWith('.') || entry.name.endsWith('.md')) continue;
    if (entry.isDirectory()) addOwn(name);
    else if (entry.isFile()) served.set(name, readFileSync(path.join(WWW, name)));
  }
}

// --- the SDK, as its own script lays it out ---

function addFolder(from, name) {
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    const inner = path.join(from, entry.name);
    if (entry.isDirectory()) addFolder(inner, `${name}/${entry.name}`);
    else served.set(`${name}/${entry.name}`, readFileSync(inner));
  }
}

function addSdk() {
  const folder = mkdtempSync(path.join(tmpdir(), 'zwm-sdk.'));
  try {
    execFileSync(process.execPath, [path.join(WWW, 'sdk/vendor.mjs'), folder], { stdio: ['ignore', 'inherit', 'inherit'] });
    addFolder(folder, 'sdk');
  } finally {
    rmSync(folder, { recursive: true });
  }
}

// --- files of packages ---

const packages = new Map(); // name -> {name, dir, folder: its folder's name under /vendor/, exports}
function packageOf(name) {
  if (!packages.has(name)) {
    const dir = path.join(MODULES, name);
    if (!existsSync(dir)) fail(`the package ${name} is not installed (npm ci in www/)`);
    const { version, exports } = readJson(path.join(dir, 'package.json'));
    packages.set(name, { name, dir, exports, folder: `${name.replace(/^@/, '').replaceAll('/', '-')}-${version}` });
  }
  return packages.get(name);
}

// The path that `exports` of a package.json gives for browsers; a production build, so no other condition counts.
function chosenExport(value) {
  if (typeof value === 'string') return value;
  for (const [condition, inner] of Object.entries(value ?? {})) {
    if (!CONDITIONS.has(condition)) continue;
    const found = chosenExport(inner);
    if (found) return found;
  }
  return undefined;
}

// A bare specifier -> [package, path inside it].
function resolveBare(specifier, from) {
  const [, name, rest] = /^(@[^/]+\/[^/]+|[^/]+)(\/.*)?$/.exec(specifier);
  const pack = packageOf(name);
  const inside = chosenExport(pack.exports?.[`.${rest ?? ''}`]);
  if (!inside) fail(`${from}: ${specifier} names nothing that its package exports`);
  return [pack, path.posix.normalize(inside)];
}

const IMPORT = /\b(from|import)(\s*\(\s*|\s*)(["'])([^"'\n]+)\3/g;

function addVendored(pack, inside) {
  const name = `vendor/${pack.folder}/${inside}`;
  if (served.has(name)) return;
  const file = path.join(pack.dir, inside);
  if (!existsSync(file)) fail(`${name}: the package ${pack.name} has no such file`);
  let bytes = readFileSync(file);
  served.set(name, bytes); // before what it imports: imports may go round in a circle
  if (/\.m?js$/.test(inside)) {
    const text = bytes.toString('utf8').replace(/^\/\/# sourceMappingURL=.*$\n?/gm, '');
    bytes = Buffer.from(text.replace(IMPORT, (whole, word, space, quote, specifier) => {
      if (/^[a-z]+:|^\//.test(specifier)) return whole;
      if (specifier.startsWith('.')) {
        addVendored(pack, path.posix.join(path.posix.dirname(inside), specifier));
        return whole;
      }
      const [other, where] = resolveBare(specifier, name);
      addVendored(other, where);
      return `${word}${space}${quote}/vendor/${other.folder}/${where}${quote}`;
    }));
    served.set(name, bytes);
  }
  const licence = ['LICENSE', 'LICENSE.md', 'LICENSE.txt'].find((l) => existsSync(path.join(pack.dir, l)));
  if (licence) served.set(`vendor/${pack.folder}/LICENSE.txt`, readFileSync(path.join(pack.dir, licence)));
}

// What the pages' own files name below /vendor/.
function addWhatPagesName() {
  const folders = new Map(Object.keys(readJson(path.join(WWW, 'package.json')).dependencies)
    .map((name) => [packageOf(name).folder, packageOf(name)]));
  for (const [file, bytes] of [...served]) {
    if (!/\.(html|css|m?js)$/.test(file)) continue;
    for (const [, folder, inside] of bytes.toString('utf8').matchAll(/["'(]\/vendor\/([^/"']+)\/([^"')]+)["')]/g)) {
      const pack = folders.get(folder);
      if (!pack) fail(`${file}: /vendor/${folder}/ is none of ${[...folders.keys()].join(', ')} (www/package.json)`);
      addVendored(pack, inside);
    }
  }
}

function checkPins() {
  const sums = {};
  for (const name of [...served.keys()].filter((n) => /^(sdk\/)?vendor\//.test(n)).sort()) {
    sums[name] = `sha384-${createHash('sha384').update(served.get(name)).digest('base64')}`;
  }
  if (pinning) {
    writeFileSync(PINS, `${JSON.stringify({ icons: [...settings.icons].sort(), integrity: sums }, null, 2)}\n`);
    return;
  }
  for (const name of new Set([...Object.keys(sums), ...Object.keys(settings.integrity)])) {
    if (sums[name] !== settings.integrity[name]) {
      fail(`${name}: has ${sums[name] ?? 'no file'}, vendor.json pins ${settings.integrity[name] ?? 'nothing'}.` +
        ' If the change is wanted: www/vendor.mjs --pin, and look at the difference');
    }
  }
}

// --- what is made ---

function addIcons() {
  const symbols = settings.icons.map((name) => {
    const file = path.join(packageOf('bootstrap-icons').dir, 'icons', `${name}.svg`);
    if (!existsSync(file)) fail(`vendor.json: no icon ${name}`);
    const [, inner] = /<svg[^>]*viewBox="0 0 16 16"[^>]*>([\s\S]*)<\/svg>/.exec(readFileSync(file, 'utf8')) ?? [];
    if (!inner) fail(`the icon ${name} is not 16 by 16`);
    return `<symbol id="${name}" viewBox="0 0 16 16">${inner.replace(/\s*\n\s*/g, '')}</symbol>`;
  });
  served.set('shared/icons.svg', Buffer.from(
    `<svg xmlns="http://www.w3.org/2000/svg">\n<!-- Bootstrap Icons, MIT licence -->\n${symbols.join('\n')}\n</svg>\n`));
}

function addSections() {
  const sections = [...served.keys()].filter((n) => /^[^/]+\/index\.html$/.test(n)).map((n) => n.split('/')[0]).sort();
  served.set('pages.json', Buffer.from(`${JSON.stringify({ sections })}\n`));
}

function addCompressed() {
  for (const [name, bytes] of [...served]) {
    if (IS_TEXT.test(name) && bytes.length > 512) served.set(`${name}.gz`, gzipSync(bytes, { level: 9 }));
  }
}

// --- writing: only what differs, each file in one step, since nginx may be serving ---

function write() {
  for (const [name, bytes] of served) {
    const file = path.join(target, name);
    if (existsSync(file) && statSync(file).isFile() && readFileSync(file).equals(bytes)) continue;
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(`${file}.new`, bytes, { mode: 0o644 });
    renameSync(`${file}.new`, file);
  }
}

function removeOthers(dir = '') {
  for (const entry of readdirSync(path.join(target, dir), { withFileTypes: true })) {
    const name = path.posix.join(dir, entry.name);
    if (entry.isDirectory()) {
      if ([...served.keys()].some((n) => n.startsWith(`${name}/`))) removeOthers(name);
      else rmSync(path.join(target, name), { recursive: true });
    } else if (!served.has(name)) rmSync(path.join(target, name));
  }
}

if (existsSync(target) && readdirSync(target).length && !existsSync(path.join(target, 'pages.json'))) {
  fail(`${target} holds something else, and would be emptied`);
}
addOwn();
addSdk();
addWhatPagesName();
checkPins();
addIcons();
addSections();
addCompressed();
mkdirSync(target, { recursive: true });
write();
removeOthers();
