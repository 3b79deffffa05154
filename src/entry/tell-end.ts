import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import type { RunView } from './api-types.js';
import { type Followed, verdictTable } from './follow.js';
import { renderMarkdown } from './markdown-text.js';

const deployment = z.object({ curl: z.string(), invocation_url: z.string(), endpoint_name: z.string() });
const history = z.object({ commit_url: z.string() });

/** A local record by its path, another by its address. */
function reportPlace(url: string): string {
  return url.startsWith('file:') ? fileURLToPath(url) : url;
}

/** Where the results of a run are: the report, and while it serves the endpoint with a line to paste. */
export function places(run: RunView): string[] {
  const deployed = deployment.safeParse(run.data['deployment']);
  const written = history.safeParse(run.data['history']);
  return [
    ...(written.success ? [`Report:   ${reportPlace(written.data.commit_url)}`] : []),
    ...(deployed.success && run.status === 'in_service' && run.replaced_by === null
      ? [`Endpoint: ${deployed.data.invocation_url}`, '', 'Ask it:', deployed.data.curl]
      : []),
  ];
}

/** The last words about a request: verdict, version, report, a line to paste; or the reason why not. */
export function tellEnd(followed: Followed, width: number = Number.POSITIVE_INFINITY): string {
  const { run, reason } = followed;
  if (run === null) return `Nothing was put into service:\n\n${renderMarkdown(reason ?? '', width)}`;
  const table = verdictTable(run, width);
  const lines = [
    ...(table === '' ? [] : [table, '']),
    reason === null
      ? `${run.model_name} ${run.version ?? ''} is in service.`
      : renderMarkdown(`No model was put into service: ${reason}`, width),
    ...places(run),
  ];
  return lines.join('\n');
}
