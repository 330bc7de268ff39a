// Names in comments exist: what the comments of the C files and docs/HACKING.md mention as a file, or as a name with an
// underscore (a function, a table, a setting), stands somewhere in the source outside of comments. One line a finding.
//
//   node tests/lint-comments.mjs
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../', import.meta.url));
const SOURCE = ['core', 'docs', 'fcgi', 'nginx', 'sql', 'tests', 'www', '.ci'];
const SKIPPED = new Set(['node_modules', '.tmp']);

function* walk(folder) {
  for (const entry of readdirSync(ROOT + folder, { withFileTypes: true })) {
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
    if (entry.isDirectory() && !SKIPPED.has(entry.name) && (folder !== '' || SOURCE.includes(entry.name))) yield* walk(path);
    if (entry.isFile()) yield path;
  }
}

const files = [...walk('')];
const read = (path) => readFileSync(ROOT + path, 'utf8');
const isC = (path) => /\.(c|h|def)$/.test(path);
const isDocument = (path) => /\.(md|yaml|pdf|png)$/.test(path);

// Comments and the rest of a C file; strings belong to the rest. Lines stay where they are.
const TOKEN = /"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|\/\*[^]*?\*\/|\/\/[^\n]*/g;
const isComment = (token) => token.startsWith('/');
const blank = (text) => text.replace(/[^\n]/g, ' ');
const commentsOf = (text) => {
  let out = '';
  let last = 0;
  for (const m of text.matchAll(TOKEN)) {
    out += blank(text.slice(last, m.index)) + (isComment(m[0]) ? m[0] : blank(m[0]));
    last = m.index + m[0].length;
  }
  return out;
};
const codeOf = (text) => text.replace(TOKEN, (token) => (isComment(token) ? blank(token) : token));

// How names are made, as HACKING says it: no name itself.
const words = new Set(['module_verb_object', 'DB_NAME', 'SA_RESTART']);
const foreign = new Set(); // headers of libraries
for (const path of files) {
  words.add(path.replace(/^.*\/|\.[^/]*$/g, ''));
  if (isDocument(path)) continue;
  const text = isC(path) ? codeOf(read(path)) : read(path);
  for (const m of text.matchAll(/[A-Za-z0-9_]+/g)) words.add(m[0]);
  if (isC(path)) for (const m of text.matchAll(/#include <([^>]+)>/g)) foreign.add(m[1]);
}

// A path from the root, or the end of one. Capitals stand for something: cmd_NAME.c, NNN_name.sql.
const exists = (name) => files.includes(name) || foreign.has(name) || (!SOURCE.includes(name.split('/')[0]) && files.some((path) => path.endsWith(`/${name}`)));
const isPattern = (name) => /[A-Z]{3}/.test(name);

const FILE = /(?<![\w./*<-])[\w-][\w./-]*\.(?:c|h|def|mjs|sql|md|in)\b(?![\w*/-])/g;
const NAME = /(?<![\w./*-])(?:[a-z][a-z0-9]*(?:_[a-z0-9]+)+|[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)(?![\w*.]*[\w*\\])|(?<![\w.])[a-z]\w*(?=\(\))/g;

let found = 0;
for (const path of files.filter((p) => isC(p) || p === 'docs/HACKING.md')) {
  const text = isC(path) ? commentsOf(read(path)) : read(path);
  const title = path.endsWith('.h') && text.match(/^\/\* ([a-z0-9_]+): /);
  if (title && !path.endsWith(`/${title[1]}.h`)) {
    console.log(`${path}:1: calls itself ${title[1]}`);
    found++;
  }
  text.split('\n').forEach((line, i) => {
    const say = (what) => {
      console.log(`${path}:${i + 1}: ${what}`);
      found++;
    };
    for (const [name] of line.matchAll(FILE)) if (!exists(name) && !isPattern(name)) say(`no file ${name}`);
    for (const [name] of line.replace(FILE, '').matchAll(NAME)) if (!words.has(name)) say(`no ${name} in the source`);
  });
}
process.exit(found === 0 ? 0 : 1);
