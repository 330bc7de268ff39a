// core/code/certlogic against certlogic-js: the tests that a published version of it carries, and random expressions over
// random data; and the examples of docs/rules.md. The C side is the program `rules` (rules.c says how to talk to it);
// $ZWM_RULES names another place.
// The JSON files of the public test suite are in no npm package; $CERTLOGIC_SUITE names a directory that holds them, to be run too.
// $CERTLOGIC_SEED and $CERTLOGIC_RUNS repeat a run or make it longer.
import { after, test } from 'node:test';
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import certlogic from 'certlogic-js';
import validation from 'certlogic-js/dist/validation/index.js';

const require = createRequire(import.meta.url);
const here = (name) => fileURLToPath(new URL(name, import.meta.url));
const program = process.env.ZWM_RULES ?? here('../../build/tests/rules');
const seed = Number(process.env.CERTLOGIC_SEED ?? randomInt(2 ** 31));
const RUNS = Number(process.env.CERTLOGIC_RUNS ?? 20000);

const COMPARISONS = ['<', '>', '<=', '>='];
const DATE_COMPARISONS = ['after', 'before', 'not-after', 'not-before'];

/** Sends the objects and returns the answers. */
function ask(objects) {
  const input = objects.map((o) => `${JSON.stringify(o)}\n`).join('');
  const { status, stdout, error } = spawnSync(program, { input, maxBuffer: 2 ** 30, stdio: ['pipe', 'pipe', 'inherit'] });
  assert.equal(status, 0, error?.message);
  const answers = stdout.toString().split('\n').slice(0, -1).map((line) => JSON.parse(line));
  assert.equal(answers.length, objects.length);
  return answers;
}

/** What certlogic-js makes of it, in the form of our answers. */
function theirs(when, input) {
  try {
    return { value: JSON.parse(JSON.stringify(certlogic.evaluate(when, input))) };
  } catch (e) {
    return { error: e.message };
  }
}

const value = (when, input = null) => {
  const [answer] = ask([{ when, input }]);
  assert.ok('value' in answer, `${JSON.stringify(when)}: ${answer.error}`);
  return answer.value;
};

// --- docs/rules.md ---

const examples = [...readFileSync(here('../../docs/rules.md'), 'utf8').matchAll(/^```json\n([\s\S]*?)^```/gm)].map((m) => JSON.parse(m[1]));

for (const example of examples)
  test(`docs/rules.md: ${JSON.stringify(example.when ?? example.pattern)}`, () => {
    const { value, error, matches, ...question } = example;
    assert.deepEqual(ask([question]), [JSON.parse(JSON.stringify({ value, error, matches }))]);
  });

test('docs/rules.md has examples, and all operators', () => {
  assert.ok(examples.length >= 15);
  const table = readFileSync(here('../../docs/rules.md'), 'utf8');
  for (const operator of [...COMPARISONS, ...DATE_COMPARISONS, 'var', 'if', 'and', '!', '===', 'in', '+', 'plusTime', 'dccDateOfBirth', 'reduce', 'extractFromUVCI'])
    assert.match(table, new RegExp(`^\\|.*["\`]${operator.replace(/[+!]/, '\\$&')}["\`]`, 'm'), operator);
});

// --- the command ---

const dir = mkdtempSync(`${tmpdir()}/zwm-rules-`);
after(() => rmSync(dir, { recursive: true }));
const file = (name, text) => {
  writeFileSync(`${dir}/${name}`, text);
  return `${dir}/${name}`;
};
const rule = (...words) => {
  const { status, stdout, stderr } = spawnSync(here('../../bin/zwm'), ['rule', ...words]);
  return { status, out: stdout.toString(), err: stderr.toString() };
};
const adult = file('adult.json', '{"<": [17, {"var": "age"}]}');

