import { z } from 'zod';
import { dataProfile, prepareSpec, type DataProfile } from '../../../contracts/data.js';
import { language } from '../../../contracts/request.js';
import { slug } from '../../../contracts/run-ref.js';
import type { ToolContext } from '../../../mcp/define-tool.js';
import type { DatasetVersion } from '../../../ports/dataset-catalog.js';
import { readJson } from '../../shared/json-objects.js';

/** Which version of which dataset; without `version` the checked-out one, else the newest. */
export const datasetRef = { dataset_id: slug, version: z.string().nullable().default(null) };

const shape = prepareSpec.shape;

/** What a training wants of a dataset; the field names are the request's. */
export const dataChoice = {
  target: shape.target,
  task_type: shape.task_type,
  positive_class: shape.positive_class.default(null),
  features: shape.features.default({ include: null, exclude: [] }),
  time_column: shape.time_column.default(null),
  sensitive_attributes: shape.sensitive_attributes.default([]),
  cv_folds: shape.cv_folds.default(5),
  language: language.default('en'),
};

export interface Dataset {
  version: DatasetVersion;
  profile: DataProfile;
}

/** Key of a file that lies beside the profile of a dataset version. */
export function besideProfile(version: Pick<DatasetVersion, 'profileKey'>, fileName: string): string {
  return `${version.profileKey.slice(0, version.profileKey.lastIndexOf('/') + 1)}${fileName}`;
}

/** A version of the catalogue with its statistics. */
export async function readDataset(
  params: { dataset_id: string; version: string | null },
  { ports }: Pick<ToolContext, 'ports'>,
): Promise<Dataset> {
  const version = await ports.catalog.getVersion({
    datasetId: params.dataset_id,
    ...(params.version === null ? {} : { version: params.version }),
  });
  const profile = await readJson(
    ports.objects,
    version.profileKey,
    dataProfile,
    `The profile of ${version.datasetId} ${version.version}`,
  );
  return { version, profile };
}

/** A dataset version as tools answer it. */
export const versionView = z.object({
  dataset_id: z.string(),
  version: z.string(),
  /** SHA-256 of the bytes as they came. */
  digest: z.string(),
  format: z.enum(['csv', 'parquet', 'json']),
  bytes: z.number(),
  rows: z.number().int(),
  columns: z.number().int(),
  source: z.string(),
  raw_key: z.string(),
  data_key: z.string(),
  profile_key: z.string(),
  quality_report_key: z.string(),
  created_at: z.string(),
});

export function viewVersion(version: DatasetVersion): z.input<typeof versionView> {
  return {
    dataset_id: version.datasetId,
    version: version.version,
    digest: version.digest,
    format: version.format,
    bytes: version.bytes,
    rows: version.rows,
    columns: version.columns.length,
    source: version.source,
    raw_key: version.rawKey,
    data_key: version.dataKey,
    profile_key: version.profileKey,
    quality_report_key: besideProfile(version, 'quality_report.json'),
    created_at: version.createdAt,
  };
}
