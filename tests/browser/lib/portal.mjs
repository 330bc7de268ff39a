// Sites of others, for the tests: each an HTTPS server of its own origin, with the instance's certificate, which the test's
// browser trusts.
import https from 'node:https';
import { readFileSync } from 'node:fs';
import path from 'node:path';

/** The strictest policy under which a portal can embed a code (interface-people 2). */
export const strict = (system) => `default-src 'none'; script-src ${system}; frame-src ${system}`;

/**
 * Starts a site. `pages`: path -> HTML, or {body, headers}; may be changed while it runs.
 * @param {Record<string, string|{body: string, headers: object}>} pages
 * @param {string} [host] localhost and 127.0.0.1 are different sites to a browser
 * @returns {Promise<{origin: string, pages: object, asked: string[], close: () => void}>}
 */
export function site(pages, host = 'localhost') {
  const tls = (name) => readFileSync(path.join(process.env.ZWM_VAR, 'tls', name));
  const asked = [];
  const server = https.createServer({ cert: tls('server.crt'), key: tls('server.key') }, (request, response) => {
    asked.push(request.url);
    const page = pages[request.url.split('?')[0]] ?? (request.url === '/favicon.ico' ? '' : undefined);
    const { body = page, headers = {} } = typeof page === 'object' ? page : {};
    response.writeHead(page === undefined ? 404 : 200, { 'Content-Type': 'text/html; charset=utf-8', ...headers });
    response.end(body ?? '');
  });
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      resolve({ origin: `https://${host}:${server.address().port}`, pages, asked, close: () => { server.close(); server.closeAllConnections(); } });
    });
  });
}

/** A portal's page with the element in it, as the documentation has it. */
export const embedding = (system, { token = '', symbology = 'qr', csp = strict(system) } = {}) => ({
  headers: { 'Content-Security-Policy': csp },
  body: `<!doctype html><html lang="zh-CN"><head><meta charset="utf-8"><title>示例门户</title>
<script type="module" src="${system}/embed/service-code.js"></script></head>
<body><main><h1>示例门户</h1><service-code token="${token}" scene="" symbology="${symbology}"></service-code></main></body></html>`,
});
