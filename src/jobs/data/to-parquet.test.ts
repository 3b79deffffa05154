import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { openEngine, type DataEngine, type Row } from './engine.js';
import { openSource } from './source.js';
import { text } from './sql.js';
import { toParquet } from './to-parquet.js';

const tempDir = mkdtempSync(join(tmpdir(), 'dandori-data-'));
const engines: DataEngine[] = [];
afterAll(() => {
  for (const engine of engines) engine.close();
  rmSync(tempDir, { recursive: true, force: true });
});

async function convert(
  fileName: string,
  body: string | Uint8Array,
  maxBytes = 50_000_000,
): Promise<{ rows: Row[]; types: Record<string, string> }> {
  const dir = mkdtempSync(join(tempDir, 'case-'));
  const path = join(dir, fileName);
  writeFileSync(path, body);
  const engine = await openEngine({ tempDir: dir, threads: 1 });
  engines.push(engine);
  const source = await openSource({ path, fileName, tempDir: dir, maxBytes });
  const target = join(dir, 'data.parquet');
  await toParquet(engine, source, dir, target);
  const described = await engine.all(`DESCRIBE SELECT * FROM read_parquet(${text(target)})`);
  return {
    rows: await engine.all(`SELECT * FROM read_parquet(${text(target)})`),
    types: Object.fromEntries(described.map((row) => [String(row['column_name']), String(row['column_type'])])),
  };
}

const message = (fileName: string, body: string | Uint8Array, maxBytes?: number) =>
  convert(fileName, body, maxBytes).then(
    () => 'accepted',
    (error: unknown) => String(error),
  );

