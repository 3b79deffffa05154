import { resolve } from 'node:path';
import type { ApiClient } from '../api-client.js';
import { createProgressLine } from '../progress-line.js';
import { DandoriError } from '../../errors.js';
import { type CommonOptions, show } from '../output.js';
import { renderTable } from '../table.js';
import { type AddCommand, newCommand, withApi } from './command.js';

interface VersionView {
  dataset_id: string;
  version: string;
  rows: number;
  columns: number;
  digest: string;
  source: string;
  created_at: string;
}

interface LoadAnswer {
  status: string;
  phase: string | null;
  progress: number | null;
  failure: { reason: string } | null;
  result:
    (VersionView & { already_known: boolean; quality: { status: string; warnings: number; failures: number } }) | null;
}

interface ListAnswer {
  datasets: { dataset_id: string; current: string; versions: number }[];
  versions: (VersionView & { current: boolean })[] | null;
}

const pollMs = 200;

const tool = <T>(api: ApiClient, name: string, args: unknown): Promise<T> => api.post<T>(`/api/tools/${name}`, args);

/** Loads a file and waits for its profile, with progress. */
async function load(api: ApiClient, datasetId: string, path: string): Promise<NonNullable<LoadAnswer['result']>> {
  const line = createProgressLine();
  for (;;) {
    const answer = await tool<LoadAnswer>(api, 'load_dataset', { dataset_id: datasetId, path });
    if (answer.result !== null) {
      line.clear();
      return answer.result;
    }
    if (answer.failure !== null) {
      line.clear();
      throw new DandoriError('unusable_data', `The file ${path} cannot be used: ${answer.failure.reason}`);
    }
    line.show(`${answer.phase ?? answer.status} ${(answer.progress ?? 0).toFixed(0)} %`);
    await new Promise((done) => setTimeout(done, pollMs));
  }
}

const versionText = (view: VersionView) =>
  `${view.dataset_id} ${view.version}: ${view.rows} rows, ${view.columns} columns, digest ${view.digest.slice(0, 12)}`;

export const addData: AddCommand = (program, { output }) => {
  const data = newCommand('data', 'Datasets and their versions');
  data.addCommand(
    newCommand('add', 'Add a file as a dataset, or as its next version')
      .argument('<dataset_id>', 'lower-case letters, digits and hyphens')
      .argument('<file>', 'CSV, Parquet or JSON, also .gz')
      .action(async (datasetId: string, file: string, options: CommonOptions) => {
        const added = await withApi(options, ({ api }) => load(api, datasetId, resolve(file)));
        show(output, options, added, () => {
          const known = added.already_known ? ' (these bytes were known already)' : '';
          const { status, warnings, failures } = added.quality;
          return `${versionText(added)}${known}\nquality: ${status}, ${warnings} warnings, ${failures} failures`;
        });
      }),
  );
  data.addCommand(
    newCommand('list', 'List the datasets, or the versions of one')
      .argument('[dataset_id]')
      .action(async (datasetId: string | undefined, options: CommonOptions) => {
        const answer = await withApi(options, ({ api }) =>
          tool<ListAnswer>(api, 'list_datasets', datasetId === undefined ? {} : { dataset_id: datasetId }),
        );
        show(output, options, answer, () => listText(answer));
      }),
  );
  data.addCommand(
    newCommand('checkout', 'Make a version the one that requests without a version use')
      .argument('<dataset_id>')
      .argument('<version>')
      .action(async (datasetId: string, version: string, options: CommonOptions) => {
        const answer = await withApi(options, ({ api }) =>
          tool<VersionView>(api, 'checkout_dataset', { dataset_id: datasetId, version }),
        );
        show(output, options, answer, () => `${datasetId} is now at ${version}.`);
      }),
  );
  data.addCommand(
    newCommand('diff', 'Compare two versions: rows, columns, statistics')
      .argument('<dataset_id>')
      .argument('<from>')
      .argument('<to>')
      .action(async (datasetId: string, from: string, to: string, options: CommonOptions) => {
        const answer = await withApi(options, ({ api }) =>
          tool<Record<string, unknown>>(api, 'diff_datasets', { dataset_id: datasetId, from, to }),
        );
        show(output, options, answer, () => JSON.stringify(answer, null, 2));
      }),
  );
  program.addCommand(data);
};

function listText({ datasets, versions }: ListAnswer): string {
  if (versions !== null) {
    const rows = versions.map((one) => [
      one.version,
      one.current ? 'current' : '',
      String(one.rows),
      one.digest.slice(0, 12),
      one.source,
      one.created_at,
    ]);
    return renderTable([['version', '', 'rows', 'digest', 'source', 'created'], ...rows]);
  }
  if (datasets.length === 0) return 'No datasets yet. Add one: npx dandori data add churn examples/churn/churn.csv';
  const rows = datasets.map((one) => [one.dataset_id, one.current, String(one.versions)]);
  return renderTable([['dataset_id', 'current', 'versions'], ...rows]);
}
