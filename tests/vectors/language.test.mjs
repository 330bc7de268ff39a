// The two languages of `zwm`: which is spoken when, that nothing for programs changes with it, and that the table of the
// Chinese (core/cli/messages.def, placeholders.def) fits the texts in the source.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { after, test } from 'node:test';
import { ROOT } from './make-docs.mjs';

const dir = mkdtempSync(`${tmpdir()}/zwm-language-`);
after(() => rmSync(dir, { recursive: true }));
mkdirSync(`${dir}/var`);
writeFileSync(`${dir}/var/zwm.conf`, 'system = 251010001\nsystem_name = 示例市\n');
mkdirSync(`${dir}/wrong`);
writeFileSync(`${dir}/wrong/zwm.conf`, 'thread = 5\n');

// `zwm ARGS...` with nothing of the caller's language; `where`: the instance.
function run(args, env = {}, where = 'var') {
  const r = spawnSync(`${ROOT}bin/zwm`, args, { encoding: 'utf8', env: { PATH: process.env.PATH, ZWM_VAR: `${dir}/${where}`, ...env } });
  return { code: r.status, out: r.stdout, err: r.stderr };
}
const isChinese = (text) => /\p{Script=Han}/u.test(text);

// --- which language ---

const CHINESE = [
  { LANG: 'zh_CN.UTF-8' }, { LANG: 'zh_CN.utf8' }, { LANG: 'zh_CN' }, { LANG: 'zh_HK.UTF-8' }, { LANG: 'zh' },
  { LC_MESSAGES: 'zh_CN.UTF-8' }, { LC_ALL: 'zh_CN.UTF-8' }, { LC_ALL: 'zh_CN.UTF-8', LANG: 'C' },
  { LC_MESSAGES: 'zh_CN.UTF-8', LANG: 'en_US.UTF-8' }, { LC_ALL: '', LC_MESSAGES: '', LANG: 'zh_CN.UTF-8' },
];
const ENGLISH = [
  {}, { LANG: 'C' }, { LANG: 'en_US.UTF-8' }, { LANG: 'fr_FR.UTF-8' }, { LANG: '' }, { LANG: 'ZH_CN.UTF-8' },
  { LC_ALL: 'C.UTF-8', LANG: 'zh_CN.UTF-8' }, { LC_MESSAGES: 'C', LANG: 'zh_CN.UTF-8' },
  { LC_ALL: 'en_US.UTF-8', LC_MESSAGES: 'zh_CN.UTF-8', LANG: 'zh_CN.UTF-8' }, { LC_CTYPE: 'zh_CN.UTF-8' },
  { LANG: 'zh_CN.GB18030' }, { LANG: 'zh_CN.GBK' },
];
const said = (env) => Object.entries(env).map(([k, v]) => `${k}=${v}`).join(' ') || 'nothing set';

for (const env of CHINESE)
  test(`Chinese by ${said(env)}`, () => assert.match(run(['--help'], env).out, /^用法：zwm /));
for (const env of ENGLISH)
  test(`English by ${said(env)}`, () => {
    const { out } = run(['--help'], env);
    assert.match(out, /^usage: zwm /);
    assert.ok(!isChinese(out));
  });

test('--lang counts before the environment, wherever it stands', () => {
  for (const args of [['--lang', 'zh', 'app', '--help'], ['app', '--lang=zh', '--help'], ['app', '--help', '--lang', 'zh']])
    assert.match(run(args, { LC_ALL: 'en_US.UTF-8' }).out, /\n用法： zwm app add /);
  assert.match(run(['--lang', 'en', '--help'], { LC_ALL: 'zh_CN.UTF-8' }).out, /^usage: /);
});

for (const args of [['--lang', 'fr', '--help'], ['--lang'], ['--lang=', '--help'], ['--lang', 'zh_CN', '--help'], ['--lang', 'ZH', '--help'],
  ['--help', '--lang'], ['--lang', 'zh', '--lang', 'zh', '--help'], ['--lang', 'zh', '--help', '--lang=en']])
  test(`refused: zwm ${args.join(' ')}`, () => {
    const r = run(args);
    assert.deepEqual([r.code, r.out, r.err], [2, '', 'zwm: --lang is zh or en, once\n']);
    assert.match(run(args, { LANG: 'zh_CN.UTF-8' }).err, /^zwm: --lang 只能是 zh 或 en/);
  });

test('--language is no --lang, and behind -- it is a word like another', () => {
  assert.match(run(['key', 'new', '--language', 'zh']).err, /^zwm: no option --language here\n/);
  assert.match(run(['audit', '--', '--lang', 'zh']).err, /^zwm: one word too many: zh\n/);
});

// --- help ---

