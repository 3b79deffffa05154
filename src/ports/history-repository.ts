export interface HistoryCommit {
  commitSha: string;
  filePath: string;
  /** Where a person can see it. */
  url: string;
}

/** The repository that holds `training_history/`: local git, or GitHub. */
export interface HistoryRepository {
  /** One commit with all files; `key` goes into the message as a trailer and makes a second call answer the first commit. */
  commit(params: {
    key: string;
    message: string;
    files: { path: string; body: Uint8Array | string }[];
  }): Promise<HistoryCommit>;
  /** The commit that carries the trailer, or null. */
  findCommit(params: { key: string }): Promise<HistoryCommit | null>;
  /** Text of a file at the newest commit; null when absent. */
  readFile(params: { path: string }): Promise<string | null>;
  listFiles(params: { prefix: string }): Promise<string[]>;
}
