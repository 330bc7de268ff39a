// Writes division.sql, the GB/T 2260 table, from the npm package @vant/area-data (MIT; pinned in tests/package.json).
//
//   node sql/seed/make-division.mjs            writes sql/seed/division.sql
//
// The package serves address pickers, so it also holds what is no division of GB/T 2260: development zones with
// numbers of statistical use, townships, streets, and retired codes. The rules below leave those out; what stays
// agrees with the published totals (34, 333, 2846), which tests/vectors/division.test.mjs checks.
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

const need = createRequire(new URL('../../tests/package.json', import.meta.url));
const OUT = new URL('division.sql', import.meta.url);
const ROWS_A_STATEMENT = 200;

// Province-level units for which GB/T 2260 has one row only.
const PROVINCE_ONLY = /^(71|81|82)/;
// Cities that are not divided into counties; the package lists their townships, streets or zones instead.
const UNDIVIDED_CITY = /^(4419|4420|4604|6202)/;
// "Directly under the province": a heading of the standard, not a place. Its counties hang on the province.
const DIRECTLY_UNDER = /^\d\d90/;
// Rows that look like divisions and are none.
const NOT_A_DIVISION = new Set([
    '232761', '232762', '232763', '232764', // Daxing'anling forestry districts, not set up under the law on divisions
    '320112', '321150',                     // new areas run by a management committee
    '320611', '350402', '370634',           // abolished: merged into neighbours in 2020 and 2021
]);
// The standard's own headings where the package repeats the municipality's name or shortens it.
const HEADING = { 110100: '市辖区', 120100: '市辖区', 310100: '市辖区', 500100: '市辖区', 500200: '县' };

function isCounty(code, name) {
    const number = Number(code.slice(4));
    if (NOT_A_DIVISION.has(code) || UNDIVIDED_CITY.test(code) || name === '市辖区')
        return false;
    if (number > 70 && number <= 80) // numbers of development zones in statistics
        return false;
    return number > 80 ? name.endsWith('市') : /[市县旗区]$/.test(name);
}

/** [code, name, level, parent or null], by code. */
export function divisions() {
    const { areaList } = need('@vant/area-data');
    const provinces = Object.entries(areaList.province_list).map(([code, name]) => [code, name, 1, null]);
    const cities = Object.entries(areaList.city_list)
        .filter(([code]) => !PROVINCE_ONLY.test(code) && !DIRECTLY_UNDER.test(code))
        .map(([code, name]) => [code, HEADING[code] ?? name, 2, `${code.slice(0, 2)}0000`]);
    const counties = Object.entries(areaList.county_list)
        .filter(([code, name]) => !PROVINCE_ONLY.test(code) && isCounty(code, name))
        .map(([code, name]) => [code, name, 3,
            DIRECTLY_UNDER.test(code) ? `${code.slice(0, 2)}0000` : `${code.slice(0, 4)}00`]);
    const rows = [...provinces, ...cities, ...counties].sort((a, b) => (a[0] < b[0] ? -1 : 1));

    const codes = new Set(rows.map(([code]) => code));
    for (const [code, name, , parent] of rows)
        if (!/^\d{6}$/.test(code) || !/^\p{Script=Han}{1,20}$/u.test(name) || (parent !== null && !codes.has(parent)))
            throw new Error(`bad row ${code} ${name} ${parent}`);
    return rows;
}

/** The whole file. */
export function divisionSql() {
    const { name, version } = need('@vant/area-data/package.json');
    const licence = readFileSync(need.resolve('@vant/area-data/package.json').replace('package.json', 'LICENSE'), 'utf8');
    const rows = divisions();
    const out = [
        '-- Divisions of China down to the county, GB/T 2260 codes. Made by make-division.mjs; do not edit.',
        `-- Data: ${name} ${version}, used under this licence:`,
        ...licence.trim().split('\n').map((line) => `--   ${line}`.trimEnd()),
        'SET NAMES utf8mb4;',
    ];
    for (let at = 0; at < rows.length; at += ROWS_A_STATEMENT) {
        const part = rows.slice(at, at + ROWS_A_STATEMENT).map(([code, label, level, parent]) =>
            `('${code}','${label}',${level},${parent === null ? 'NULL' : `'${parent}'`})`);
        out.push('INSERT INTO division (code, name, level, parent) VALUES', part.join(',\n'),
            'ON DUPLICATE KEY UPDATE name = VALUES(name), level = VALUES(level), parent = VALUES(parent);');
    }
    return `${out.join('\n')}\n`;
}

if (process.argv[1] === fileURLToPath(import.meta.url))
    writeFileSync(OUT, divisionSql());
