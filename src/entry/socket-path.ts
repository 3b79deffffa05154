import { createHash } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

/** Unix socket addresses end at about 104 bytes; longer ones are cut silently. */
const longest = 100;

/** Where the server of a state directory listens for the command line; in the temporary folder when the path would be too long. */
export function socketPath(stateDir: string): string {
  const inside = join(resolve(stateDir), 'dandori.sock');
  if (Buffer.byteLength(inside) <= longest) return inside;
  const digest = createHash('sha256').update(resolve(stateDir)).digest('hex').slice(0, 16);
  return join(tmpdir(), `dandori-${digest}.sock`);
}
