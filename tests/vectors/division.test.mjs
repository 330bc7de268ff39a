// The division table that ships: what its generator writes, and true to what is known of GB/T 2260 from elsewhere.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { divisionSql } from '../../sql/seed/make-division.mjs';

const read = (name) => readFileSync(new URL(`../../sql/seed/${name}`, import.meta.url), 'utf8');
const sql = read('division.sql');
const rows = new Map();
for (const [, code, name, level, parent] of sql.matchAll(/^\('(\d{6})','([^']+)',(\d),(?:NULL|'(\d{6})')\)/gm)) {
    assert.ok(!rows.has(code), `${code} twice`);
    rows.set(code, { name, level: Number(level), parent });
}
const count = (keep) => [...rows].filter(([code, row]) => keep(row, code)).length;

test('division.sql is what its generator writes', () => assert.equal(divisionSql(), sql));

test('every tuple of the file was read', () => assert.equal(rows.size, sql.match(/^\('/gm).length));

test('the totals published by the Ministry of Civil Affairs for the end of 2024', () => {
    const mainland = (code) => !/^(71|81|82)/.test(code);
    const county = (ends) => count((row, code) => row.level === 3 && mainland(code) && ends.test(row.name));
    assert.equal(count((row) => row.level === 1), 34);
    // 333, and the five headings "districts" and "counties" of the municipalities
    assert.equal(count((row) => row.level === 2), 333 + 5);
    assert.equal(count((row) => row.level === 3), 2846);
    assert.equal(county(/自治县$/), 117);
    assert.equal(county(/(?<!自治)县$/), 1301);
    assert.equal(county(/市$/), 397);
    assert.equal(county(/自治旗$/), 3);
    assert.equal(county(/(?<!自治)旗$/), 49);
    assert.equal(county(/区$/), 977 + 2); // and one special district, one forestry district
});

for (const [code, name, level, parent] of [
    ['110000', '北京市', 1], ['510000', '四川省', 1], ['650000', '新疆维吾尔自治区', 1], ['710000', '台湾省', 1],
    ['810000', '香港特别行政区', 1], ['820000', '澳门特别行政区', 1],
    ['110100', '市辖区', 2, '110000'], ['500200', '县', 2, '500000'], ['510100', '成都市', 2, '510000'],
    ['441900', '东莞市', 2, '440000'], ['620200', '嘉峪关市', 2, '620000'], ['222400', '延边朝鲜族自治州', 2, '220000'],
    ['110101', '东城区', 3, '110100'], ['310115', '浦东新区', 3, '310100'], ['500229', '城口县', 3, '500200'],
    ['330113', '临平区', 3, '330100'], ['370116', '莱芜区', 3, '370100'], ['520203', '六枝特区', 3, '520200'],
    ['429004', '仙桃市', 3, '420000'], ['429021', '神农架林区', 3, '420000'], ['469001', '五指山市', 3, '460000'],
    ['419001', '济源市', 3, '410000'], ['659001', '石河子市', 3, '650000'], ['659012', '白杨市', 3, '650000'],
]) {
    test(`${code} ${name}`, () => assert.deepEqual(rows.get(code), { name, level, parent }));
}

for (const [code, why] of [
    ['371200', 'Laiwu, merged into Jinan'], ['330103', 'abolished'], ['350402', 'abolished'], ['350427', 'now 350405'],
    ['410306', 'abolished'], ['429000', 'a heading'], ['659000', 'a heading'], ['441901', 'a town'],
    ['130171', 'a development zone'], ['320112', 'not a division'], ['710100', 'has no code in GB/T 2260'],
    ['000000', 'the nation is no row'],
]) {
    test(`no ${code}: ${why}`, () => assert.ok(!rows.has(code)));
}

test('parents', () => {
    for (const [code, { level, parent }] of rows) {
        assert.equal(level, code.endsWith('0000') ? 1 : code.endsWith('00') ? 2 : 3, code);
        if (level === 1) {
            assert.equal(parent, undefined, code);
            continue;
        }
        assert.ok(rows.has(parent), `${code}: ${parent}`);
        assert.ok(rows.get(parent).level < level, code);
        assert.equal(parent.slice(0, 2), code.slice(0, 2), code);
        // The prefix rule of the routes agrees wherever the city is a place.
        assert.equal(parent, /^\d\d90/.test(code) || level === 2 ? `${code.slice(0, 2)}0000` : `${code.slice(0, 4)}00`);
    }
});

test('department.sql holds samples only', () => {
    const samples = [...read('department.sql').matchAll(/^\('(\d{3})','([^']*)',(\d)\)/gm)];
    assert.ok(samples.length >= 3);
    for (const [, , name, isSample] of samples) {
        assert.match(name, /样例/);
        assert.equal(isSample, '1');
    }
});
