// The processes of one instance, found in /proc by executable and instance directory.
import { readFileSync, readdirSync, readlinkSync } from 'node:fs';
import path from 'node:path';

const read = (file) => {
  try { return readFileSync(file, 'latin1'); } catch { return ''; } // gone, or not ours
};
const parent = (pid) => read(`/proc/${pid}/status`).match(/^PPid:\s*(\d+)$/m)?.[1];

// Parents before their children: nginx's workers write their title over environment and arguments, and are known by
// their master, which would put others in their place if it were ended after them.
export function processes(varDir, name) {
  const named = readdirSync('/proc').filter((pid) => /^\d+$/.test(pid)).filter((pid) => {
    try {
      return path.basename(readlinkSync(`/proc/${pid}/exe`).replace(/ \(deleted\)$/, '')) === name;
    } catch { return false; }
  });
  const own = named.filter((pid) => `\0${read(`/proc/${pid}/environ`)}`.includes(`\0ZWM_VAR=${varDir}\0`) ||
    read(`/proc/${pid}/cmdline`).includes(`${varDir}/`));
  const theirs = named.filter((pid) => !own.includes(pid) && own.includes(parent(pid)));
  return [...own, ...theirs].map(Number);
}
