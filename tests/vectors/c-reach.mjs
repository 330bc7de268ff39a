// What a C program of this repository can reach, read from the text of its sources: a function, table or macro reaches
// every other that it names. A name means the one of its own file first, as in C. The text is clang-format's, so that what
// stands at the left edge begins something. Names too many are possible (a variable called as a function elsewhere), too few are not.
import { readFileSync, readdirSync } from 'node:fs';

const withoutCommentsAndStrings = (text) =>
  text.replace(/\/\*[\s\S]*?\*\/|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'/g, (m) => m.startsWith('/*') ? ' ' : '""');

// [name, text] of everything defined in a file.
function definitions(source) {
  const text = withoutCommentsAndStrings(source), found = [];
  for (const [, name, body] of text.matchAll(/^#define (\w+)((?:.*\\\n)*.*)/gm)) found.push([name, body]);
  const code = text.replace(/^#(?:.*\\\n)*.*$/gm, '');
  for (let at = 0, depth = 0, begin = 0; at < code.length; at++) {
    if (code[at] === '{') depth++;
    else if (code[at] === '}') depth--;
    const ends = depth === 0 && (code[at] === ';' || (code[at] === '}' && /^\s*(?![\w\s;,=*\[])|^\n/.test(code.slice(at + 1, at + 3))));
    if (!ends) continue;
    const item = code.slice(begin, at + 1).trim();
    begin = at + 1;
    const head = /^[^;]*?\b(\w+)\([^;{}]*\)\s*\{/.exec(item) ?? /^[^;]*?\b(\w+)(?:\[[^\]]*\])*\s*=[^=]/.exec(item.replace(/^([^={]*)\{[^{}]*\}/, '$1'));
    if (head) found.push([head[1], item]);
  }
  return found;
}

// Every file below the folders: path -> Map of name -> text.
export function readProgram(root, folders) {
  const files = new Map();
  for (const folder of folders)
    for (const f of readdirSync(root + folder, { recursive: true }).filter((n) => /\.[ch]$/.test(n))) {
      const path = `${folder}/${f}`;
      files.set(path, new Map(definitions(readFileSync(root + path, 'utf8'))));
    }
  return files;
}

// The way to every name that matches `wanted`, from `main` of a file: name -> [main, ..., name].
export function reach(files, path, wanted) {
  const everywhere = new Map();
  for (const [file, names] of files)
    for (const [name, text] of names) if (name !== 'main' && !/^static\b/.test(text)) everywhere.set(name, file);
  const seen = new Set([`${path} main`]), ways = new Map();
  for (const queue = [{ file: path, name: 'main', way: ['main'] }]; queue.length > 0;) {
    const { file, name, way } = queue.shift();
    for (const [used] of files.get(file).get(name).matchAll(/(?<![\w.]|->)[A-Za-z_]\w*/g)) {
      if (wanted.test(used) && !ways.has(used)) ways.set(used, [...way, used]);
      const at = files.get(file).has(used) ? file : everywhere.get(used);
      if (at === undefined || seen.has(`${at} ${used}`)) continue;
      seen.add(`${at} ${used}`);
      queue.push({ file: at, name: used, way: [...way, used] });
    }
  }
  return ways;
}
