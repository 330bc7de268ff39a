// What a page of ours sends, as its browser would; and its stream of events.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import https from 'node:https';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

// One browser at our own address: its cookies, and the token that goes with each call.
export class PageClient {
  constructor(zwm) {
    this.zwm = zwm;
    this.cookies = new Map();
    this.headers = {};
  }

  keep(response) {
    for (const line of response.headers['set-cookie'] ?? []) {
      const [pair] = line.split(';'), at = pair.indexOf('=');
      if (/max-age=0/i.test(line)) this.cookies.delete(pair.slice(0, at));
      else this.cookies.set(pair.slice(0, at), pair.slice(at + 1));
    }
  }

  get cookie() { return [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; '); }

  // A request as it is: {status, headers, text}.
  send(target, { method = 'GET', body, headers = {} } = {}) {
    const url = new URL(this.zwm.baseUrl);
    const own = this.cookies.size > 0 ? { Cookie: this.cookie } : {};
    const bytes = body === undefined ? undefined : Buffer.from(body);
    return new Promise((resolve, reject) => {
      const request = https.request({ host: url.hostname, port: url.port, path: target, method, ca: this.zwm.ca,
        headers: { ...own, ...(bytes ? { 'Content-Length': bytes.length } : {}), ...headers } }, (response) => {
        const parts = [];
        this.keep(response);
        response.on('data', (part) => parts.push(part));
        response.on('end', () => resolve({ status: response.statusCode, headers: response.headers, text: Buffer.concat(parts).toString() }));
      });
      request.on('error', reject);
      request.end(bytes);
    });
  }

  // A page's call: {status, error, item, items, message, headers}.
  async call(target, body = {}, headers = {}) {
    const answer = await this.send(target, { method: 'POST', body: JSON.stringify(body),
      headers: { 'Content-Type': 'application/json', Origin: this.zwm.baseUrl, ...this.headers, ...headers } });
    const { process_response: r } = JSON.parse(answer.text);
    return { ...answer, error: r.error_code, message: r.error_msg, item: r.items[0], items: r.items };
  }

  async enter(token, origin) {
    const entered = await this.call('/show/api/enter', origin === undefined ? { token } : { token, origin });
    assert.equal(entered.error, '', entered.message);
    this.headers = entered.item.key ? { 'Zwm-Session': entered.item.key } : { 'Zwm-Csrf': entered.item.csrf };
    return entered;
  }

  // What a scanner reads off the code on show, by zbar.
  async codeText({ svg }) {
    const dir = mkdtempSync(path.join(tmpdir(), 'zwm-code-'));
    try {
      const { size, modules } = raster(svg);
      writeFileSync(path.join(dir, 'code.pgm'), Buffer.concat([Buffer.from(`P5 ${size} ${size} 255\n`), modules]));
      const { stdout } = await run('zbarimg', ['--quiet', '--raw', path.join(dir, 'code.pgm')]);
      return stdout.trim();
    } finally {
      rmSync(dir, { recursive: true });
    }
  }
}

// The dark squares of the path of an SVG code, four pixels a module.
function raster(svg) {
  const side = Number(svg.match(/viewBox="0 0 ([\d.]+)/)[1]), scale = 4, size = Math.ceil(side * scale);
  const modules = Buffer.alloc(size * size, 255);
  const fill = (x, y, w, h) => {
    for (let j = y * scale; j < (y + h) * scale; j++) modules.fill(0, j * size + x * scale, j * size + (x + w) * scale);
  };
  for (const [, x, y, w, h] of svg.matchAll(/M(\d+) (\d+)h(\d+)v(\d+)h-\d+z/g)) fill(+x, +y, +w, +h);
  return { size, modules };
}

// A stream of events: next() gives the data of the next message.
export function listen(zwm, target) {
  const url = new URL(zwm.baseUrl);
  return new Promise((resolve, reject) => {
    const request = https.request({ host: url.hostname, port: url.port, path: target, ca: zwm.ca, headers: { Accept: 'text/event-stream' } }, (response) => {
      const messages = [], waiting = [];
      let text = '', over;
      const ended = new Promise((done) => { over = done; });
      response.setEncoding('utf8');
      response.on('data', (part) => {
        text += part;
        for (let at; (at = text.search(/\n\n/)) >= 0; text = text.slice(at + 2)) {
          const data = text.slice(0, at).match(/^data: (.*)$/m)?.[1];
          if (data === undefined) continue;
          if (waiting.length) waiting.shift()(JSON.parse(data)); else messages.push(JSON.parse(data));
        }
      });
      response.on('error', () => over());
      response.on('close', () => over());
      assert.equal(response.statusCode, 200);
      resolve({
        ended,
        next: () => (messages.length ? Promise.resolve(messages.shift()) : new Promise((got) => { waiting.push(got); })),
        close: () => request.destroy(),
      });
    });
    request.on('error', reject);
    request.end();
  });
}
