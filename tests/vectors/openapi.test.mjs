// docs/openapi.json by a JSON Schema validator that knows nothing of the project: each request and answer has an example,
// each example is valid, what has alternatives says so, and receipts, webhooks and the version are where they belong.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import Ajv from 'ajv/dist/2020.js';
import { fromXml } from '../api/lib/xml.mjs';
import { ROOT, zwm } from './make-docs.mjs';

const document = JSON.parse(readFileSync(`${ROOT}docs/openapi.json`, 'utf8'));
const ajv = new Ajv({ strict: false });
ajv.addSchema(document, 'doc');

const named = (ref) => ref.slice(2).split('/').reduce((at, key) => at[key.replaceAll('~1', '/')], document);
const resolved = (thing) => (thing.$ref ? named(thing.$ref) : thing);
const validator = (ref) => ajv.getSchema(`doc${ref}`) ?? ajv.compile({ $ref: `doc${ref}` });

const operations = [...Object.entries(document.paths), ...Object.entries(document.webhooks)]
  .flatMap(([path, methods]) => Object.entries(methods).map(([method, op]) => ({ path, method, op })));

// [where, media type, medium] of everything that is sent or answered.
const media = operations.flatMap(({ path, op }) => [
  ...Object.entries(op.requestBody?.content ?? {}).map(([type, medium]) => [`request of ${path}`, type, medium]),
  ...Object.entries(op.responses).flatMap(([status, response]) =>
    Object.entries(response.content ?? {}).map(([type, medium]) => [`${status} of ${path}`, type, medium])),
]).filter(([, type]) => type !== '*/*');

test('each request and answer has examples', () => {
  assert.ok(media.length > 100);
  for (const [where, type, medium] of media) assert.ok(Object.keys(medium.examples ?? {}).length > 0, `${where}, ${type}`);
});

test('each JSON example is valid by its schema', () => {
  let n = 0;
  for (const [where, type, medium] of media.filter(([, type]) => type === 'application/json')) {
    const valid = validator(medium.schema.$ref);
    for (const [name, example] of Object.entries(medium.examples)) {
      n += 1;
      assert.ok(valid(resolved(example).value), `${where}, ${type}, ${name}: ${ajv.errorsText(valid.errors)}`);
    }
  }
  assert.ok(n > 150);
});

// XML has no types: numbers and booleans are compared as text, and an empty element is an empty text or list.
const plain = (value) => {
  if (Array.isArray(value)) return value.length === 0 ? '' : value.map(plain);
  if (value !== null && typeof value === 'object') return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, plain(v)]));
  return String(value);
};

test('each XML example says the same as the JSON example of its name', () => {
  let n = 0;
  for (const { path, op } of operations)
    for (const content of [op.requestBody?.content, ...Object.values(op.responses).map((r) => r.content)]) {
      if (!content?.['application/xml']) continue;
      const json = content['application/json'].examples;
      for (const [name, example] of Object.entries(content['application/xml'].examples)) {
        const same = resolved(json[name]).value;
        const { name: root, value } = fromXml(resolved(example).value);
        n += 1;
        assert.equal(root, op.requestBody?.content === content ? 'request' : 'process_response', `${path} ${name}`);
        assert.deepEqual(plain(value), plain(same.process_response ?? same), `${path} ${name}`);
      }
    }
  assert.ok(n > 150);
});

test('alternatives: exactly one of them', () => {
  const request = document.paths['/api/v1/code/verify'].post.requestBody.content['application/json'].examples;
  const verify = validator('#/components/schemas/VerifyRequest');
  const { scanner } = request.scanner.value;
  const { device_id: device } = request.device.value;
  assert.ok(scanner && device);
  const { scanner: _, ...neither } = request.scanner.value;
  assert.equal(verify(neither), false, 'neither scanner nor device_id');
  assert.equal(verify({ ...neither, scanner, device_id: device }), false, 'both');
  assert.equal(verify({ ...neither, device_id: device }), true);

  const answer = document.paths['/api/v1/data/pickup'].post.responses['200'].content['application/json'].examples;
  const picked = validator('#/components/schemas/PickupAnswer');
  const [sealed] = answer.envelope.value.process_response.items;
  const [large] = answer.file.value.process_response.items;
  const { envelope, ...bare } = sealed;
  assert.equal(picked(bare), false, 'neither envelope nor file');
  assert.equal(picked({ ...sealed, file: large.file }), false, 'both');
  assert.equal(picked({ ...bare, file: large.file }), true);
  assert.ok(envelope);
});

test('receipts are named on errors too, but not where nothing is known yet of the caller', () => {
  const receipt = ['Zwm-Signature', 'Zwm-System', 'Zwm-Timestamp'];
  const { responses } = document.paths['/api/v1/code/verify'].post;
  for (const status of ['200', '400', '401', '403', '404', '409', '410', '422', '429', '500', '503'])
    assert.deepEqual(Object.keys(responses[status].headers ?? {}).sort(), receipt, status);
  for (const status of ['405', '413', '415']) assert.equal(responses[status].headers, undefined, status);
});

test('what a code system calls by itself is a webhook', () => {
  assert.deepEqual(Object.keys(document.webhooks).sort(), ['decided', 'fetch']);
  const told = document.webhooks.decided.post.requestBody.content['application/json'].examples.granted.value;
  assert.deepEqual(Object.keys(told).sort(), ['decided_at', 'request_no', 'status']);
  assert.ok(!Object.keys(document.paths).some((path) => path.includes('fetch')), 'fetch is no path of the code system');
});

test('one version everywhere', () => assert.equal(`zwm ${document.info.version}\n`, zwm('--version')));

test('the document is JSON and called so', () => {
  assert.throws(() => readFileSync(`${ROOT}docs/openapi.yaml`));
  assert.equal(document.openapi, '3.1.0');
});
