import { z } from 'zod';
import { dataProfile } from '../../contracts/data.js';
import { detectedCharacteristics } from '../../contracts/optimization.js';
import { trainingRequest } from '../../contracts/request.js';
import { defineTool, readOnly } from '../../mcp/define-tool.js';
import { readJson } from '../shared/json-objects.js';
import { analyzeCharacteristics } from './logic/characteristics.js';
import { pastRuns, similarRuns } from './logic/past-run.js';

export const analyzeModelCharacteristics = defineTool({
  name: 'analyze_model_characteristics',
  title: 'Analyze model characteristics',
  description:
    'What a request and the profile of its dataset say: size class, number of features, class distribution and imbalance, missing values, ' +
    'and which earlier trainings of this installation were like it. The dataset must be in the catalogue (load_dataset).',
  input: z.object({
    request: trainingRequest,
    dataset_version: z.string().optional().describe("Default: the request's, else the checked-out one"),
  }),
  output: z.object({
    dataset: z.object({ dataset_id: z.string(), version: z.string(), digest: z.string() }),
    detected_characteristics: detectedCharacteristics,
  }),
  annotations: readOnly,
  effect: null,
  handler: async ({ request, dataset_version: given }, { ports }) => {
    const wanted = given ?? request.dataset_version;
    const { datasetId, version, digest, profileKey } = await ports.catalog.getVersion({
      datasetId: request.dataset_id,
      ...(wanted === null ? {} : { version: wanted }),
    });
    const profile = await readJson(ports.objects, profileKey, dataProfile, `The profile of ${datasetId} ${version}`);
    const similar = similarRuns(await pastRuns(ports.experiments), request, profile.rows);
    return {
      dataset: { dataset_id: datasetId, version, digest },
      detected_characteristics: analyzeCharacteristics(request, profile, similar),
    };
  },
});