test('zwm rule test prints a value or an error, and ends with 0 for both', () => {
  const value = rule('test', '--when', adult, '--input', file('18.json', '{"age": 18}'), '--json');
  assert.deepEqual([value.status, JSON.parse(value.out), value.err], [0, { value: true }, '']);
  const nothing = rule('test', '--json', '--when', file('var.json', '{"var": ""}'), '--input', file('null.json', 'null'));
  assert.deepEqual([nothing.status, JSON.parse(nothing.out)], [0, { value: null }]);
  const error = rule('test', '--when', adult, '--input', file('none.json', '[]'), '--json');
  assert.deepEqual([error.status, JSON.parse(error.out)], [0, { error: '`<`: operand 2 is null, not an integer' }]);
});

test('zwm rule test without --json', () => {
  const value = rule('test', '--when', adult, '--input', file('18.json', '{"age": 18}'));
  assert.deepEqual([value.status, value.out], [0, 'true\n']);
  const error = rule('test', '--when', adult, '--input', file('none.json', '[]'));
  assert.deepEqual([error.status, error.out], [1, '']);
  assert.match(error.err, /`<`: operand 2 is null, not an integer/);
});

test('zwm rule test refuses files that are no JSON or not there, and wrong usage', () => {
  for (const text of ['', '{', '{"a":1}x', 'NaN', '\u{feff}{}', "{'a':1}"]) {
    const bad = rule('test', '--when', adult, '--input', file('bad.json', text), '--json');
    assert.deepEqual([bad.status, bad.out], [1, ''], text);
    assert.match(JSON.parse(bad.err).error, /bad\.json: no JSON/, text);
  }
  assert.equal(rule('test', '--when', `${dir}/absent`, '--input', adult).status, 1);
  for (const words of [[], ['test'], ['test', '--when', adult], ['try', '--when', adult, '--input', adult], ['test', 'x', '--when', adult, '--input', adult]])
    assert.equal(rule(...words).status, 2, words.join(' '));
});

// --- the tests that certlogic-js 0.9.2 carries, run on our evaluator ---

// They call functions of that implementation; here each is an expression that does the same.
const internals = {
  // undefined is no JSON: both answers are false by the language
  isTruthy: (v) => v !== undefined && value({ '!': [{ '!': [{ var: 'v' }] }] }, { v }),
  isFalsy: (v) => v !== undefined && value({ '!': [{ var: 'v' }] }, { v }),
  dateFromString: (s) => new Date(value({ plusTime: [{ var: '' }, 0, 'day'] }, s)),
  plusTime: (s, amount, unit) => new Date(value({ plusTime: [{ var: '' }, amount, unit] }, s)),
  extractFromUVCI: (uvci, index) => value({ extractFromUVCI: [{ var: '' }, index] }, uvci),
};
// Their messages are their own: that there is one is what counts. undefined is no JSON, and no expression.
const ANY = Symbol('any message');
const validateFormat = (expr) => {
  const [{ error }] = ask([{ check: expr ?? null }]);
  return error === undefined ? [] : [{ expr, message: ANY }];
};

// What version 1.2.1 has changed, as its change log says: a year after a leap day is the first of March.
const superseded = new Map([['2021-02-28T00:00:00.000Z', '2021-03-01T00:00:00.000Z']]);
const chai = {
  assert: {
    equal: (a, b, message) => a === ANY ? assert.equal(typeof b, 'string') : assert.equal(a, superseded.get(b) ?? b, message),
    isTrue: (v, message) => assert.equal(v, true, message),
    isFalse: (v, message) => assert.equal(v, false, message),
  },
};

function runPublished(name) {
  const path = require.resolve(`certlogic-js-tests/dist/test/${name}.js`);
  const modules = { chai, '../internals': internals, '../../validation/format-validator': { validateFormat } };
  let group = '';
  const describe = (title, body) => { group = title; body(); };
  const it = (title, body) => test(`published: ${group}: ${title}`, body);
  new Function('require', 'exports', 'describe', 'it', readFileSync(path, 'utf8'))((m) => {
    assert.ok(m in modules, m);
    return modules[m];
  }, {}, describe, it);
}
runPublished('test-internals');
runPublished('validation/test-format-validator');

