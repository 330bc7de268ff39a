// The five code systems of $ZWM_FEDERATION (nginx/zwm-federation writes it), each with its operator's command, clock and apps.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { spkiFromPublicKey } from '../../api/lib/client.mjs';
import { newUscc } from '../../api/lib/people.mjs';
import { ROOT, System, expectDone, freshCode, until, verifyBody } from '../../api/lib/system.mjs';

const run = promisify(execFile);

export const VERIFY = '/api/v1/code/verify', PICKUP = '/api/v1/data/pickup', AUTHORIZATION = '/api/v1/authorization/';

function read() {
  const { ZWM_FEDERATION, ZWM_BIN } = process.env;
  if (!ZWM_FEDERATION || !ZWM_BIN) throw new Error('these tests want ZWM_FEDERATION and ZWM_BIN (make federation sets them)');
  return { file: ZWM_FEDERATION, binDir: path.resolve(ZWM_BIN), rows: JSON.parse(readFileSync(ZWM_FEDERATION, 'utf8')).systems };
}

const { file, binDir, rows } = read();
export const BASE = path.dirname(file), CA_DIR = path.join(BASE, 'ca');
export const CA = readFileSync(path.join(CA_DIR, 'ca.crt'));

export class Member extends System {
  constructor({ name, system, parent, mode, base_url: baseUrl, var: varDir }) {
    super({ varDir, baseUrl, binDir, ca: CA });
    Object.assign(this, { name, id: system, parent, mode });
  }

  // `up`, `down` of this system alone.
  async local(verb) {
    await run(path.join(ROOT, 'nginx', 'zwm-local'), [verb], { env: this.env, cwd: ROOT });
  }

  async publicKey() { return (await this.identity()).publicKey; }

  async spki() { return spkiFromPublicKey(await this.publicKey()).toString('base64'); }

  // The trust list this node goes by.
  trust() { return this.zwmJson('route', 'trust'); }

  listed(id) { return this.trust().then(({ systems }) => systems.find((s) => s.system === id)); }

  // What a third party of this system sends on for itself when it is a code system.
  async requester(app) {
    return {
      app_id: app.appId, org_name: '示例单位', uscc: app.uscc ?? newUscc(), system: this.id,
      public_key: spkiFromPublicKey(app.ownKey.publicKey).toString('base64'),
    };
  }
}

const members = Object.fromEntries(rows.map((row) => [row.name, new Member(row)]));
export const national = members.national, provinceA = members['province-a'], provinceB = members['province-b'],
  city = members['city-a'], department = members.department;
export const all = Object.values(members);

export const closeAll = () => { for (const member of all) member.close(); };

// A channel and a third party in each of `places`; in force when this returns. member.channel, member.third.
export async function withApps(tag, places = all) {
  await Promise.all(places.flatMap((place) => [
    place.app('channel', `${tag}-c`).then((app) => { place.channel = app; }),
    place.app('third-party', `${tag}-t`).then((app) => { place.third = app; }),
  ]));
  await places[0].inForce();
}

export const SAMPLE = { data: '1.2.156.3002.9999.01.01', small: '1.2.156.3002.9999.01.02', large: '1.2.156.3002.9999.01.03' };

export const issue = (place, more, xxlb = [SAMPLE.data]) => freshCode(place.channel, xxlb, more);

export const verify = (place, code, more) => place.third.verify(verifyBody(code, more));

// A fresh code of `from` verified in `at`; the item.
export async function verified(from, at, more, xxlb) {
  const { code } = await issue(from, more, xxlb);
  const answer = await verify(at, code);
  expectDone(answer);
  assert.equal(answer.item.system, from.id);
  return answer.item;
}

// A code whose way fails is tried anew until `want` is the answer: an error, or '' for done. For changes that have to get
// about, and for breakers that have to close again.
export function untilVerify(what, from, at, want, { seconds = 40 } = {}) {
  return until(`${what}: ${from.name} in ${at.name}`, async () => {
    const { code } = await issue(from);
    const answer = await verify(at, code);
    return answer.error === String(want) ? answer : null;
  }, { seconds });
}

// Until every one of `places` has a list that satisfies `check`, and its processes go by it: within a second, as with apps.
export async function untilTrust(what, check, places = all) {
  await Promise.all(places.map((place) => until(`${what} in ${place.name}`, async () => check(await place.trust()), { seconds: 30 })));
  await places[0].inForce();
}

export const inListAs = (id, status) => ({ systems }) => systems.find((s) => s.system === id)?.status === status;
export const notInList = (id) => ({ systems }) => !systems.some((s) => s.system === id);
