/** What a person, a client or the server itself did, or was refused. Never a secret, never a task token. */
export interface AuditEntry {
  /** Names the happening: told again, after a crash or by a redelivery, it stays one entry. */
  key: string;
  /** RFC 3339, UTC. */
  at: string;
  /** Login on the tracker, name at the command line, or `mcp` for who holds the access token. */
  by: string;
  /** In the words of the commands, e.g. `approve`; `call_tool` and `start_server` too. */
  action: string;
  /** `begun`: what came of it is another entry; none means that the server was stopped meanwhile. */
  outcome: 'begun' | 'done' | 'refused' | 'failed';
  issueNumber: number | null;
  trainingId: string | null;
  /** The plan that it was about; null where there is none, or none yet. */
  planHash: string | null;
  /** What was answered: why it was refused, how it was approved. */
  detail: string | null;
}

export interface AuditRecord extends Omit<AuditEntry, 'key'> {
  /** From 1, without gaps. */
  sequence: number;
  /** SHA-256 over this record and the digest of the one before. */
  digest: string;
}

/** Who did what, when, on which plan: appended to, never changed. */
export interface AuditLog {
  record(entry: AuditEntry): Promise<void>;
  /** The last `limit` (default 1000) that fit, oldest first; `since`: RFC 3339. */
  list(params: {
    trainingId?: string;
    issueNumber?: number;
    by?: string;
    since?: string;
    limit?: number;
  }): Promise<AuditRecord[]>;
  /** What is wrong with the chain of the records; empty: nobody changed it. */
  verify(): Promise<string[]>;
}