// --- the JSON files of the public test suite, from outside ---

const suite = process.env.CERTLOGIC_SUITE;
const jsonFiles = (dir) => readdirSync(dir).filter((f) => f.endsWith('.json')).map((f) => JSON.parse(readFileSync(`${dir}/${f}`, 'utf8')));

if (suite !== undefined) {
  for (const { name, cases, directive } of jsonFiles(`${suite}/testSuite`))
    for (const { name: title, certLogicExpression, assertions, directive: own } of cases)
      test(`suite: ${name}: ${title}`, { skip: [directive, own].includes('skip') && 'skipped in the suite itself' }, () => {
        for (const a of assertions) {
          if (a.directive === 'skip') continue;
          const when = a.certLogicExpression ?? certLogicExpression;
          assert.deepEqual(value(when, a.data), a.expected, a.message ?? JSON.stringify(a.data));
        }
      });
  for (const { name, cases } of jsonFiles(`${suite}/validation-testSuite`))
    test(`validation suite: ${name}`, () => {
      for (const { certLogicExpression, issues } of cases) {
        const [{ error }] = ask([{ check: certLogicExpression ?? null }]);
        assert.equal(error !== undefined, issues.length > 0, JSON.stringify(certLogicExpression));
      }
    });
}

// --- random expressions ---

