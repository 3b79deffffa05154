import type { DatasetCatalog } from './dataset-catalog.js';
import type { EffectJournal } from './effect-journal.js';
import type { EndpointPlatform } from './endpoint-platform.js';
import type { ExperimentTracker } from './experiment-tracker.js';
import type { HistoryRepository } from './history-repository.js';
import type { IssueTracker } from './issue-tracker.js';
import type { JobPlatform } from './job-platform.js';
import type { Lineage } from './lineage.js';
import type { ModelRegistry } from './model-registry.js';
import type { Notifiers } from './notifier.js';
import type { ObjectStore } from './object-store.js';
import type { WorkflowEngine } from './workflow-engine.js';

/** Everything that tools may reach; compose.ts fills it with the adapters of this machine or of AWS. */
export interface Ports {
  objects: ObjectStore;
  jobs: JobPlatform;
  endpoints: EndpointPlatform;
  registry: ModelRegistry;
  experiments: ExperimentTracker;
  issues: IssueTracker;
  history: HistoryRepository;
  catalog: DatasetCatalog;
  lineage: Lineage;
  effects: EffectJournal;
  notifiers: Notifiers;
  engine: WorkflowEngine;
}
