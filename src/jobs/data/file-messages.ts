import type { FailureText } from '../../messages/failures.js';

const formats = { en: 'CSV, Parquet or JSON, plain or gzip', ja: 'CSV、Parquet、JSON（gzip圧縮も可）' };
const asCsv = { en: 'save the sheet as CSV (UTF-8).', ja: 'シートをCSV（UTF-8）で保存してください。' };
const unpack = {
  en: 'unpack it, or compress it with gzip.',
  ja: '展開するか、gzipで圧縮し直してください。',
};
const utf8 = { en: 'save it as UTF-8.', ja: 'UTF-8で保存してください。' };
const writeAgain = 'ファイルを作り直してください。';

/** File formats that are told by their first bytes and cannot be read. */
const foreign = {
  zip: {
    en: 'is a ZIP archive or an Excel workbook',
    ja: 'ZIPアーカイブまたはExcelブックです',
    next: { en: `unpack it, or ${asCsv.en}`, ja: `展開するか、${asCsv.ja}` },
  },
  office: { en: 'is an old Excel or Office file', ja: '古い形式のExcelまたはOfficeファイルです', next: asCsv },
  pdf: {
    en: 'is a PDF',
    ja: 'PDFです',
    next: { en: 'give the table as CSV (UTF-8).', ja: '表をCSV（UTF-8）で用意してください。' },
  },
  zstd: { en: 'is compressed with zstd', ja: 'zstdで圧縮されています', next: unpack },
  bzip2: { en: 'is compressed with bzip2', ja: 'bzip2で圧縮されています', next: unpack },
  utf16: { en: 'is UTF-16 text', ja: 'UTF-16のテキストです', next: utf8 },
} as const;
export type ForeignFormat = keyof typeof foreign;

function text(
  file: string,
  en: { is: string } & Pick<FailureText['en'], 'found' | 'allowed' | 'next'>,
  ja: { is: string; next?: string },
): FailureText {
  const { is, ...details } = en;
  return {
    en: { what: `The data file ${file} ${is}.`, ...details },
    ja: `データファイル ${file}: ${ja.is}。${ja.next ?? ''}`,
  };
}

const at = (line: number | null) => ({
  en: line === null ? '' : ` at line ${line}`,
  ja: line === null ? '' : `${line} 行目: `,
});

