import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { type Followed, verdictTable } from './follow.js';

const deployment = z.object({ curl: z.string(), invocation_url: z.string(), endpoint_name: z.string() });
const history = z.object({ commit_url: z.string() });

/** A local record by its path, another by its address. */
function reportPlace(url: string): string {
  return url.startsWith('file:') ? fileURLToPath(url) : url;
}

/** The last words about a request: verdict, version, report, a line to paste; or the reason why not. */
export function tellEnd(followed: Followed): string {
  const { run, reason } = followed;
  if (run === null) return `Nothing was started.\n${reason ?? ''}`;
  const table = verdictTable(run);
  const deployed = deployment.safeParse(run.data['deployment']);
  const written = history.safeParse(run.data['history']);
  const lines = [
    ...(table === '' ? [] : [table, '']),
    ...(reason === null
      ? [`${run.model_name} ${run.version ?? ''} is in service.`]
      : [`No model was put into service: ${reason}`]),
    ...(written.success ? [`Report:   ${reportPlace(written.data.commit_url)}`] : []),
    ...(deployed.success && reason === null
      ? [`Endpoint: ${deployed.data.invocation_url}`, '', 'Ask it:', deployed.data.curl]
      : []),
  ];
  return lines.join('\n');
}
