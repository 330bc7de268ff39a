// A second instance beside the one under test, with settings of its own.
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { ROOT, System } from '../../api/lib/system.mjs';

const run = promisify(execFile);

const isFree = (port) => new Promise((resolve) => {
  const server = net.createServer().once('error', () => resolve(false));
  server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
});

export async function freePair() {
  for (;;) {
    const port = 20_000 + Math.floor(Math.random() * 12_000);
    if (await isFree(port) && await isFree(port + 1)) return port;
  }
}

export class Instance {
  // `settings(varDir)` gives settings, put in the place of those in zwm.conf; `before(varDir)` runs once they stand, before the start;
  // `binDir` is where its programs are, `dir` where it is made.
  static async start({ settings = () => ({}), before = () => {}, binDir = System.fromEnvironment().binDir,
    dir = mkdtempSync(path.join(tmpdir(), 'zwm-')) } = {}) {
    const instance = new Instance();
    instance.dir = dir;
    const port = await freePair();
    instance.env = { ...process.env, ZWM_VAR: instance.dir, ZWM_PORT: String(port), ZWM_BIN_DIR: binDir, ZWM_SHARE: ROOT };
    instance.local = (verb) => run(path.join(ROOT, 'nginx', 'zwm-local'), [verb], { env: instance.env, cwd: ROOT });
    try {
      await instance.local('up');
      await instance.local('down');
      const file = path.join(instance.dir, 'zwm.conf');
      let text = readFileSync(file, 'utf8');
      for (const [name, value] of Object.entries(settings(instance.dir))) {
        text = `${text.replace(new RegExp(`^${name} = .*\n`, 'm'), '')}\n${name} = ${value}\n`;
      }
      writeFileSync(file, text);
      await before(instance.dir);
      await instance.local('up');
    } catch (error) {
      await instance.stop();
      throw error;
    }
    instance.system = new System({
      varDir: instance.dir, baseUrl: `https://127.0.0.1:${port}`, binDir,
      ca: readFileSync(path.join(instance.dir, 'tls', 'ca.crt')),
    });
    return instance;
  }

  async stop() {
    this.system?.close();
    await this.local('down');
    rmSync(this.dir, { recursive: true, force: true });
  }
}
