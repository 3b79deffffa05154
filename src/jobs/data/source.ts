import { createReadStream, createWriteStream, closeSync, openSync, readSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import type { DataFormat } from '../../contracts/data.js';
import { DandoriError, messageOf } from '../../errors.js';
import { failure } from '../../messages/failures.js';
import { fileMessages, type ForeignFormat } from './file-messages.js';

/** A file that has been told apart from a binary, an empty and a compressed one; `path` is plain. */
export interface DataSource {
  path: string;
  /** Name for people: the file as it came. */
  fileName: string;
  format: DataFormat;
  /** Size of the plain file. */
  bytes: number;
  /** The first bytes, at most 1 MB; '' for Parquet. */
  head: string;
  /** False: the file goes on after `head`. */
  headIsAll: boolean;
}

const headBytes = 1_000_000;

function readHead(path: string): Buffer {
  const file = openSync(path, 'r');
  try {
    const buffer = Buffer.alloc(headBytes);
    let filled = 0;
    while (filled < headBytes) {
      const read = readSync(file, buffer, filled, headBytes - filled, filled);
      if (read === 0) break;
      filled += read;
    }
    return buffer.subarray(0, filled);
  } finally {
    closeSync(file);
  }
}

async function gunzip(path: string, fileName: string, target: string, maxBytes: number): Promise<void> {
  let bytes = 0;
  const limit = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length;
      done(bytes > maxBytes ? tooLarge(fileName, null, maxBytes) : null, chunk);
    },
  });
  try {
    await pipeline(createReadStream(path), createGunzip(), limit, createWriteStream(target));
  } catch (error) {
    if (error instanceof DandoriError) throw error;
    throw failure('unusable_data', fileMessages.damagedGzip({ file: fileName, why: messageOf(error) }));
  }
}

function tooLarge(file: string, bytes: number | null, maxBytes: number): DandoriError {
  return failure('limit_exceeded', fileMessages.tooLarge({ file, bytes, maxBytes }));
}

const magics: { bytes: number[]; format: ForeignFormat }[] = [
  { bytes: [0x50, 0x4b, 0x03, 0x04], format: 'zip' },
  { bytes: [0xd0, 0xcf, 0x11, 0xe0], format: 'office' },
  { bytes: [0x25, 0x50, 0x44, 0x46], format: 'pdf' },
  { bytes: [0x28, 0xb5, 0x2f, 0xfd], format: 'zstd' },
  { bytes: [0x42, 0x5a, 0x68], format: 'bzip2' },
  { bytes: [0xff, 0xfe], format: 'utf16' },
  { bytes: [0xfe, 0xff], format: 'utf16' },
];

function refuseBinary(head: Buffer, fileName: string): void {
  const magic = magics.find(({ bytes }) => bytes.every((byte, index) => head[index] === byte));
  if (magic !== undefined)
    throw failure('unusable_data', fileMessages.foreign({ file: fileName, format: magic.format }));
  const position = head.indexOf(0);
  if (position >= 0) throw failure('unusable_data', fileMessages.binary({ file: fileName, position }));
}

/** Refusal of a text that is not UTF-8, at a line that people can look up. */
export function notUtf8(fileName: string, line: number | null): DandoriError {
  return failure('unusable_data', fileMessages.notUtf8({ file: fileName, line }));
}

function decode(head: Buffer, fileName: string, headIsAll: boolean): string {
  // A character may be cut in two at the end of the head: the last 3 bytes are then no evidence.
  const decoder = new TextDecoder('utf-8', { fatal: true });
  try {
    return decoder.decode(head, { stream: !headIsAll });
  } catch {
    let line = 1;
    const lines = head.toString('latin1').split('\n');
    for (const each of lines) {
      try {
        new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(each, 'latin1'));
      } catch {
        break;
      }
      line += 1;
    }
    throw notUtf8(fileName, line);
  }
}

function formatOf(fileName: string, head: Buffer): DataFormat {
  if (head.subarray(0, 4).toString('latin1') === 'PAR1') return 'parquet';
  const name = fileName.toLowerCase().replace(/\.gz$/, '');
  if (/\.(json|jsonl|ndjson)$/.test(name)) return 'json';
  if (/\.(parquet|pq)$/.test(name)) throw failure('unusable_data', fileMessages.notParquet({ file: fileName }));
  return 'csv';
}

/** Looks at a file and unpacks gzip into `tempDir`; refuses what is empty, too large, binary or not UTF-8. */
export async function openSource(params: {
  path: string;
  fileName: string;
  tempDir: string;
  maxBytes: number;
}): Promise<DataSource> {
  const { fileName, maxBytes } = params;
  let path = params.path;
  const size = statSync(path).size;
  if (size === 0) throw failure('unusable_data', fileMessages.empty({ file: fileName, why: 'bytes' }));
  if (size > maxBytes) throw tooLarge(fileName, size, maxBytes);
  let head = readHead(path);
  if (head[0] === 0x1f && head[1] === 0x8b) {
    path = join(params.tempDir, 'unpacked');
    await gunzip(params.path, fileName, path, maxBytes);
    head = readHead(path);
    if (head.length === 0) throw failure('unusable_data', fileMessages.empty({ file: fileName, why: 'gzip' }));
  }
  const bytes = statSync(path).size;
  const format = formatOf(fileName, head);
  if (format === 'parquet') return { path, fileName, format, bytes, head: '', headIsAll: false };
  refuseBinary(head, fileName);
  const headIsAll = head.length >= bytes;
  const text = decode(head, fileName, headIsAll);
  if (text.trim() === '') throw failure('unusable_data', fileMessages.empty({ file: fileName, why: 'blank' }));
  return { path, fileName, format, bytes, head: text, headIsAll };
}
