// What a person has chosen for this browser: theme and elder mode. Kept in localStorage, shown on <html> (tokens.css), told
// to the page by the window's event `zwm-prefs`. Pages load early.js too, which shows the choice before the first paint.

const root = document.documentElement;

function keep(name, value) {
  try {
    if (value) localStorage.setItem(`zwm.${name}`, value);
    else localStorage.removeItem(`zwm.${name}`);
  } catch {
    // Storage is cut off: the choice holds for this page.
  }
}

const tell = () => window.dispatchEvent(new Event('zwm-prefs'));

/** @returns {'system'|'light'|'dark'} */
export const theme = () => root.dataset.theme ?? 'system';

/** @returns {boolean} */
export const elder = () => 'elder' in root.dataset;

/** @param {'system'|'light'|'dark'} value */
export function setTheme(value) {
  if (value === 'light' || value === 'dark') root.dataset.theme = value;
  else delete root.dataset.theme;
  keep('theme', root.dataset.theme);
  tell();
}

/** @param {boolean} on */
export function setElder(on) {
  if (on) root.dataset.elder = '';
  else delete root.dataset.elder;
  keep('elder', on ? '1' : '');
  tell();
}

// Another tab of this browser has chosen.
window.addEventListener('storage', ({ key, newValue }) => {
  if (key === 'zwm.theme') {
    if (newValue === 'light' || newValue === 'dark') root.dataset.theme = newValue;
    else delete root.dataset.theme;
  } else if (key === 'zwm.elder') {
    root.toggleAttribute('data-elder', newValue === '1');
  } else return;
  tell();
});

matchMedia('(prefers-color-scheme: dark)').addEventListener('change', tell);
