// Times as pages show them: China standard time whatever the device is set to, `2026-11-24 14:03`. No browser needed.

const parts = new Intl.DateTimeFormat('en-CA', {
  timeZone: 'Asia/Shanghai', hourCycle: 'h23',
  year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit', second: '2-digit',
});

/**
 * @param {number|string|Date} value Unix seconds, `YYYYMMDDHHMMSS` in China standard time, anything that Date reads, a Date
 * @returns {Date|undefined} undefined if it is no time
 */
export function toDate(value) {
  if (value === null || value === undefined || value === '') return undefined;
  let date;
  if (value instanceof Date) date = value;
  else if (typeof value === 'number') date = new Date(value * 1000);
  else if (/^\d{14}$/.test(value)) {
    date = new Date(value.replace(/^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)$/, '$1-$2-$3T$4:$5:$6+08:00'));
  } else date = new Date(value);
  return Number.isNaN(date.getTime()) ? undefined : date;
}

function split(value) {
  const date = toDate(value);
  return date && Object.fromEntries(parts.formatToParts(date).map((part) => [part.type, part.value]));
}

/** `2026-11-24 14:03`; 「—」 if there is no time. */
export function dateTime(value) {
  const p = split(value);
  return p ? `${p.year}-${p.month}-${p.day} ${p.hour}:${p.minute}` : '—';
}

/** `2026-11-24`; 「—」 if there is no time. */
export function dateOnly(value) {
  const p = split(value);
  return p ? `${p.year}-${p.month}-${p.day}` : '—';
}

/** `14:03:27`, a clock. */
export function clock(value = new Date()) {
  const p = split(value);
  return p ? `${p.hour}:${p.minute}:${p.second}` : '—';
}

/** Unix seconds at which a day begins in China (`2026-11-24`); for filters. Undefined if it is no day. */
export function dayStart(day) {
  if (!/^\d{4}-\d\d-\d\d$/.test(day ?? '')) return undefined;
  const at = Date.parse(`${day}T00:00:00+08:00`);
  return Number.isNaN(at) ? undefined : at / 1000;
}

/** 「刚刚」「5 分钟前」「2 小时前」 within a day, both ways; else as dateTime. `now` in Unix seconds. */
export function relative(value, now = Date.now() / 1000) {
  const date = toDate(value);
  if (!date) return '—';
  const away = now - date.getTime() / 1000;
  const size = Math.abs(away);
  const word = away >= 0 ? '前' : '后';
  if (size < 60) return away >= 0 ? '刚刚' : '即将';
  if (size < 3600) return `${Math.floor(size / 60)} 分钟${word}`;
  if (size < 86400) return `${Math.floor(size / 3600)} 小时${word}`;
  return dateTime(date);
}

/** 「1 分 30 秒」「2 小时」「3 天」: how long something lasts, in seconds. */
export function duration(sec) {
  if (!Number.isFinite(sec) || sec < 0) return '—';
  const units = [[86400, '天'], [3600, '小时'], [60, '分'], [1, '秒']];
  const out = [];
  let rest = Math.floor(sec);
  for (const [size, word] of units) {
    if (rest >= size) out.push(`${Math.floor(rest / size)} ${word}`);
    rest %= size;
  }
  return out.slice(0, 2).join(' ') || '0 秒';
}
