// Every responder of the table is there, and every documented interface reaches one.
import assert from 'node:assert/strict';
import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { after, test } from 'node:test';
import https from 'node:https';
import { exchange } from './lib/client.mjs';
import { ROOT, System } from './lib/system.mjs';

const zwm = System.fromEnvironment();
const agent = new https.Agent({ ca: readFileSync(process.env.NODE_EXTRA_CA_CERTS) });
after(() => { agent.destroy(); zwm.close(); });

const names = [...readFileSync(path.join(ROOT, 'core/base/responders.def'), 'utf8').matchAll(/^RESPONDER\((\w+)/gm)].map((m) => m[1]);
const statusUrl = `http://127.0.0.1:${zwm.setting('status_port', '')}`;

test('each responder has its socket, its upstream and its place on the status port', async (t) => {
  assert.ok(names.length > 1);
  const conf = await zwm.zwm('config', 'nginx');
  for (const name of names) {
    await t.test(name, async () => {
      assert.ok(statSync(path.join(zwm.setting('run_dir', path.join(zwm.varDir, 'run')), `${name}.sock`)).isSocket());
      assert.match(conf, new RegExp(`upstream ${name} \\{\\s*server "unix:[^"]*/${name}\\.sock"`));
      assert.match(conf, new RegExp(`location = /ready/${name} \\{\\s*fastcgi_pass ${name};`));
      assert.ok((await fetch(`${statusUrl}/ready/${name}`)).status < 500);
    });
  }
  assert.equal([...conf.matchAll(/^ *upstream /gm)].length, names.length);
});

test('the node is well, and counts', async () => {
  const health = await fetch(`${statusUrl}/healthz`);
  assert.equal(health.status, 200);
  assert.deepEqual(await health.json(), { status: 'ok' });
  assert.match(await (await fetch(`${statusUrl}/metrics`)).text(), /^zwm_calls_total\{interface="verify"/m);
});

// What the alarm rules ask for is told, and described.
test('every metric of the alarm rules is there', async () => {
  const text = await (await fetch(`${statusUrl}/metrics`)).text(), described = readFileSync(path.join(ROOT, 'docs/operations.md'), 'utf8');
  const metrics = new Set(readFileSync(path.join(ROOT, 'nginx/monitoring/rules.yml'), 'utf8').match(/zwm_[a-z_]+/g));
  assert.ok(metrics.size > 10);
  for (const name of [...metrics].map((n) => n.replace(/_bucket$/, ''))) {
    assert.match(text, new RegExp(`^# TYPE ${name} `, 'm'));
    assert.ok(described.includes(name), `docs/operations.md does not describe ${name}`);
  }
  // Each line of the exposition has a type, and each value is a number.
  for (const line of text.trimEnd().split('\n').filter((l) => !l.startsWith('#'))) {
    const [, name] = /^([a-z_]+?)(?:_bucket|_sum|_count)?(?:\{(?:[a-z]+="[^"\\\n]*",?)+\})? -?[0-9.]+$/.exec(line) ?? assert.fail(line);
    assert.match(text, new RegExp(`^# TYPE ${name} `, 'm'), line);
  }
});

// A responder, not nginx, says 1007 where the method is wrong; nginx says 1008 to a path it knows no responder for.
test('each documented interface reaches a responder', async (t) => {
  const paths = Object.entries(JSON.parse(readFileSync(path.join(ROOT, 'docs/openapi.json'), 'utf8')).paths);
  assert.ok(paths.length > 10);
  for (const [target, methods] of paths) {
    await t.test(target, async () => {
      const answer = await exchange(zwm.baseUrl, {
        method: methods.get ? 'POST' : 'GET', target: target.replace(/\{.*/, 'x'), headers: {}, body: Buffer.alloc(0),
      }, agent);
      assert.equal(JSON.parse(answer.body).process_response.error_code, '1007');
    });
  }
});