/** Mulberry32: the same numbers for the same seed, everywhere. */
function generator(state) {
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

class Random {
  constructor(s) { this.next = generator(s); }
  below(n) { return Math.floor(this.next() * n); }
  one(list) { return list[this.below(list.length)]; }
  many(most, make) { return Array.from({ length: this.below(most + 1) }, make); }
}

const NAMES = ['a', 'b', 'code', 'scene', 'subject', 'age', '名', ''];
const STRINGS = ['', 'a', 'b', 'fused', '业务码', 'é', 'URN:UVCI:01/CN:x#1', 'a::c/#/f', ':', '0', ' ', 'a\u0000b', '"\\/'];
const INTEGERS = [0, 1, 2, -1, 18, 31, -0, 1e3, 2 ** 31, 2 ** 53, -(2 ** 53), 1e300];
const pad = (n, len = 2) => String(n).padStart(len, '0');

/** Text in or near one of the forms of a date; never a form whose date does not exist (that is undefined, see below). */
function dateText(r) {
  const date = `${pad(r.one([0, 1, 1582, 1899, 1970, 2000, 2020, 2021, 2024, 9999]), 4)}-${pad(1 + r.below(12))}-${pad(1 + r.below(31))}`;
  const offset = r.one(['', 'Z', '+08:00', '-00:30', '+8', '+08', '-0530', '+530', '+8:00', '+1:', '+23:59']);
  const fraction = r.one(['', '', '.5', '.123', '.0009', '.9999999']);
  switch (r.below(12)) {
    case 0: return date.slice(0, 4);
    case 1: return date.slice(0, 7);
    case 2: return r.one([`${date}T`, `${date} 00:00:00`, `${date}T1:00:00`, `${date}T00:00:00.`, `${date}T00:00:00z`, ` ${date}`,
      `${date}\n`, `${date}T00:00:00+`, `${date}T00:00:00+1:3`, `${date}T00:00:00+12345`, `2${date}`, '2021-1-1', '20210101']);
    case 3: return `${date}T24:00:00${offset}`;
    case 4: case 5: case 6: return date;
    default: return `${date}T${pad(r.below(24))}:${pad(r.below(60))}:${pad(r.below(60))}${fraction}${offset}`;
  }
}

function data(r, depth = 0) {
  switch (r.below(depth > 3 ? 6 : 10)) {
    case 0: return null;
    case 1: return r.one([true, false]);
    case 2: return r.one(INTEGERS);
    case 3: return r.one([0.5, -1.25, 1e-7, 1e21, 0.1]);
    case 4: return r.one(STRINGS);
    case 5: return dateText(r);
    case 6: case 7: return r.many(4, () => data(r, depth + 1));
    default: return Object.fromEntries(r.many(4, () => [r.one([...NAMES, '0', '1']), data(r, depth + 1)]));
  }
}

/** A path that leads somewhere more often than not. */
function path(r, from) {
  const parts = [];
  for (let v = from; r.below(5) > 0;) {
    const keys = v !== null && typeof v === 'object' ? Object.keys(v) : [];
    const wild = r.one([...NAMES, '0', '1', '-1', '01', '2nd', ' 1', '1e3', 'length', '9'.repeat(20)]);
    const part = keys.length > 0 && r.below(8) > 0 ? r.one(keys) : wild;
    parts.push(part);
    v = v?.[part] ?? null;
  }
  return parts.join('.');
}

/** An expression that should have a value of the kind; `context` is the data that it may look at. */
function expression(r, kind, context, depth = 0) {
  const sub = (k, c = context) => expression(r, k, c, depth + 1);
  const any = () => sub(r.one(['any', 'boolean', 'integer', 'string', 'date', 'array']));
  if (r.below(60) === 0) return broken(r, any);
  if (depth > 6) return kind === 'integer' ? r.one(INTEGERS) : kind === 'boolean' ? r.one([true, false]) : { var: path(r, context) };
  if (kind !== 'date' && r.below(6) === 0) return { if: [any(), sub(kind), sub(kind)] };
  switch (kind) {
    case 'boolean': return r.one([
      () => ({ '!': [any()] }),
      () => ({ and: [any(), any(), ...r.many(2, any)] }),
      () => ({ [r.one(COMPARISONS)]: [sub('integer'), sub('integer'), ...r.many(1, () => sub('integer'))] }),
      () => ({ [r.one(DATE_COMPARISONS)]: [sub('date'), sub('date'), ...r.many(1, () => sub('date'))] }),
      () => ({ '===': [any(), any()] }),
      () => ({ in: [any(), sub('array')] }),
    ])();
    case 'integer': return r.one([() => r.one(INTEGERS), () => ({ '+': [sub('integer'), sub('integer')] }), () => reduce(r, sub, any)])();
    case 'string': return r.one([() => r.one(STRINGS), () => dateText(r), () => ({ extractFromUVCI: [sub('string'), r.one([0, 1, 2, -1, 9, 1e300])] })])();
    case 'date': return r.below(4) === 0 ? { dccDateOfBirth: [r.one([dateText(r), sub('string')])] }
      : { plusTime: [r.one([dateText(r), dateText(r), sub('string')]), r.one([0, 1, -1, 12, -18, 30, 366, -1000]), r.one(['year', 'month', 'day', 'hour'])] };
    case 'array': return r.one([() => r.many(4, any), () => ({ var: path(r, context) }), () => reduce(r, sub, any)])();
    default: return { var: path(r, context) };
  }
}

function reduce(r, sub, any) {
  const frame = { accumulator: [1], current: { a: 1 } };
  const lambda = r.one([
    { '+': [{ var: 'accumulator' }, 1] },
    { '+': [{ var: 'accumulator' }, { var: 'current' }] },
    [{ var: 'accumulator' }, { var: 'current' }],
    { '===': [{ var: 'accumulator' }, { var: 'accumulator' }] },
    { in: [{ var: 'current' }, [1, 'a', { var: 'accumulator' }]] },
    { var: r.one(['', 'current', 'accumulator', 'current.a', 'accumulator.0', 'data']) },
    sub('any', frame),
    sub('boolean', frame),
  ]);
  return { reduce: [sub('array'), lambda, any()] };
}

/** Wrong in some way. */
function broken(r, any) {
  return r.one([
    () => null, () => 1.5, () => ({}), () => ({ a: [1], b: [2] }), () => ({ or: [true, false] }), () => ({ and: [any()] }),
    () => ({ if: r.many(4, any) }), () => ({ '!': r.many(2, any) }), () => ({ '!': any() }), () => ({ var: r.one([1, null, ['a']]) }),
    () => ({ [r.one([...COMPARISONS, ...DATE_COMPARISONS, '===', '+', 'in'])]: r.many(4, any) }),
    () => ({ plusTime: [dateText(r), r.one([1.5, '1', null, 1e9, -1e300]), 'day'] }), () => ({ plusTime: [dateText(r), 1, r.one(['days', 1, null])] }),
    () => ({ plusTime: [any(), 0, 'hour', any()] }), () => ({ reduce: r.many(4, any) }), () => ({ dccDateOfBirth: r.many(2, any) }),
    () => ({ extractFromUVCI: [any(), r.one([1.5, 'x', null])] }), () => ({ extractFromUVCI: r.many(3, any) }),
  ])();
}

/** Whether there is an invalid date-time in it, which certlogic-js goes on with and the specification leaves undefined. */
const undefinedDate = (when, input) => {
  let found = false;
  const RealDate = Date.prototype.getTime;
  const { setUTCFullYear, setUTCMonth, setUTCDate, setUTCHours } = Date.prototype;
  for (const [name, set] of Object.entries({ setUTCFullYear, setUTCMonth, setUTCDate, setUTCHours }))
    Date.prototype[name] = function (...args) {
      const t = set.apply(this, args);
      found ||= Number.isNaN(RealDate.call(this));
      return t;
    };
  try {
    theirs(when, input);
  } finally {
    Object.assign(Date.prototype, { setUTCFullYear, setUTCMonth, setUTCDate, setUTCHours });
  }
  return found;
};

test(`${RUNS} random expressions have the same value or error (CERTLOGIC_SEED=${seed})`, (t) => {
  const r = new Random(seed);
  const cases = Array.from({ length: RUNS }, () => {
    const input = data(r);
    return { when: expression(r, r.one(['any', 'boolean', 'boolean', 'integer', 'string', 'date', 'array']), input), input };
  });
  const counts = { values: 0, errors: 0, undefined: 0 };
  ask(cases).forEach((ours, i) => {
    const { when, input } = cases[i];
    const expected = theirs(when, input);
    if ('error' in ours && 'value' in expected && undefinedDate(when, input)) {
      counts.undefined++;
      return;
    }
    const said = `seed ${seed}, case ${i}: ${JSON.stringify({ when, input })}\nours ${JSON.stringify(ours)}\ntheirs ${JSON.stringify(expected)}`;
    assert.deepEqual(Object.keys(ours), Object.keys(expected), said);
    if ('value' in ours) assert.deepEqual(ours.value, expected.value, said);
    counts['value' in ours ? 'values' : 'errors']++;
  });
  t.diagnostic(JSON.stringify(counts));
  // A generator that makes only errors, or none, tests nothing.
  assert.ok(counts.values > RUNS / 5 && counts.errors > RUNS / 10 && counts.undefined < RUNS / 50, JSON.stringify(counts));
});

test(`${RUNS} random expressions have a shape that is right or wrong for both (CERTLOGIC_SEED=${seed})`, (t) => {
  const r = new Random(seed ^ 0x5eed);
  const cases = Array.from({ length: RUNS }, () => ({ check: expression(r, r.one(['any', 'boolean', 'array']), data(r)) }));
  let wrong = 0;
  ask(cases).forEach(({ error }, i) => {
    const errors = validation.validateFormat(cases[i].check);
    if (errors.length === 0 && /begins like an index and is none|NUL character/.test(error)) return; // ours is stricter there
    assert.equal(error !== undefined, errors.length > 0, `seed ${seed}, case ${i}: ${JSON.stringify(cases[i].check)}: ${error}`);
    wrong += errors.length > 0;
  });
  t.diagnostic(`${wrong} wrong`);
  assert.ok(wrong > RUNS / 50 && wrong < RUNS / 2, String(wrong));
});