const commands = [...run(['--help']).out.matchAll(/^ {2}([a-z]+) +(.*)$/gm)].map((m) => m[1]);

test('there are commands', () => assert.ok(commands.length >= 18));

test('the help in Chinese has the same commands, each with a summary in Chinese', () => {
  const lines = [...run(['--lang', 'zh', '--help']).out.matchAll(/^ {2}([a-z]+) +(.*)$/gm)];
  assert.deepEqual(lines.map((m) => m[1]), commands);
  assert.deepEqual(lines.filter((m) => !isChinese(m[2])).map((m) => m[2]), [], 'no row in core/cli/messages.def');
});

for (const command of commands)
  test(`usage of ${command} in Chinese: the same words to be typed, no capitals left`, () => {
    const usage = (lang) => run([command, '--help', '--lang', lang]).out.split('\n\n')[1].replace(/^(usage:|用法：) /, '');
    const [english, chinese] = [usage('en'), usage('zh')];
    assert.deepEqual(chinese.match(/[A-Z_]+/g) ?? [], [], 'no row in core/cli/placeholders.def');
    const typed = (text) => text.replace(/[A-Z_]+|\p{Script=Han}+/gu, '*');
    assert.equal(typed(chinese), typed(english));
  });

// --- failures ---

const FAILURES = [ // arguments, instance, exit code
  [['key', 'show'], 'none', 1], [['app', 'list'], 'none', 1], [['config', 'get', 'thread'], 'var', 1], [['config', 'get'], 'var', 2],
  [['config', 'show', 'x'], 'var', 2], [['key'], 'var', 2], [['key', 'new', 'a', '--x'], 'var', 2], [['key', 'show', '--pem=1'], 'var', 2],
  [['app', 'add'], 'var', 2], [['code', 'decode'], 'var', 2], [['code', 'draw', 'x', '--symbol', 'aztec'], 'var', 1],
  [['code', 'draw', 'x', '--symbol'], 'var', 2], [['verify', 'x'], 'var', 2], [['route', 'bla'], 'var', 2], [['route', 'apply'], 'var', 2],
  [['evidence'], 'var', 2], [['callback', 'retry', 'x'], 'var', 2], [['audit'], 'var', 2], [['rule', 'test'], 'var', 2],
  [['docs', 'bla'], 'var', 2], [['call', '--app', 'A', '--key', 'b', 'x'], 'var', 2], [['init', '--port', '0'], 'none', 1],
  [['init', '--system', '1'], 'none', 1], [['play', '--phase', '4'], 'var', 2],
];

for (const [args, where, code] of FAILURES)
  test(`zwm ${args.join(' ')}: said in Chinese, the same to programs`, () => {
    const zh = run(['--lang', 'zh', ...args], {}, where);
    const en = run(['--lang', 'en', ...args], {}, where);
    assert.equal(en.code, code, en.err);
    assert.equal(zh.code, code);
    assert.equal(zh.out, en.out);
    assert.ok(isChinese(zh.err.split('\n')[0]), zh.err);
    assert.ok(!isChinese(en.err), en.err);
    assert.equal(/^usage: /m.test(en.err), /^用法： /m.test(zh.err));
    assert.deepEqual(run(['--json', '--lang', 'zh', ...args], {}, where), run(['--json', '--lang', 'en', ...args], {}, where));
    assert.deepEqual(run(['--json', ...args], { LANG: 'zh_CN.UTF-8' }, where), run(['--json', ...args], {}, where));
  });

test('a failure with --json is one object, in English', () => {
  const r = run(['--json', 'code', 'draw', 'x', '--symbol', 'aztec'], { LANG: 'zh_CN.UTF-8' });
  assert.deepEqual(JSON.parse(r.err), { error: '--symbol must be qr, hanxin or gridmatrix' });
});

test('results with --json do not change with the language', () => {
  for (const args of [['config', 'show'], ['docs', 'openapi'], ['config', 'get', 'threads']]) {
    const en = run(['--json', ...args]);
    assert.equal(en.code, 0, en.err);
    assert.deepEqual(run(['--json', '--lang', 'zh', ...args]), en);
  }
});

test('a text from below the command, put together there, is said in Chinese with what stood in it', () => {
  const r = run(['--lang', 'zh', 'config', 'show'], {}, 'wrong');
  assert.deepEqual([r.code, r.err], [1, `zwm: ${dir}/wrong/zwm.conf:1: 没有设置 \`thread\`\n`]);
});

test('what has no Chinese is said in English', () => {
  const r = run(['--lang', 'zh', 'key', 'new', `${dir}/nowhere/key.pem`]);
  assert.deepEqual([r.code, r.err], [1, `zwm: ${dir}/nowhere/key.pem: No such file or directory\n`]);
});

