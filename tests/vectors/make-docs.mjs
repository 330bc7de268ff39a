// Writes what in docs/ is made from the tables in the code: docs/openapi.json, and in the pages what stands between
//   <!-- made: WHAT -->  and  <!-- end -->
// where WHAT is `errors`, `settings`, `fields SCHEMA` or `codes OPERATION`. docs.test.mjs holds the files against it.
//
//   node tests/vectors/make-docs.mjs        bin/zwm must be built
import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../../', import.meta.url));

// In English, whatever the caller's language, if the arguments do not ask for Chinese.
export const zwm = (...args) =>
  execFileSync(`${ROOT}bin/zwm`, args, { encoding: 'utf8', maxBuffer: 1 << 24, env: { ...process.env, LC_ALL: 'C.UTF-8' } });

const read = (name) => readFileSync(ROOT + name, 'utf8');

// --- field tables, out of the OpenAPI document ---

const cell = (text) => text.replaceAll('|', '\\|').replaceAll('<', '&lt;');
const code = (text) => `\`${text.replaceAll('|', '\\|')}\``;

function bounds(schema) {
  const { type, minLength, maxLength, minimum, maximum, minItems, maxItems, minProperties, maxProperties, pattern } = schema;
  const between = (low, high, unit) => (low === high ? `${low}${unit}` : `${low} to ${high}${unit}`);
  const said = [];
  if (type === 'string' && maxLength !== undefined) said.push(between(minLength, maxLength, maxLength === 1 ? ' character' : ' characters'));
  if (type === 'integer') said.push(maximum === undefined ? `${minimum} or more` : between(minimum, maximum, ''));
  if (type === 'array') said.push(between(minItems, maxItems, ' items'));
  if (type === 'object' && maxProperties !== undefined) said.push(between(minProperties, maxProperties, ' members'));
  if (pattern) said.push(code(pattern));
  if (type === 'array' && schema.items.pattern) said.push(`each ${code(schema.items.pattern)}`);
  return said.join('; ');
}

// A row a field; the members of an object below it, with their path.
function rows(document, schema, prefix, out) {
  const named = (ref) => document.components.schemas[ref.split('/').pop()];
  for (const [name, field] of Object.entries(schema.properties)) {
    const path = prefix + name;
    const needed = schema.required?.includes(name) ? 'yes' : '';
    const below = field.$ref ?? field.items?.allOf?.[0].$ref;
    const type = field.type === 'array' && !below ? 'list of string' : below ? (field.$ref ? 'object' : 'list of object') : field.type;
    const limits = field.$ref ? '' : bounds(field);
    out.push(`| ${code(path)} | ${type} | ${needed} | ${limits} | ${cell(field.description)} |`);
    if (below) rows(document, named(below), path + (field.$ref ? '.' : '[].'), out);
  }
  return out;
}

function fieldTable(document, name) {
  const schema = document.components.schemas[name];
  if (!schema) throw new Error(`no schema ${name}`);
  const one = schema.oneOf?.map(({ required }) => code(required[0]));
  return ['| field | type | needed | bounds | meaning |', '| --- | --- | --- | --- | --- |', ...rows(document, schema, '', []),
    ...(one ? ['', `Exactly one of ${one.join(', ')} is there.`] : [])].join('\n');
}

// The codes an interface answers beyond those that every one may.
function ownCodes(document, operation) {
  for (const path of [...Object.values(document.paths), ...Object.values(document.webhooks)])
    for (const op of Object.values(path))
      if (op.operationId === operation) {
        const all = Object.values(op.responses).flatMap((r) => r.description.match(/\b[3-8]\d{3}(?= \P{ASCII})/gu) ?? []);
        return all.length === 0 ? 'Own error codes: none.' : `Own error codes: ${all.sort().join(', ')}.`;
      }
  throw new Error(`no operation ${operation}`);
}

// --- files ---

function part(document, what, lang) {
  const [kind, name] = what.split(' ');
  if (kind === 'errors' || kind === 'settings') return zwm('docs', kind, '--lang', lang).trimEnd();
  if (kind === 'fields') return fieldTable(document, name);
  if (kind === 'codes') return ownCodes(document, name);
  throw new Error(`nothing makes ${what}`);
}

// {path: text as it must be} of every file that has something made in it.
export function made() {
  const openapi = zwm('docs', 'openapi');
  const document = JSON.parse(openapi);
  const files = { 'docs/openapi.json': openapi };
  const pages = (folder) => readdirSync(ROOT + folder).filter((f) => f.endsWith('.md')).map((f) => `${folder}/${f}`);
  for (const name of [...pages('docs'), ...pages('docs/zh')]) {
    const text = read(name);
    const lang = name.startsWith('docs/zh/') ? 'zh' : 'en';
    const filled = text.replace(/(<!-- made: ([^>]*?) -->)\n[\s\S]*?(<!-- end -->)/g,
      (_, head, what, end) => `${head}\n\n${part(document, what, lang)}\n\n${end}`);
    if (/<!-- made: /.test(text)) files[name] = filled;
  }
  return files;
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  for (const [name, text] of Object.entries(made())) writeFileSync(ROOT + name, text);
