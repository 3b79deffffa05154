import { createReadStream } from 'node:fs';

const quote = 0x22;
const backslash = 0x5c;

/** Position of the byte at which a JSON file goes deeper than `limit`, or null: DuckDB's parser dies of deep nesting, uncatchably. */
export async function findTooDeep(path: string, limit: number): Promise<number | null> {
  let depth = 0;
  let inString = false;
  let escaped = false;
  let offset = 0;
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) {
    const bytes: Buffer = chunk;
    for (let i = 0; i < bytes.length; i += 1) {
      const byte = bytes[i];
      if (inString) {
        if (escaped) escaped = false;
        else if (byte === backslash) escaped = true;
        else if (byte === quote) inString = false;
      } else if (byte === quote) inString = true;
      else if (byte === 0x5b || byte === 0x7b) {
        depth += 1;
        if (depth > limit) return offset + i;
      } else if (byte === 0x5d || byte === 0x7d) depth -= 1;
    }
    offset += bytes.length;
  }
  return null;
}
