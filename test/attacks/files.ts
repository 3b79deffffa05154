import { type Dirent, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A server at work takes files away while they are read: what is gone is null. */
function whileThere<T>(read: () => T): T | null {
  try {
    return read();
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
}

/** All that is no folder, folder by folder; links are not followed. */
function entriesBelow(folder: string, except?: string): Dirent[] {
  if (folder === except) return [];
  const entries = whileThere(() => readdirSync(folder, { withFileTypes: true })) ?? [];
  return entries.flatMap((one) => (one.isDirectory() ? entriesBelow(join(folder, one.name), except) : [one]));
}

const pathOf = ({ parentPath, name }: Dirent): string => join(parentPath, name);

/** The path of every file and link below a folder, but for what lies in the folder `except`. */
export function pathsBelow(folder: string, except?: string): string[] {
  return entriesBelow(folder, except).map(pathOf).toSorted();
}

/** The files below a folder that hold one of the texts. */
export function filesWith(folder: string, texts: readonly string[]): string[] {
  const holds = (path: string): boolean => {
    const content = whileThere(() => readFileSync(path));
    return content !== null && texts.some((text) => content.includes(text));
  };
  return entriesBelow(folder)
    .filter((one) => one.isFile())
    .map(pathOf)
    .filter(holds);
}
