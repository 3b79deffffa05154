import { z } from 'zod';
import { slug } from '../../contracts/run-ref.js';
import { defineTool, writes } from '../../mcp/define-tool.js';
import { versionView, viewVersion } from './logic/read-dataset.js';

export const checkoutDataset = defineTool({
  name: 'checkout_dataset',
  title: 'Use a dataset version',
  description:
    'Makes a version the one that requests without dataset_version use, until another is checked out or a new one is added.',
  input: z.object({ dataset_id: slug, version: z.string() }),
  output: z.object({ dataset: versionView }),
  annotations: writes,
  effect: null,
  async handler({ dataset_id: datasetId, version }, { ports }) {
    return { dataset: viewVersion(await ports.catalog.checkout({ datasetId, version })) };
  },
});
