import { z } from 'zod';
import { slug } from '../../contracts/run-ref.js';
import { defineTool, readOnly } from '../../mcp/define-tool.js';
import { versionView, viewVersion } from './logic/read-dataset.js';

export const listDatasets = defineTool({
  name: 'list_datasets',
  title: 'List datasets',
  description:
    'Answers the datasets of the catalogue with their newest version and the one in use; with dataset_id, all its versions, oldest first.',
  input: z.object({ dataset_id: slug.nullable().default(null) }),
  output: z.object({
    datasets: z.array(
      z.object({
        dataset_id: z.string(),
        /** The version that requests without a version use. */
        current: z.string(),
        versions: z.number().int(),
        latest: versionView,
      }),
    ),
    /** Of the one dataset asked for; null without `dataset_id`. */
    versions: z.array(versionView.extend({ current: z.boolean() })).nullable(),
  }),
  annotations: readOnly,
  effect: null,
  async handler({ dataset_id: datasetId }, { ports }) {
    // An unknown id is refused here, with the nearest known ones.
    const versions = datasetId === null ? null : await ports.catalog.listVersions({ datasetId });
    const all = (await ports.catalog.listDatasets()).filter(
      (each) => datasetId === null || each.datasetId === datasetId,
    );
    const current = all[0]?.current;
    return {
      datasets: all.map((each) => ({
        dataset_id: each.datasetId,
        current: each.current,
        versions: each.versions,
        latest: viewVersion(each.latest),
      })),
      versions: versions?.map((each) => ({ ...viewVersion(each), current: each.version === current })) ?? null,
    };
  },
});
