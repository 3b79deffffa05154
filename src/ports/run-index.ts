import type { AuditEntry } from './audit-log.js';

/** What a person sees of a run. */
export type RunStatus = 'waiting' | 'running' | 'in_service' | 'failed' | 'cancelled';

export interface RunRecord {
  trainingId: string;
  issueNumber: number;
  modelName: string;
  status: RunStatus;
  /** Version in the registry once there is one. */
  version: string | null;
  requestedBy: string;
  /** Tracker event that started it: a redelivery starts nothing new. */
  eventId: string;
  /** Comment that is edited as things move; null until it is posted. */
  statusCommentId: string | null;
  createdAt: string;
  endedAt: string | null;
}

/** Which run belongs to which issue, and where it stands; the list that people see. */
export interface RunIndex {
  /** The same `eventId` again answers the run that it started; `audit` is written with it, or neither. */
  add(run: Omit<RunRecord, 'version' | 'statusCommentId' | 'endedAt'> & { audit?: AuditEntry }): Promise<RunRecord>;
  /** Changes only what is given. */
  update(params: {
    trainingId: string;
    status?: RunStatus;
    version?: string | null;
    modelName?: string;
    statusCommentId?: string;
    endedAt?: string | null;
  }): Promise<RunRecord>;
  /** `not_found` for an unknown id. */
  get(params: { trainingId: string }): Promise<RunRecord>;
  /** How many runs are waiting or running, of everybody and of this person. */
  countOpen(params: { requestedBy: string }): Promise<{ all: number; own: number }>;
  /** Newest first; `open` = waiting or running. At most `limit` (default 1000). */
  list(params: { issueNumber?: number; open?: boolean; status?: RunStatus; limit?: number }): Promise<RunRecord[]>;
  /** Small values that survive restarts, e.g. the cursor of the tracker's events. */
  getValue(params: { key: string }): Promise<string | null>;
  /** `audit` is written with it, or neither. */
  setValue(params: { key: string; value: string; audit?: AuditEntry }): Promise<void>;
}
