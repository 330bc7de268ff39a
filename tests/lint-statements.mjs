// Roles and statements: each program may prepare every statement that it can reach (core/store/stmt.def), and a responder
// none that it cannot. What a program reaches is read from the text of the sources, which clang-format keeps regular: from
// its `main` on, a function, table or macro reaches every other that it names. A name means the one of its own file first,
// as in C. So the walk finds too much now and then, which is what NEVER is for, and nothing too little. One line a finding.
//
//   node tests/lint-statements.mjs
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../', import.meta.url));

// Ways that are in the text and that no call takes: the last two names of the way, and why.
const NEVER = {
  'zwm-verify': { 'update > file_handle_insert': 'verify passes no file on, so the handle has no app_id' },
  'zwm-route': { 'publish > registry_audit': 'the responder publishes only if a list is due, which is no act of an operator' },
};

// Statements given to every role that one program has no use for.
const SPARED = { zwm: ['APP_SINCE'] };

// --- definitions ---

const withoutCommentsAndStrings = (text) => text.replace(
  /\/\*[^]*?\*\/|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'/g, (m) => (m.startsWith('/*') ? ' ' : '""'));

// The name that a function or a table with its values defines; undefined for types, declarations and variables without.
function nameOf(item) {
  const f = /^[^;={}]*?\b(\w+)\([^;{}]*\)\s*\{/.exec(item);
  if (f) return f[1];
  const table = item.replace(/^([^={]*)\{[^{}]*\}/, '$1'); // the members of a struct defined with its table
  return /^[^={}]*?\b(\w+)(?:\[[^\]]*\])*\)?(?:\([^()]*\))?\s*=[^=]/.exec(table)?.[1];
}

// What a file defines: name -> text.
function definitions(source) {
  const text = withoutCommentsAndStrings(source);
  const found = new Map([...text.matchAll(/^#define (\w+)((?:.*\\\n)*.*)/gm)].map((m) => [m[1], m[2]]));
  let item = '', depth = 0;
  for (const line of text.replace(/^#(?:.*\\\n)*.*$/gm, '').split('\n')) {
    depth += line.split('{').length - line.split('}').length;
    item += `${line}\n`;
    if (depth > 0 || !/(;|^\})\s*$/.test(line)) continue;
    const name = nameOf(item.trim());
    if (name !== undefined) found.set(name, item.trim());
    item = '';
  }
  return found;
}

const files = new Map();
for (const folder of ['core', 'fcgi'])
  for (const f of readdirSync(ROOT + folder, { recursive: true }))
    if (/\.[ch]$/.test(f)) files.set(`${folder}/${f}`, definitions(readFileSync(`${ROOT}${folder}/${f}`, 'utf8')));

const everywhere = new Map();
for (const [path, names] of files)
  for (const [name, text] of names) if (name !== 'main' && !/^static\b(?!.* inline\b)/.test(text)) everywhere.set(name, path);

// --- the walk ---

// The way to every statement from `main` of a file: name -> [main, ..., function].
function reach(path, never) {
  const seen = new Set(), ways = new Map();
  for (const queue = [{ path, name: 'main', way: ['main'] }]; queue.length > 0;) {
    const at = queue.shift();
    for (const [used] of files.get(at.path).get(at.name).matchAll(/(?<![\w.]|->|struct |enum )[A-Za-z_]\w*/g)) {
      const home = files.get(at.path).has(used) ? at.path : everywhere.get(used);
      const statement = /^STMT_(?!MAX$)(\w+)$/.exec(used);
      if (statement && !ways.has(statement[1])) ways.set(statement[1], at.way);
      if (home === undefined || seen.has(`${home} ${used}`) || `${at.name} > ${used}` in never) continue;
      seen.add(`${home} ${used}`);
      queue.push({ path: home, name: used, way: [...at.way, used] });
    }
  }
  return ways;
}

// --- programs and statements ---

const statements = [...readFileSync(`${ROOT}core/store/stmt.def`, 'utf8').matchAll(/^STMT\((\w+), ([\w |]+),/gm)]
  .map(([, name, roles]) => ({ name, roles: roles.split(' | ') }));
const mayPrepare = (role) => new Set(statements.filter((s) => s.roles.includes(role) || s.roles.includes('DB_ANY')).map((s) => s.name));

const programs = [...files].filter(([, names]) => names.has('main')).map(([path]) => {
  const responder = /main_(\w+)\.c$/.exec(path)?.[1];
  return responder ? { path, name: `zwm-${responder}`, role: `DB_${responder.toUpperCase()}` } : { path, name: 'zwm', role: 'DB_ADMIN' };
});

let bad = 0;
const say = (line) => { console.log(line); bad++; };

if (statements.length < 60 || programs.length < 8) say('the catalogue or the programs are not found');
for (const { path, name, role } of programs) {
  const never = NEVER[name] ?? {}, ways = reach(path, never), may = mayPrepare(role);
  for (const [s, way] of ways) if (!may.has(s)) say(`${name} reaches ${s} (${way.join(' > ')}), which ${role} does not prepare`);
  for (const s of may) if (!ways.has(s) && !SPARED[name]?.includes(s)) say(`${name} prepares ${s} and does not reach it`);
  for (const edge of Object.keys(never)) {
    const [from, to] = edge.split(' > ');
    if (![...files.values()].some((names) => names.get(from)?.includes(to))) say(`NEVER names ${edge}, which is gone`);
  }
}
process.exit(bad === 0 ? 0 : 1);