test('a text that could be a format is not taken for one', () => {
  const r = run(['--lang', 'zh', 'call', '--app', 'A', '--key', '%s%n%1$s', '--url', 'https://127.0.0.1:1', '--ca', 'x', '/x']);
  assert.deepEqual([r.code, r.err], [1, 'zwm: %s%n%1$s: No such file or directory\n']);
});

// --- the table against the source ---

const read = (name) => readFileSync(ROOT + name, 'utf8');
const TOKEN = /"((?:\\.|[^"\\\n])*)"|'(?:\\.|[^'\\\n])*'|\/\*[^]*?\*\/|\/\/[^\n]*|\b(PRI[du]64)\b|[\w]+|[^\s\w]/g;

// Tokens of a C file; literals beside each other are one, {text}, as it is written. Comments and characters are left out.
function tokens(name) {
  const out = [];
  for (const m of read(name).matchAll(TOKEN)) {
    if (/^(\/\*|\/\/|')/.test(m[0])) continue;
    const text = m[1] ?? (m[2] && `<${m[2]}>`);
    if (text === undefined) out.push(m[0]);
    else if (out.at(-1)?.text !== undefined) out.at(-1).text += text;
    else out.push({ text });
  }
  return out;
}

// [English, Chinese] of the rows of a table.
const rows = (name, macro) => {
  const all = tokens(name);
  return all.flatMap((t, i) => (t === macro && all[i + 1] === '(' ? [[all[i + 2].text, all[i + 4].text]] : []));
};
const MESSAGES = rows('core/cli/messages.def', 'MESSAGE');
const PLACEHOLDERS = rows('core/cli/placeholders.def', 'PLACEHOLDER');
const sources = readdirSync(`${ROOT}core`, { recursive: true }).filter((f) => f.endsWith('.c')).map((f) => `core/${f}`);

// What says something to people, and in which argument; `refuse` of what the command passes on.
const SAYS = { cli_fail: 2, cli_usage: 2, cli_text: 2, lang_text: 2, doctor_say: 4, register_refuse: 4, refuse: 2 };
const SAYING = /^core\/(cli\/.*|act\/register\/.*|base\/conf|net\/trust_read)\.c$/;

// The texts that a file says: literals of that argument.
function saidBy(name) {
  const found = [];
  const all = tokens(name);
  for (let i = 0; i < all.length; i++) {
    if (typeof all[i] !== 'string' || !Object.hasOwn(SAYS, all[i]) || all[i + 1] !== '(') continue;
    for (let k = i + 2, depth = 1, argument = 1; depth > 0; k++) {
      if (all[k] === '(') depth++;
      if (all[k] === ')') depth--;
      if (all[k] === ',' && depth === 1) argument++;
      if (argument === SAYS[all[i]] && all[k].text !== undefined) found.push(all[k].text);
    }
  }
  return found.filter((text) => /[a-z]/.test(text.replace(/%[.*\d$]*(ll|z)?[a-z]|<\w+>|\\n/g, '')));
}

test('every text of a failure has Chinese', () => {
  const known = new Set(MESSAGES.map(([en]) => en));
  const texts = sources.filter((f) => SAYING.test(f)).flatMap(saidBy);
  assert.ok(texts.length > 200);
  assert.deepEqual([...new Set(texts.filter((t) => !known.has(t)))], [], 'no row in core/cli/messages.def');
});

test('every row of the table is of a text in the source, and there once', () => {
  const literals = new Set(sources.flatMap(tokens).map((t) => t.text));
  assert.deepEqual(MESSAGES.map(([en]) => en).filter((en) => !literals.has(en)), []);
  for (const table of [MESSAGES, PLACEHOLDERS]) assert.equal(new Set(table.map(([en]) => en)).size, table.length);
});

test('the Chinese of a text takes the same arguments', () => {
  const conversions = (text) => {
    const all = [...text.matchAll(/%(?:(\d+)\$)?([.*\d]*(?:ll|z)?[a-zA-Z]|%|<\w+>)/g)];
    return all.map((m, i) => [m[1] ? Number(m[1]) - 1 : i, m[2]]).sort((a, b) => a[0] - b[0]).map((c) => c.join(' '));
  };
  for (const [en, zh] of MESSAGES) {
    assert.deepEqual(conversions(zh), conversions(en), en);
    assert.ok(/%\d+\$/.test(zh) ? !/%(?!\d+\$)/.test(zh) : true, `${en}: all by number, or none`);
    assert.equal(zh.endsWith('\\n'), en.endsWith('\\n'), en);
  }
});

test('the Chinese is in Chinese', () => {
  for (const [en, zh] of [...MESSAGES, ...PLACEHOLDERS]) assert.ok(isChinese(zh), en);
});
