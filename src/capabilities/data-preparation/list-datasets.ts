import { z } from 'zod';
import { slug } from '../../contracts/run-ref.js';
import { defineTool, readOnly } from '../../mcp/define-tool.js';
import type { DatasetVersion } from '../../ports/dataset-catalog.js';
import { versionView, viewVersion } from './logic/read-dataset.js';
import { splitManifest, splitsOf } from './logic/version-manifest.js';

export const listDatasets = defineTool({
  name: 'list_datasets',
  title: 'List datasets',
  description:
    'Answers the datasets of the catalogue with their newest version and the one in use; with dataset_id, all its versions, oldest first, and the splits that were made of each.',
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
    versions: z
      .array(versionView.extend({ current: z.boolean(), splits: z.array(splitManifest.omit({ format: true })) }))
      .nullable(),
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
    const shown = async (each: DatasetVersion) => ({
      ...viewVersion(each),
      current: each.version === current,
      splits: (await splitsOf(ports.objects, each)).map(({ format: _format, ...split }) => split),
    });
    return {
      datasets: all.map((each) => ({
        dataset_id: each.datasetId,
        current: each.current,
        versions: each.versions,
        latest: viewVersion(each.latest),
      })),
      versions: versions === null ? null : await Promise.all(versions.map(shown)),
    };
  },
});
