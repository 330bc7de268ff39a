// A classic script for <head>, before the style sheets: theme and elder mode are there before the first paint. What it reads
// is written by prefs.js.
(() => {
  const read = (name) => {
    try {
      return localStorage.getItem(`zwm.${name}`);
    } catch { // storage is cut off, as in some frames
      return null;
    }
  };
  const theme = read('theme');
  if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme;
  if (read('elder') === '1') document.documentElement.dataset.elder = '';
})();
