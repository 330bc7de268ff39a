// The processes of one instance, found in /proc by executable and instance directory.
import { readFileSync, readdirSync, readlinkSync } from 'node:fs';
import path from 'node:path';

const read = (file) => {
  try { return readFileSync(file, 'latin1'); } catch { return ''; } // gone, or not ours
};

export function processes(varDir, name) {
  return readdirSync('/proc').filter((pid) => /^\d+$/.test(pid)).filter((pid) => {
    let exe;
    try { exe = readlinkSync(`/proc/${pid}/exe`); } catch { return false; }
    if (path.basename(exe.replace(/ \(deleted\)$/, '')) !== name) return false;
    return `\0${read(`/proc/${pid}/environ`)}`.includes(`\0ZWM_VAR=${varDir}\0`) ||
      read(`/proc/${pid}/cmdline`).includes(`${varDir}/`);
  }).map(Number);
}
