// The pages about embedding and about the JSSDK, and the sample portal.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { after, before, test } from 'node:test';
import { expectDone, ROOT, System, until, verifyBody } from '../api/lib/system.mjs';
import { otherPerson } from '../api/lib/people.mjs';
import { assertAccessible, assertElder, assertFits, BASE, launch, MODES, open, shot, WIDTHS } from './lib/browser.mjs';
import { readPicture } from './lib/picture.mjs';

const zwm = System.fromEnvironment();
let browser;
let portal;

before(async () => {
  browser = await launch();
  portal = spawn(`${ROOT}nginx/sample-portal`, { stdio: ['ignore', 'pipe', 'inherit'] });
});
after(async () => {
  await browser?.close();
  portal?.kill();
  zwm.close();
});

for (const section of ['embed', 'jssdk']) {
  for (const { name: mode, ...how } of MODES) {
    for (const size of WIDTHS) {
      test(`/${section}/: ${mode}, ${size[0]} px`, async () => {
        const page = await open(browser, { size, ...how });
        await page.goto(`/${section}/`, { waitUntil: 'networkidle' });
        assert.ok((await page.locator('pre').allTextContents()).some((text) => text.includes(BASE)), 'samples name this system');
        await shot(page, `${section}-${mode}-${size[0]}`);
        await assertFits(page);
        await assertAccessible(page);
        if (how.elder) await assertElder(page);
        await page.finish();
      });
    }
  }
}

test('/embed/ shows a code for a token made for this origin', async () => {
  const app = await zwm.app('channel', 'embed-demo');
  await zwm.zwm('app', 'origins', app.appId, '--set', BASE);
  await zwm.inForce();
  const answer = await app.call('/api/v1/show/session', { subject: otherPerson, embed_origin: BASE });
  expectDone(answer);
  const page = await open(browser, { size: [768, 1024] });
  await page.goto('/embed/');
  await page.getByLabel('show_token').fill(answer.item.show_token);
  await page.getByRole('button', { name: '打开' }).click();
  await page.frameLocator('service-code >> iframe').getByRole('img', { name: /^服务码/ }).waitFor();
  await page.getByRole('log').getByText('zwm-shown').waitFor();
  await shot(page, 'embed-demo-768');
  await assertAccessible(page);
  await page.finish();
});

test('the sample portal: a person is chosen, the code is shown, used, ended', async () => {
  const lines = createInterface({ input: portal.stdout });
  const [address] = await once(lines, 'line', { signal: AbortSignal.timeout(20000) });
  const third = await zwm.app('third-party', 'embed-desk');
  await zwm.inForce();
  const page = await open(browser, { size: [360, 740], origins: [address], allow: [/favicon/] });
  await page.goto(address);
  await shot(page, 'portal-start-360');
  await page.getByRole('button', { name: '张示例' }).click();
  const image = page.frameLocator('service-code >> iframe').getByRole('img', { name: /^服务码/ });
  await image.waitFor();
  await assertFits(page);
  await assertAccessible(page);
  await shot(page, 'portal-code-360');
  const [code] = await readPicture(await image.screenshot());
  expectDone(await third.verify(verifyBody(code)));
  await page.getByRole('log').getByText('zwm-used').waitFor();
  await page.getByRole('button', { name: '退出' }).click();
  await page.getByRole('button', { name: '张示例' }).waitFor();
  await page.getByRole('button', { name: '李经办' }).click();
  await page.getByRole('heading', { name: '李经办的服务码' }).waitFor();
  await until('another code', async () => (await image.count()) === 1);
  await page.finish();
  // another site cannot have the portal make tokens in this person's name
  const context = await browser.newContext({ ignoreHTTPSErrors: true });
  for (const origin of ['https://evil.example', BASE, undefined]) {
    const answer = await context.request.post(`${address}/api/token`, { headers: origin ? { Origin: origin } : {} });
    assert.equal(answer.status(), 404);
  }
  assert.equal((await context.request.post(`${address}/api/token`, { headers: { Origin: address } })).status(), 401);
  await context.close();
});