/** Why a data file is refused before anything is known of its columns. `line` null: not known. */
export const fileMessages = {
  tooLarge: ({ file, bytes, maxBytes }: { file: string; bytes: number | null; maxBytes: number }): FailureText =>
    text(
      file,
      {
        is: 'is too large',
        found: bytes === null ? `more than ${maxBytes} bytes when unpacked` : `${bytes} bytes`,
        allowed: `${maxBytes} bytes`,
        next: 'give a sample of its rows, or fewer columns.',
      },
      {
        is: `大きすぎます（${bytes === null ? '展開後のサイズが' : `${bytes} バイト、`}上限 ${maxBytes} バイト${bytes === null ? 'を超過' : ''}）`,
        next: '行を抽出するか、列を減らしてください。',
      },
    ),
  empty: ({ file, why }: { file: string; why: 'bytes' | 'gzip' | 'blank' }): FailureText => {
    if (why === 'gzip')
      return text(file, { is: 'is empty', found: 'a gzip file of nothing' }, { is: '中身のないgzipファイルです' });
    if (why === 'blank') return text(file, { is: 'is empty', found: 'only blank lines' }, { is: '空行しかありません' });
    return text(
      file,
      { is: 'is empty', found: '0 bytes', next: 'give a file with a header line and at least 50 rows.' },
      { is: '空のファイルです（0 バイト）', next: 'ヘッダー行と50行以上のデータを含むファイルを指定してください。' },
    );
  },
  damagedGzip: ({ file, why }: { file: string; why: string }): FailureText =>
    text(
      file,
      { is: 'is a damaged or cut-off gzip file', found: why, next: 'compress it again, or give it uncompressed.' },
      {
        is: `gzipファイルが壊れているか、途中で切れています（詳細: ${why}）`,
        next: '圧縮し直すか、圧縮せずに指定してください。',
      },
    ),
  foreign: ({ file, format }: { file: string; format: ForeignFormat }): FailureText => {
    const { en, ja, next } = foreign[format];
    return text(
      file,
      { is: en, allowed: formats.en, next: next.en },
      { is: `${ja}（使用できる形式: ${formats.ja}）`, next: next.ja },
    );
  },
  binary: ({ file, position }: { file: string; position: number }): FailureText =>
    text(
      file,
      {
        is: 'is binary, not text',
        found: `a zero byte at position ${position}`,
        allowed: formats.en,
        next: 'export the table as CSV (UTF-8) or Parquet.',
      },
      {
        is: `テキストではなくバイナリです（位置 ${position} にゼロバイト。使用できる形式: ${formats.ja}）`,
        next: '表をCSV（UTF-8）またはParquetで書き出してください。',
      },
    ),
  notUtf8: ({ file, line }: { file: string; line: number | null }): FailureText =>
    text(
      file,
      {
        is: `is not UTF-8 text${line === null ? '' : ` (line ${line})`}`,
        allowed: 'UTF-8',
        next: 'save it as UTF-8, e.g. iconv -f WINDOWS-1252 -t UTF-8, or SHIFT_JIS for Japanese Excel.',
      },
      {
        is: `UTF-8のテキストではありません${line === null ? '' : `（${line} 行目）`}`,
        next: 'UTF-8で保存してください（日本語版Excelのファイルなら iconv -f SHIFT_JIS -t UTF-8 で変換できます）。',
      },
    ),
  notParquet: ({ file }: { file: string }): FailureText =>
    text(
      file,
      { is: 'is named Parquet but is none', found: 'no PAR1 mark at its beginning', next: 'write the file again.' },
      { is: '名前はParquetですが、Parquetファイルではありません（先頭に PAR1 がありません）', next: writeAgain },
    ),
  ragged: ({
    file,
    line,
    found,
    allowed,
    excerpt,
  }: Record<'file' | 'found' | 'allowed' | 'excerpt', string> & { line: number | null }): FailureText =>
    text(
      file,
      {
        is: `is ragged: a row has another number of columns than the header${at(line).en}`,
        found: `${found} columns: ${excerpt}`,
        allowed: `${allowed} columns in each row`,
        next: 'correct that line; a value that holds the delimiter or a line break needs double quotes around it.',
      },
      {
        is: `${at(line).ja}列数がヘッダーと異なります（${found} 列、ヘッダーは ${allowed} 列。該当行: ${excerpt}）`,
        next: 'その行を修正してください。区切り文字や改行を含む値は二重引用符で囲みます。',
      },
    ),
  openQuote: ({ file, line, excerpt }: { file: string; line: number | null; excerpt: string }): FailureText =>
    text(
      file,
      {
        is: `has a quote that is never closed${at(line).en}`,
        found: excerpt,
        next: 'close it, or double it ("") where it is part of the value.',
      },
      {
        is: `${at(line).ja}引用符が閉じられていません（該当行: ${excerpt}）`,
        next: '引用符を閉じるか、値の一部なら2つ重ねてください（""）。',
      },
    ),
  longLine: ({ file, line }: { file: string; line: number | null }): FailureText =>
    text(
      file,
      {
        is: `has a line of more than 2,000,000 bytes${at(line).en}`,
        next: 'check the line ends and the quotes of the file.',
      },
      { is: `${at(line).ja}2,000,000 バイトを超える行があります`, next: '改行と引用符を確認してください。' },
    ),
  unreadableCsv: ({ file, line, why }: { file: string; line: number | null; why: string }): FailureText =>
    text(
      file,
      { is: `cannot be read as CSV${at(line).en}`, found: why, next: 'check that line.' },
      { is: `${at(line).ja}CSVとして読み取れません（詳細: ${why}）`, next: 'その行を確認してください。' },
    ),
  unreadable: ({ file, format, why }: { file: string; format: 'json' | 'parquet'; why: string }): FailureText =>
    text(
      file,
      {
        is: `cannot be read as ${format === 'json' ? 'JSON' : 'Parquet'}`,
        found: why,
        allowed: format === 'json' ? 'a list of objects, or one object a line' : 'a whole Parquet file',
        next: 'write the file again.',
      },
      {
        is: `${format === 'json' ? 'JSON（オブジェクトのリスト、または1行に1オブジェクト）' : 'Parquet'}として読み取れません（詳細: ${why}）`,
        next: writeAgain,
      },
    ),
  tooDeep: ({ file, levels, position }: { file: string; levels: number; position: number }): FailureText =>
    text(
      file,
      {
        is: 'is nested too deeply to be read as a table',
        found: `more than ${levels} levels at byte ${position}`,
        next: 'give a list of flat objects.',
      },
      {
        is: `入れ子が深すぎて表として読み取れません（${position} バイト目で ${levels} 段を超過）`,
        next: '入れ子のないオブジェクトのリストにしてください。',
      },
    ),
  sameNames: ({ file, names }: { file: string; names: readonly string[] }): FailureText =>
    text(
      file,
      {
        is: 'has several columns of the same name',
        found: `${names.join(', ')} more than once in the header`,
        allowed: 'a name of its own for each column (upper and lower case count as equal)',
        next: 'rename the columns in the first line.',
      },
      {
        is: `同じ名前の列があります（${names.join('、')}。大文字と小文字は区別しません）`,
        next: '1行目の列名を変更してください。',
      },
    ),
  tooManyColumns: ({ file, columns, most }: { file: string; columns: number; most: number }): FailureText =>
    text(
      file,
      {
        is: 'has too many columns',
        found: String(columns),
        allowed: `up to ${most}`,
        next: 'give the columns that matter.',
      },
      { is: `列が多すぎます（${columns} 列、上限 ${most} 列）`, next: '必要な列だけにしてください。' },
    ),
  longName: ({ file, name }: { file: string; name: string }): FailureText =>
    text(
      file,
      { is: 'has a column name of more than 200 characters', found: `"${name}..."`, next: 'check the header line.' },
      { is: `200文字を超える列名があります（「${name}...」）`, next: 'ヘッダー行を確認してください。' },
    ),
  reservedName: ({ file, name }: { file: string; name: string }): FailureText =>
    text(
      file,
      { is: `has a column named "${name}", which Dandori uses itself`, next: 'rename it.' },
      { is: `「${name}」という列名はDandoriが使用するため使えません`, next: '列名を変更してください。' },
    ),
  noFirstLine: ({ file }: { file: string }): FailureText =>
    text(
      file,
      { is: 'has no complete first line', next: 'check its quotes and line ends.' },
      { is: '1行目が完結していません', next: '引用符と改行を確認してください。' },
    ),
  noHeader: ({ file, first }: { file: string; first: readonly string[] }): FailureText =>
    text(
      file,
      {
        is: 'has no header',
        found: `numbers in the first line: ${first.join(', ')}`,
        next: 'put a line with the column names first.',
      },
      { is: `ヘッダーがありません（1行目が数値: ${first.join('、')}）`, next: '1行目に列名を書いてください。' },
    ),
  noRows: ({ file }: { file: string }): FailureText =>
    text(
      file,
      { is: 'has no rows', next: 'give a file with rows.' },
      { is: '行がありません', next: '行を含むファイルを指定してください。' },
    ),
  headerOnly: ({ file, columns }: { file: string; columns: readonly string[] }): FailureText =>
    text(
      file,
      { is: 'has a header but no rows', found: `columns ${columns.join(', ')}`, next: 'give a file with rows.' },
      { is: `ヘッダーだけで行がありません（列: ${columns.join('、')}）`, next: '行を含むファイルを指定してください。' },
    ),
} as const;
