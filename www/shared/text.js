// Small words and numbers. Nothing here masks or unmasks: a page gets from the server only what it may show.

const whole = new Intl.NumberFormat('zh-CN', { maximumFractionDigits: 0 });
const some = new Intl.NumberFormat('zh-CN', { maximumFractionDigits: 2 });

/** `12,345`; 「—」 if it is no number. */
export const count = (value) => (Number.isFinite(value) ? whole.format(value) : '—');

/** At most two decimals, with thousands. */
export const number = (value) => (Number.isFinite(value) ? some.format(value) : '—');

/** `12.5%` of a part of one; 「—」 if it is no number. */
export const percent = (value) => (Number.isFinite(value) ? `${some.format(value * 100)}%` : '—');

/** `1.4 MB`, decimal units as files are shown elsewhere. */
export function bytes(value) {
  if (!Number.isFinite(value)) return '—';
  const units = ['B', 'KB', 'MB', 'GB', 'TB'];
  let n = value;
  let unit = 0;
  while (n >= 1000 && unit < units.length - 1) {
    n /= 1000;
    unit += 1;
  }
  return `${unit === 0 ? whole.format(n) : n.toFixed(1)} ${units[unit]}`;
}

/** A long identifier in groups of four, for reading aloud: `4e7f 1c87 …`. */
export const grouped = (text) => String(text ?? '').replace(/(.{4})(?=.)/gu, '$1 ');

/** What is there, else 「—」. */
export const orDash = (value) => (value === null || value === undefined || value === '' ? '—' : String(value));
