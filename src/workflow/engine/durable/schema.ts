// A commit costs what its pages cost: few indexes, and keys that grow, so that one transition touches few pages.

/** Tables of the engine; step i leads from schema version i to i + 1. */
export const engineSchema: readonly string[] = [
  `
CREATE TABLE wf_definition (
  hash TEXT PRIMARY KEY,
  definition TEXT NOT NULL
);
CREATE TABLE wf_execution (
  name TEXT PRIMARY KEY,
  definition_hash TEXT NOT NULL REFERENCES wf_definition (hash),
  status TEXT NOT NULL,
  input TEXT NOT NULL,
  state TEXT NOT NULL,
  current_state TEXT,
  output TEXT,
  error TEXT,
  cause TEXT,
  started_at INTEGER NOT NULL,
  stopped_at INTEGER,
  redrive_count INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX wf_execution_by_start ON wf_execution (started_at);
CREATE INDEX wf_execution_by_status ON wf_execution (status, started_at);
CREATE TABLE wf_history (
  execution TEXT NOT NULL,
  id INTEGER NOT NULL,
  previous_id INTEGER NOT NULL,
  type TEXT NOT NULL,
  at INTEGER NOT NULL,
  details TEXT NOT NULL,
  variables TEXT,
  PRIMARY KEY (execution, id)
) WITHOUT ROWID;
CREATE TABLE wf_timer (
  execution TEXT NOT NULL,
  id TEXT NOT NULL,
  due_at INTEGER NOT NULL,
  PRIMARY KEY (execution, id)
) WITHOUT ROWID;
CREATE INDEX wf_timer_by_due ON wf_timer (due_at);
CREATE TABLE wf_token (
  token TEXT PRIMARY KEY,
  execution TEXT NOT NULL,
  status TEXT NOT NULL,
  message_id INTEGER
) WITHOUT ROWID;
CREATE TABLE wf_message (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  body TEXT NOT NULL,
  visible_at INTEGER NOT NULL,
  receive_count INTEGER NOT NULL DEFAULT 0,
  receipt TEXT
);
`,
  // The events of a step are one row, put behind the last one whatever its execution: a commit fills a page instead of splitting
  // some. The rows of wf_history stay where they are and are read first. Who has received which message is kept in memory.
  `
CREATE TABLE wf_events (
  execution TEXT NOT NULL,
  first_id INTEGER NOT NULL,
  events BLOB NOT NULL,
  PRIMARY KEY (execution, first_id)
);
ALTER TABLE wf_message DROP COLUMN visible_at;
ALTER TABLE wf_message DROP COLUMN receive_count;
ALTER TABLE wf_message DROP COLUMN receipt;
`,
];
