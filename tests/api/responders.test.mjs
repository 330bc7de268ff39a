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

// A responder, not nginx, says 1007 where the method is wrong; nginx says 1008 to a path it knows no responder for.
test('each documented interface reaches a responder', async (t) => {
  const paths = Object.entries(JSON.parse(readFileSync(path.join(ROOT, 'docs/openapi.yaml'), 'utf8')).paths); // YAML that is JSON
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