describe('toParquet', () => {
  it.each([
    { what: 'a column of text', cell: 'NA', column: 'city' },
    { what: 'a column of text, quoted', cell: '"null"', column: 'city' },
    { what: 'whole numbers', cell: 'None', column: 'id' },
    { what: 'whole numbers that a DOUBLE would read', cell: 'NaN', column: 'id' },
    { what: 'quantities', cell: 'N/A', column: 'price' },
    { what: 'quantities that a DOUBLE would read', cell: 'nan', column: 'price' },
    { what: 'dates', cell: '<NA>', column: 'day' },
    { what: 'yes and no', cell: '#N/A', column: 'ok' },
  ])('takes a word for no value that comes long after the first rows, in $what', async ({ cell, column }) => {
    const names = ['id', 'price', 'city', 'day', 'ok'];
    const cells = (row: number) => [`${row}`, `${row}.5`, `c${row % 9}`, '2024-01-02', 'true'];
    const late = 60_000;
    const lines = Array.from({ length: late + 10 }, (_, row) =>
      cells(row)
        .map((each, index) => (row === late && names[index] === column ? cell : each))
        .join(','),
    );
    const { rows, types } = await convert('a.csv', `${names.join(',')}\n${lines.join('\n')}\n`);
    expect(types).toEqual({ id: 'BIGINT', price: 'DOUBLE', city: 'VARCHAR', day: 'DATE', ok: 'BOOLEAN' });
    expect(rows.filter((row) => row[column] === null).length).toBe(1);
    expect(rows[late]?.[column]).toBeNull();
  });

  it('types the columns of a CSV and keeps the order of its rows', async () => {
    const { rows, types } = await convert(
      'a.csv',
      'id,price,city,ok,day,at,churn\n1,1.5,Kyoto,true,2024-01-02,2024-01-02 03:04:05,Yes\n2,NA,"a, ""b""",false,,,No\n3,3,,true,2024-01-03,2024-01-03 00:00:00,No\n',
    );
    expect(types).toEqual({
      id: 'BIGINT',
      price: 'DOUBLE',
      city: 'VARCHAR',
      ok: 'BOOLEAN',
      day: 'DATE',
      at: 'TIMESTAMP',
      churn: 'VARCHAR',
    });
    expect(rows.map((row) => [row['id'], row['price'], row['city'], row['ok'], row['churn']])).toEqual([
      [1, 1.5, 'Kyoto', true, 'Yes'],
      [2, null, 'a, "b"', false, 'No'],
      [3, 3, null, true, 'No'],
    ]);
  });

  it('takes a blank cell among numbers for a missing number, and leaves text with blanks text', async () => {
    const { rows, types } = await convert('a.csv', 'n,f,zip,word\n1,2.5,01234,x\n ,  ,,  \n3,1e3,00001,7\n');
    expect(types).toEqual({ n: 'BIGINT', f: 'DOUBLE', zip: 'VARCHAR', word: 'VARCHAR' });
    expect(rows[1]).toEqual({ n: null, f: null, zip: null, word: null });
  });

  it.each([
    ['semicolons', 'a.csv', 'a;b\n1;x\n2;y\n'],
    ['tabs', 'a.tsv', 'a\tb\n1\tx\n2\ty\n'],
    ['pipes', 'a.txt', 'a|b\n1|x\n2|y\n'],
    ['CRLF line ends', 'a.csv', 'a,b\r\n1,x\r\n2,y\r\n'],
    ['no line end at the end', 'a.csv', 'a,b\n1,x\n2,y'],
    ['a byte order mark', 'a.csv', '\uFEFFa,b\n1,x\n2,y\n'],
    ['gzip', 'a.csv.gz', gzipSync('a,b\n1,x\n2,y\n')],
    ['JSON lines', 'a.jsonl', '{"a":1,"b":"x"}\n{"a":2,"b":"y"}\n'],
    ['a JSON list', 'a.json', '[{"a":1,"b":"x"},{"a":2,"b":"y"}]'],
    ['gzipped JSON', 'a.json.gz', gzipSync('[{"a":1,"b":"x"},{"a":2,"b":"y"}]')],
  ])('reads %s', async (_, name, body) => {
    const { rows, types } = await convert(name, body);
    expect(types).toEqual({ a: 'BIGINT', b: 'VARCHAR' });
    expect(rows).toEqual([
      { a: 1, b: 'x' },
      { a: 2, b: 'y' },
    ]);
  });

  const manyRows = (value: string) => `n,x\n${'1,1\n'.repeat(40_000)}${value},1\n`;
  it.each([
    ['a fraction after 40,000 integers: no rounding', '1.5', 'DOUBLE', 1.5],
    ['a word after 40,000 integers', 'word', 'VARCHAR', 'word'],
    ['an integer beyond 2^53: no rounding', '9007199254740993', 'BIGINT', 9007199254740992],
    ['infinity: missing', 'inf', 'DOUBLE', null],
    ['a missing mark', 'NA', 'BIGINT', null],
  ])('reads the whole column as one type: %s', async (_, value, type, expected) => {
    const { rows, types } = await convert('a.csv', manyRows(value));
    expect(types['n']).toBe(type);
    expect(rows.at(-1)?.['n']).toBe(expected);
    expect(rows).toHaveLength(40_001);
  });

  it('sees that a column is a number though it is empty for a long time', async () => {
    const { types } = await convert('a.csv', `n,x\n${',1\n'.repeat(40_000)}2.5,1\n`);
    expect(types).toEqual({ n: 'DOUBLE', x: 'BIGINT' });
  });

  it('keeps names that look like SQL as names', async () => {
    const { rows } = await convert('a.csv', `"a""; DROP TABLE x; --","it's",select\n1,2,3\n`);
    expect(rows).toEqual([{ 'a"; DROP TABLE x; --': 1, "it's": 2, select: 3 }]);
  });

  it('keeps nested JSON as text and keys that come late', async () => {
    const { rows, types } = await convert('a.jsonl', `${'{"a":1}\n'.repeat(30_000)}{"a":2,"late":[1,2]}\n`);
    expect(types).toEqual({ a: 'BIGINT', late: 'VARCHAR' });
    expect(rows.at(-1)?.['late']).toBe('[1,2]');
  });

  it('names an unnamed index column', async () => {
    const { types } = await convert('a.csv', ',b\n0,x\n1,y\n');
    expect(types).toEqual({ column_1: 'BIGINT', b: 'VARCHAR' });
  });

  it.each<[string, string, string | Uint8Array, RegExp]>([
    ['an empty file', 'a.csv', '', /a\.csv is empty.*0 bytes/],
    ['blank lines only', 'a.csv', '\n\n  \n', /is empty.*only blank lines/],
    ['a header alone', 'a.csv', 'a,b\n', /has a header but no rows.*columns a, b/],
    ['a short row', 'a.csv', 'a,b,c\n1,2,3\n4,5\n6,7,8\n', /ragged.*line 3.*Found: 2 columns: 4,5.*Allowed: 3 columns/],
    ['a long row', 'a.csv', 'a,b,c\n1,2,3\n4,5,6,7\n', /ragged.*line 3.*Found: 4 columns/],
    ['a ragged row far away', 'a.csv', `a,b\n${'1,2\n'.repeat(50_000)}3\n`, /ragged.*line 50002.*Found: 1 columns/],
    ['an open quote', 'a.csv', 'a,b\n1,2\n"3,4\n5,6\n', /quote that is never closed/],
    ['zero bytes', 'a.csv', 'a,b\n1,\u0000\n', /binary.*zero byte at position 6/],
    ['random bytes', 'a.csv', Uint8Array.from({ length: 4000 }, (_, i) => (i * 167 + 13) % 256), /binary|not UTF-8/],
    ['a ZIP archive', 'a.xlsx', Uint8Array.from([0x50, 0x4b, 3, 4, 0, 0, 0, 0]), /ZIP archive or an Excel workbook/],
    ['Latin-1', 'a.csv', Buffer.from('a,b\n1,caf\u00e9\n', 'latin1'), /not UTF-8 text \(line 2\)/],
    [
      'Latin-1 far away',
      'a.csv',
      Buffer.from(`a,b\n${'1,xxxxxxxxxx\n'.repeat(100_000)}1,caf\u00e9\n`, 'latin1'),
      /not UTF-8 text/,
    ],
    ['UTF-16', 'a.csv', Buffer.from('\uFEFFa,b\n1,2\n', 'utf16le'), /UTF-16.*save it as UTF-8/],
    ['two columns of one name', 'a.csv', 'a,b,A\n1,2,3\n', /several columns of the same name.*"A"/],
    ['no header', 'a.csv', '1,2\n3,4\n', /has no header.*1, 2/],
    ['a cut-off gzip', 'a.csv.gz', gzipSync('a,b\n1,2\n'.repeat(500)).subarray(0, 40), /damaged or cut-off gzip/],
    ['broken JSON', 'a.json', '[{"a":1},{"a":', /cannot be read as JSON/],
    ['JSON that is no table', 'a.json', '[1,2,3]', /cannot be read as JSON/],
    [
      'JSON of 100,000 levels',
      'a.json',
      `[{"a":${'['.repeat(100_000)}${']'.repeat(100_000)}}]`,
      /nested too deeply.*more than 32 levels/,
    ],
    ['JSON of 100,000 levels in one bracket', 'a.json', '['.repeat(100_000), /nested too deeply/],
    ['a broken Parquet', 'a.parquet', 'PAR1xxxxxxxxxxxxxxxxPAR1', /cannot be read as Parquet/],
    ['text named Parquet', 'a.parquet', 'a,b\n1,2\n', /is named Parquet but is none/],
    ['a line of 3 MB', 'a.csv', `a,b\n1,${'x'.repeat(3_000_000)}\n`, /line of more than 2,000,000 bytes/],
  ])('refuses %s', async (_, name, body, expected) => {
    expect(await message(name, body)).toMatch(expected);
  });

  it('refuses a file over its limit, and a gzip that unpacks to more', async () => {
    expect(await message('a.csv', 'a,b\n1,2\n', 5)).toMatch(/too large.*Found: 8 bytes.*Allowed: 5 bytes/);
    expect(await message('a.csv.gz', gzipSync(`a\n${'1\n'.repeat(100_000)}`), 5_000)).toMatch(
      /too large.*when unpacked/,
    );
  });
});
