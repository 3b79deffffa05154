import { InvalidArgumentError } from 'commander';
import type { AuditLine } from '../api-types.js';
import { type CommonOptions, show } from '../output.js';
import { localTime, renderTable } from '../table.js';
import { type AddCommand, issueNumberOf, newCommand, withApi } from './command.js';

interface AuditOptions extends CommonOptions {
  by?: string;
  since?: string;
  limit?: string;
}

const heading = ['time', 'by', 'action', 'outcome', 'run', 'plan', 'detail'];
const longestDetail = 200;

function timeFrom(text: string): string {
  const at = new Date(text);
  if (!Number.isNaN(at.getTime())) return at.toISOString();
  throw new InvalidArgumentError('Allowed: a day or a time, such as 2026-01-31 or 2026-01-31T09:30:00Z.');
}

function countFrom(text: string): string {
  if (/^[1-9][0-9]{0,4}$/.test(text)) return text;
  throw new InvalidArgumentError('Allowed: a whole number from 1 to 99999.');
}

function row(line: AuditLine): string[] {
  const { at, by, action, outcome, issue_number: issue, training_id: id, plan_hash: hash } = line;
  const flat = (line.detail ?? '').replaceAll(/\s+/g, ' ');
  const detail = flat.length > longestDetail ? `${flat.slice(0, longestDetail)}…` : flat;
  return [
    localTime(at),
    by,
    action,
    outcome,
    id ?? (issue === null ? '' : `#${issue}`),
    hash?.slice(0, 12) ?? '',
    detail,
  ];
}

/** Only what is given. */
function queryOf(id: string | undefined, { by, since, limit }: AuditOptions): string {
  const issue = id === undefined ? null : issueNumberOf(id);
  const about = issue === null ? { training_id: id } : { issue: String(issue) };
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries({ ...about, by, since, limit })) if (value) query.set(name, value);
  return query.toString();
}

export const addAudit: AddCommand = (program, { output }) => {
  program.addCommand(
    newCommand('audit', 'Say who did what, when, on which plan; refusals too', [
      'audit',
      'audit 1 --by aya',
      'audit train-20260131-093000-1 --since 2026-01-31 --json',
    ])
      .argument('[id]', 'training id, or issue number')
      .option('--by <name>', 'only what this person did')
      .option('--since <time>', 'only from this day or time on', timeFrom)
      .option('--limit <count>', 'only the last of them (default: 1000)', countFrom)
      .action(async (id: string | undefined, options: AuditOptions) => {
        const lines = await withApi(options, ({ api }) => api.get<AuditLine[]>(`/api/audit?${queryOf(id, options)}`));
        show(output, options, lines, () =>
          lines.length === 0
            ? 'Nothing of that kind was done.'
            : renderTable([heading, ...lines.map(row)], output.width),
        );
      }),
  );
};
