import { existsSync, readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { DandoriError } from '../errors.js';
import type { ApiClient } from './api-client.js';
import type { SubmitAnswer } from './api-types.js';

/** Title of a request file: its first heading, else its name. */
function titleOf(text: string, path: string): string {
  return /^#\s+(.+)$/m.exec(text)?.[1]?.trim() ?? `[MLOps] ${path.split('/').at(-1) ?? path}`;
}

/** Submits a request file as an issue labelled `mlops:train`; files that it names are found beside it. */
export async function submitRequest(api: ApiClient, file: string, yes: boolean): Promise<SubmitAnswer> {
  const path = resolve(file);
  if (!existsSync(path)) {
    throw new DandoriError('not_found', `The request file ${file} does not exist.`, {
      next: 'name a file that holds a request; examples/churn/request.md is one.',
    });
  }
  const body = readFileSync(path, 'utf8');
  return api.post<SubmitAnswer>('/api/requests', {
    title: titleOf(body, path).slice(0, 300),
    body,
    base_dir: dirname(path),
    yes,
  });
}
