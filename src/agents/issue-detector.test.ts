import { describe, expect, it } from 'vitest';
import { DandoriError } from '../errors.js';
import type { QualityCheck } from '../contracts/data.js';
import { parseBody } from '../request/parse-body.js';
import { renderProblems } from '../request/render-problems.js';
import type { AgentContext } from './agent.js';
import { issueDetectorAgent } from './issue-detector.js';

const fields = {
  task_type: 'classification',
  algorithm: 'random_forest',
  dataset_id: 'churn',
  target: 'chrun',
  positive_class: 'maybe',
  time_column: 'dya',
  features: { include: ['age', 'agee'], exclude: ['idd'] },
  sensitive_attributes: ['sx'],
  evaluation_threshold: 0.5,
};

const failed = (check: string, column: string | null, message: string): QualityCheck => ({
  check,
  column,
  status: 'fail',
  value: null,
  message,
});

/** What the agent answers when the data are judged so; `judge` null: the catalogue has no such dataset. */
async function detect(given: object, judge: readonly QualityCheck[] | null) {
  const called: string[] = [];
  const call = async (name: string, args: { body?: string }) => {
    called.push(name);
    if (name === 'parse_issue_config') {
      const parsed = parseBody(args.body ?? '');
      const { notes, language } = parsed;
      return parsed.ok
        ? { training_config: parsed.request, problems: [], notes, fields: parsed.fields, language }
        : { training_config: null, problems: parsed.problems, notes, fields: [], language };
    }
    if (judge === null) throw new DandoriError('not_found', 'There is no dataset.');
    return { dataset_id: 'churn', version: '1.0.0', usable: false, report: { checks: judge } };
  };
  const context = { tools: { call, close: async () => undefined } } as object as AgentContext;
  const body = JSON.stringify(given);
  const input = { issue_number: 1, repository: 'local', labels: ['mlops:train'], body };
  const result = await issueDetectorAgent.work(input, context);
  const output = issueDetectorAgent.output.parse(result.kind === 'done' ? result.output : null);
  return { ...output, called };
}

describe('the issue detector', () => {
  it('tells the fields that do not fit a dataset of the catalogue, all at once, before anything is started', async () => {
    const { training_config, problems } = await detect(fields, [
      failed('target', 'chrun', 'There is no column "chrun".'),
      failed('positive_class', 'chrun', 'No class is "maybe".'),
      failed('unknown_column', 'dya', 'There is no column "dya".'),
      failed('unknown_column', 'agee', 'There is no column "agee".'),
      failed('unknown_column', 'idd', 'There is no column "idd".'),
      failed('unknown_column', 'sx', 'There is no column "sx", did you mean "a|b" <img src=x>?'),
      failed('rows', null, 'There are too few rows.'),
    ]);
    expect(training_config).toBeNull();
    expect(problems.map(({ field, found }) => [field, found])).toEqual([
      ['target', '"chrun"'],
      ['positive_class', '"maybe"'],
      ['time_column', '"dya"'],
      ['features.include[1]', '"agee"'],
      ['features.exclude[0]', '"idd"'],
      ['sensitive_attributes[0]', '"sx"'],
      ['dataset_id', '"churn"'],
    ]);
    const table = renderProblems(problems, 'en');
    expect(table).toContain('| `target` | `"chrun"` | There is no column "chrun". |');
    // Names and values of the data are foreign.
    expect(table).toContain('"a\\|b" \\<img src=x>?');
  });

  it.each([
    ['a warning', [{ ...failed('rows', null, 'Few rows.'), status: 'warn' as const }]],
    ['a dataset that is not there yet', null],
  ])('takes a request in spite of %s', async (_, judge) => {
    expect(await detect(fields, judge)).toMatchObject({ training_config: { target: 'chrun' }, problems: [] });
  });

  it('does not look for the columns of a file, nor for those of a request that is wrong', async () => {
    const file = await detect({ ...fields, data_source: { path: 'churn.csv' } }, null);
    expect(file).toMatchObject({ problems: [], called: ['parse_issue_config'] });
    const wrong = await detect({ ...fields, seed: 'x' }, null);
    expect(wrong).toMatchObject({ training_config: null, called: ['parse_issue_config'] });
  });
});
