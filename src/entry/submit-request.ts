import { readFileSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import { DandoriError, messageOf } from '../errors.js';
import type { ApiClient } from './api-client.js';
import type { SubmitAnswer } from './api-types.js';

/** Title of a request file: its first heading, else its name. */
export function titleOf(text: string, path: string): string {
  // A # inside a code block is a comment of the request.
  const prose = text.replaceAll(/^```[\s\S]*?^```/gm, '');
  const heading = /\.md$/i.test(path) ? /^#\s+(.+)$/m.exec(prose)?.[1]?.trim() : undefined;
  return (heading ?? `[MLOps] ${basename(path)}`).slice(0, 300);
}

/** A request file as it was read. */
export interface RequestFile {
  path: string;
  body: string;
  /** The folder beside which the files that it names are found. */
  base_dir: string;
}

/** Reads a request file; `not_found` or `invalid_input` when it cannot be read. */
export function readRequestFile(file: string): RequestFile {
  const path = resolve(file);
  try {
    return { path, body: readFileSync(path, 'utf8'), base_dir: dirname(path) };
  } catch (error) {
    const absent = /ENOENT/.test(messageOf(error));
    throw new DandoriError(absent ? 'not_found' : 'invalid_input', `The request file ${file} cannot be read.`, {
      found: absent ? 'no such file' : messageOf(error),
      next: 'name a file that holds a request; examples/churn/request.md is one.',
      cause: error,
    });
  }
}

/** Submits a request as an issue labelled `mlops:train`. */
export async function submitRequest(
  api: ApiClient,
  { path, body, base_dir }: RequestFile,
  yes: boolean,
): Promise<SubmitAnswer> {
  return api.post<SubmitAnswer>('/api/requests', { title: titleOf(body, path), body, base_dir, yes });
}
