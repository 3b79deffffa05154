export type ApprovalStatus = 'PendingManualApproval' | 'Approved' | 'Rejected';
export type ModelStage = 'None' | 'Staging' | 'Production' | 'Archived';

export interface ModelVersion {
  modelName: string;
  /** Semantic version `1.2.3`. */
  version: string;
  trainingId: string;
  approvalStatus: ApprovalStatus;
  stage: ModelStage;
  aliases: string[];
  /** Folder of the package: `models/{model_name}/{version}`. */
  packagePrefix: string;
  /** Object key -> SHA-256 of every file of the package: what is loaded is what was digested. */
  digests: Record<string, string>;
  /** What decided the version number, see nextVersion: digests of schema, data, algorithm and features. */
  facts: Record<string, string>;
  metrics: Record<string, number>;
  description: string;
  createdAt: string;
}

/** Model groups and versions (SageMaker Model Registry); every generation is kept. */
export interface ModelRegistry {
  /** Idempotent by `trainingId` + digests; the version number is decided by the caller and must be new (`already_exists`). */
  registerVersion(params: Omit<ModelVersion, 'aliases' | 'createdAt'>): Promise<ModelVersion>;
  /** By version or by alias; `not_found` lists what exists. */
  getVersion(params: { modelName: string; version?: string; alias?: string }): Promise<ModelVersion>;
  /** Newest first. */
  listVersions(params: { modelName: string }): Promise<ModelVersion[]>;
  listModels(): Promise<{ modelName: string; versions: number; latest: string }[]>;
  setApprovalStatus(params: { modelName: string; version: string; status: ApprovalStatus }): Promise<ModelVersion>;
  setStage(params: { modelName: string; version: string; stage: ModelStage }): Promise<ModelVersion>;
  /** An alias names one version of a model; setting it moves it. */
  setAlias(params: { modelName: string; version: string; alias: string }): Promise<ModelVersion>;
}
