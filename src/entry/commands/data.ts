import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { slugAllowed, slugPattern } from '../../contracts/slug-pattern.js';
import { DandoriError } from '../../errors.js';
import type { ApiClient } from '../api-client.js';
import type { ExportedDataset } from '../export-dataset.js';
import { type CommonOptions, show } from '../output.js';
import { createProgressLine } from '../progress-line.js';
import { pause } from '../until-stopped.js';
import { type AddCommand, newCommand, withApi } from './command.js';
import { type Added, addedText, type Diff, diffText, type Listing, listText } from './data-text.js';

interface LoadAnswer {
  status: string;
  phase: string | null;
  progress: number | null;
  failure: { reason: string } | null;
  result: Added | null;
}

const pollMs = 200;

const tool = <T>(api: ApiClient, name: string, args: unknown): Promise<T> => api.post<T>(`/api/tools/${name}`, args);

function datasetId(text: string): string {
  if (slugPattern.test(text)) return text;
  throw new InvalidArgumentError(`Allowed: ${slugAllowed}.`);
}

/** Loads a file and waits for its profile, with progress. */
async function load(api: ApiClient, id: string, path: string): Promise<Added> {
  const line = createProgressLine();
  try {
    for (;;) {
      const answer = await tool<LoadAnswer>(api, 'load_dataset', { dataset_id: id, path });
      if (answer.result !== null) return answer.result;
      if (answer.failure !== null)
        throw new DandoriError('unusable_data', `The file ${path} cannot be used: ${answer.failure.reason}`);
      line.show(`${answer.phase ?? answer.status} ${(answer.progress ?? 0).toFixed(0)} %`);
      await pause(pollMs);
    }
  } finally {
    line.clear();
  }
}

export const addData: AddCommand = (program, context) => {
  // Without options of its own: commander would give --dir behind a sub-command to the group.
  const data = new Command('data').description('Datasets and their versions: add, list, checkout, diff, export');
  for (const add of [addAdd, addList, addCheckout, addDiff, addExport]) add(data, context);
  program.addCommand(data);
};

const addAdd: AddCommand = (data, { output }) => {
  data.addCommand(
    newCommand('add', 'Add a file as a dataset, or as its next version', ['data add churn examples/churn/churn.csv'])
      .argument('<dataset_id>', 'lower-case letters, digits and hyphens', datasetId)
      .argument('<file>', 'CSV, Parquet or JSON, also .gz')
      .action(async (id: string, file: string, options: CommonOptions) => {
        const path = resolve(file);
        if (!existsSync(path))
          throw new DandoriError('not_found', `The data file ${file} does not exist.`, { found: `nothing at ${path}` });
        const added = await withApi(options, ({ api }) => load(api, id, path), { begins: true });
        show(output, options, added, () => addedText(added));
      }),
  );
};

const addList: AddCommand = (data, { output }) => {
  data.addCommand(
    newCommand('list', 'List the datasets, or the versions of one', ['data list', 'data list churn'])
      .argument('[dataset_id]', 'a dataset, for its versions', datasetId)
      .action(async (id: string | undefined, options: CommonOptions) => {
        const args = id === undefined ? {} : { dataset_id: id };
        const answer = await withApi(options, ({ api }) => tool<Listing>(api, 'list_datasets', args));
        show(output, options, answer, () => listText(answer));
      }),
  );
};

const addCheckout: AddCommand = (data, { output }) => {
  data.addCommand(
    newCommand('checkout', 'Make a version the one that requests without a version use', ['data checkout churn 1.0.0'])
      .argument('<dataset_id>', 'which dataset', datasetId)
      .argument('<version>', 'as "data list" shows it, e.g. 1.0.0')
      .action(async (id: string, version: string, options: CommonOptions) => {
        const answer = await withApi(options, ({ api }) =>
          tool<Record<string, unknown>>(api, 'checkout_dataset', { dataset_id: id, version }),
        );
        show(output, options, answer, () => `${id} is now at ${version}.`);
      }),
  );
};

const addDiff: AddCommand = (data, { output }) => {
  data.addCommand(
    newCommand('diff', 'Compare two versions: rows, columns, statistics', ['data diff churn 1.0.0 1.1.0'])
      .argument('<dataset_id>', 'which dataset', datasetId)
      .argument('<from>', 'the older version')
      .argument('<to>', 'the newer version')
      .action(async (id: string, from: string, to: string, options: CommonOptions) => {
        const answer = await withApi(options, ({ api }) =>
          tool<Diff>(api, 'diff_datasets', { dataset_id: id, from, to }),
        );
        show(output, options, answer, () => diffText(answer));
      }),
  );
};

const addExport: AddCommand = (data, { output }) => {
  data.addCommand(
    newCommand('export', 'Write the file of a version and its .dvc file into a folder, for DVC 3', [
      'data export churn 1.0.0 ../my-dvc-repository/data',
    ])
      .argument('<dataset_id>', 'which dataset', datasetId)
      .argument('<version>', 'as "data list" shows it, e.g. 1.0.0')
      .argument('<folder>', 'made when it is not there; an earlier export in it is replaced')
      .action(async (id: string, version: string, folder: string, options: CommonOptions) => {
        const answer = await withApi(options, ({ api }) =>
          api.post<ExportedDataset>(`/api/datasets/${id}/export`, { version, folder: resolve(folder) }),
        );
        show(output, options, answer, () => `${answer.path}\n${answer.dvc_path} (md5 ${answer.md5})`);
      }),
  );
};
