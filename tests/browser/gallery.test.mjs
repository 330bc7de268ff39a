// The elements of www/shared in all their states: sizes, themes, accessibility, and that no policy is broken.
import path from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { assertAccessible, assertElder, assertFits, launch, MODES, open, serve, shot, WIDTHS } from './lib/browser.mjs';

const GALLERY = path.join(path.dirname(fileURLToPath(import.meta.url)), 'gallery');
let browser;
before(async () => { browser = await launch(); });
after(() => browser?.close());

const READY = {
  forms: 'zwm-choice', people: 'zwm-state', space: 'zwm-people', table: 'zwm-table tbody tr, zwm-table .cards li',
  charts: 'zwm-chart canvas', detail: 'zwm-steps', states: 'zwm-state',
};

for (const { name: mode, ...how } of MODES) {
  for (const size of WIDTHS) {
    test(`${mode}, ${size[0]} px`, async (t) => {
      for (const [name, ready] of Object.entries(READY)) {
        await t.test(name, async () => {
          const page = await open(browser, { size, ...how });
          await serve(page, '/gallery/', GALLERY);
          await page.goto(`/gallery/#${name}`);
          await page.locator(ready).first().waitFor();
          await shot(page, `${name}-${mode}-${size[0]}`);
          await assertFits(page, name);
          await assertAccessible(page, name);
          if (how.elder) await assertElder(page, name);
          await page.finish();
        });
      }
    });
  }
}
