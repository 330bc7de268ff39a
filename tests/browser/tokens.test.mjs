// Colours of both themes, whoever chose them, and sizes of elder mode, as the pages were designed.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { launch, open } from './lib/browser.mjs';

let browser;
before(async () => { browser = await launch(); });
after(() => browser?.close());

const DESIGN = {
  light: { bg: '#f5f7fa', surface: '#ffffff', text: '#1b2430', muted: '#4b5563', line: '#d0d5dd', primary: '#1456b8', 'on-primary': '#ffffff',
    good: '#1b7f3b', warn: '#8a5a00', bad: '#b42318' },
  dark: { bg: '#0f1620', surface: '#17212e', text: '#e6ebf2', muted: '#a9b4c2', line: '#2c3a4b', primary: '#7db1ff', 'on-primary': '#0b1420',
    good: '#6fd08c', warn: '#f0b860', bad: '#ff8a80' },
};
const CODE = { paper: '#ffffff', ink: '#000000' };

const rgb = (hex) => `rgb(${[1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16)).join(', ')})`;

// What an element that names the token is painted with.
const painted = (page, names) => page.evaluate((all) => Object.fromEntries(all.map((name) => {
  const probe = document.createElement('i');
  probe.style.setProperty('color', `var(--${name})`);
  document.body.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return [name, color];
})), names);

test('both themes are the design\'s, by the system and by choice', async () => {
  for (const [system, chosen, theme] of [['light', null, 'light'], ['dark', null, 'dark'], ['light', 'dark', 'dark'], ['dark', 'light', 'light'],
    ['dark', 'dark', 'dark'], ['light', 'light', 'light']]) {
    const page = await open(browser, { colorScheme: system });
    await page.addInitScript((value) => { try { if (value) localStorage.setItem('zwm.theme', value); } catch { /* a blank page has none */ } }, chosen);
    await page.goto('/');
    const wanted = { ...DESIGN[theme], ...CODE };
    assert.deepEqual(await painted(page, Object.keys(wanted)), Object.fromEntries(Object.entries(wanted).map(([name, hex]) => [name, rgb(hex)])), `${system}, ${chosen}`);
    assert.equal(await page.evaluate(() => getComputedStyle(document.documentElement).colorScheme), theme);
    await page.finish();
  }
});

test('elder mode is 1.3 times as large, and never under 18 px', async () => {
  const sizes = (page) => page.evaluate(() => ['s', 'm', 'l', 'xl', 'xxl'].map((name) => {
    const probe = document.createElement('i');
    probe.style.setProperty('font-size', `var(--type-${name})`);
    document.body.append(probe);
    const size = parseFloat(getComputedStyle(probe).fontSize);
    probe.remove();
    return size;
  }));
  for (const [elder, wanted] of [[false, [14, 16, 18, 22, 28]], [true, [18.2, 20.8, 23.4, 28.6, 36.4]]]) {
    const page = await open(browser, { elder });
    await page.goto('/');
    const got = await sizes(page);
    for (const [i, size] of wanted.entries()) assert.ok(Math.abs(got[i] - size) < 0.1, `${got}`);
    await page.finish();
  }
});

test('nothing moves where the person wants no motion, and nothing for long elsewhere', async () => {
  for (const [reducedMotion, most] of [['reduce', 0], ['no-preference', 150]]) {
    const page = await open(browser, { context: { reducedMotion } });
    for (const address of ['/', '/login/', '/embed/', '/jssdk/']) {
      await page.goto(address, { waitUntil: 'networkidle' });
      const longest = await page.evaluate(() => {
        let ms = 0;
        const look = (root) => {
          for (const element of root.querySelectorAll('*')) {
            if (element.shadowRoot) look(element.shadowRoot);
            const style = getComputedStyle(element);
            for (const value of [...style.transitionDuration.split(','), ...(style.animationName === 'none' ? [] : style.animationDuration.split(','))]) {
              ms = Math.max(ms, parseFloat(value) * (value.trim().endsWith('ms') ? 1 : 1000));
            }
          }
        };
        look(document);
        return ms;
      });
      assert.ok(longest <= most, `${address}: ${longest} ms`);
    }
    await page.finish();
  }
});
