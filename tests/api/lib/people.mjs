// Invented people and organisations with valid check digits, worked out here from the standards' arithmetic.
import { readFileSync } from 'node:fs';

// What the sample information service has licences for.
export const samples = JSON.parse(readFileSync(new URL('../../../sql/seed/sample-subjects.json', import.meta.url), 'utf8'));

// GB 11643: ISO 7064 MOD 11-2. Sequence 000 is never given to anybody.
export function residentId(division = '110101', birth = '19000101', sequence = '000') {
  const body = division + birth + sequence;
  const sum = [...body].reduce((acc, digit, i) => acc + Number(digit) * (2 ** (17 - i) % 11), 0);
  return body + '10X98765432'[sum % 11];
}

// GB 32100: 31 characters, weights 3^i mod 31.
const USCC = '0123456789ABCDEFGHJKLMNPQRTUWXY';
export function uscc(seventeen) {
  let weight = 1, sum = 0;
  for (const c of seventeen) {
    sum += USCC.indexOf(c) * weight;
    weight = (weight * 3) % 31;
  }
  return seventeen + USCC[(31 - (sum % 31)) % 31];
}

let organisations = Math.floor(Math.random() * 1e8);
export const newUscc = () => uscc(`91000000${String(organisations++ % 1e9).padStart(9, '0')}`);

export const scanner = { type: 'person', name: '验码员示例', id_type: '111', id_no: residentId('110101', '19010203', '000') };

export const otherPerson = { type: 'person', name: '欧阳示例', id_type: '111', id_no: residentId('310101', '19020304', '000'), assurance: 3 };

export const person = () => ({
  type: 'person', name: samples.person.name, id_type: samples.person.id_type, id_no: samples.person.id_no, assurance: 3,
});

export const enterprise = () => ({
  type: 'enterprise', name: samples.enterprise.name, id_type: samples.enterprise.id_type, id_no: samples.enterprise.id_no,
  agent: { ...samples.enterprise.agent }, assurance: 3,
});
