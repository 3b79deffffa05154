import { createHash } from 'node:crypto';
import type { Database, SqlRow } from '../../../db.js';
import { DandoriError } from '../../../errors.js';
import type { ExecutionDescription, ExecutionStatus, HistoryEvent } from '../../../ports/workflow-engine.js';
import type { MachineDefinition } from '../definition.js';
import type { Effect, ExecutionState, HistoryRecord } from '../interpreter/types.js';
import { toJson, type JsonObject } from '../json.js';

/** An execution as it is stored, with the definition it was started with. */
export interface StoredExecution {
  state: ExecutionState;
  machine: MachineDefinition;
}

const statuses: readonly string[] = [
  'RUNNING',
  'SUCCEEDED',
  'FAILED',
  'TIMED_OUT',
  'ABORTED',
] satisfies ExecutionStatus[];

function isStatus(value: unknown): value is ExecutionStatus {
  return typeof value === 'string' && statuses.includes(value);
}

function corrupt(name: string, what: string, cause?: unknown): DandoriError {
  return new DandoriError('corrupt', `The stored execution ${name} cannot be read: ${what}.`, {
    next: 'restore the state directory from a backup; "npx dandori doctor" checks the rest.',
    cause,
  });
}

function parse(name: string, text: unknown): unknown {
  try {
    return JSON.parse(String(text));
  } catch (error) {
    throw corrupt(name, 'a value is no JSON', error);
  }
}

function isState(value: unknown): value is ExecutionState {
  return typeof value === 'object' && value !== null && 'threads' in value && 'ready' in value && 'status' in value;
}

function isMachine(value: unknown): value is MachineDefinition {
  return typeof value === 'object' && value !== null && 'States' in value && 'StartAt' in value;
}

const time = (ms: unknown): string => new Date(Number(ms)).toISOString();

function describe(row: SqlRow): ExecutionDescription {
  const name = String(row['name']);
  if (!isStatus(row['status'])) throw corrupt(name, `status ${String(row['status'])}`);
  const currentState = row['current_state'];
  return {
    name,
    status: row['status'],
    currentState: typeof currentState === 'string' ? currentState : null,
    input: parse(name, row['input']),
    ...(row['output'] === null ? {} : { output: parse(name, row['output']) }),
    ...(typeof row['error'] === 'string' ? { error: row['error'] } : {}),
    ...(typeof row['cause'] === 'string' ? { cause: row['cause'] } : {}),
    startedAt: time(row['started_at']),
    stoppedAt: row['stopped_at'] === null ? null : time(row['stopped_at']),
    redriveCount: Number(row['redrive_count']),
  };
}

/** SHA-256 of a definition's JSON text. */
export function definitionHash(definition: MachineDefinition): string {
  return createHash('sha256').update(toJson(definition)).digest('hex');
}

// Bounds the number of different statements that are prepared.
const rowsPerInsert = 16;

const descriptionColumns =
  'name, status, current_state, input, output, error, cause, started_at, stopped_at, redrive_count';

/** Reads and writes executions, histories, timers and tokens; transactions are the caller's. */
export class ExecutionStore {
  readonly #db: Database;
  readonly #machines = new Map<string, MachineDefinition>();

  constructor(db: Database) {
    this.#db = db;
  }

  saveDefinition(machine: MachineDefinition): string {
    const hash = definitionHash(machine);
    this.#db.run('INSERT OR IGNORE INTO wf_definition (hash, definition) VALUES (?, ?)', hash, toJson(machine));
    this.#machines.set(hash, machine);
    return hash;
  }

  #machine(hash: string, name: string): MachineDefinition {
    const known = this.#machines.get(hash);
    if (known !== undefined) return known;
    const row = this.#db.first('SELECT definition FROM wf_definition WHERE hash = ?', hash);
    const machine = row === undefined ? undefined : parse(name, row['definition']);
    if (!isMachine(machine)) throw corrupt(name, 'its definition is missing');
    this.#machines.set(hash, machine);
    return machine;
  }

  insert(hash: string, state: ExecutionState): void {
    this.#db.run(
      'INSERT INTO wf_execution (name, definition_hash, status, input, state, started_at) VALUES (?, ?, ?, ?, ?, ?)',
      state.execution.name,
      hash,
      state.status,
      toJson(state.execution.input),
      toJson(state),
      state.execution.startedAtMs,
    );
  }

  load(name: string): StoredExecution | null {
    const row = this.#db.first('SELECT definition_hash, state FROM wf_execution WHERE name = ?', name);
    if (row === undefined) return null;
    const state = parse(name, row['state']);
    if (!isState(state)) throw corrupt(name, 'its state is incomplete');
    return { state, machine: this.#machine(String(row['definition_hash']), name) };
  }

  save(state: ExecutionState): void {
    const main = state.threads['0'];
    this.#db.run(
      'UPDATE wf_execution SET state = ?, current_state = ? WHERE name = ?',
      toJson(state),
      main === undefined || main.enteredEventId === 0 ? null : main.stateName,
      state.execution.name,
    );
  }

  end(name: string, ended: Extract<Effect, { kind: 'ended' }>, nowMs: number): void {
    this.#db.run(
      'UPDATE wf_execution SET status = ?, output = ?, error = ?, cause = ?, stopped_at = ? WHERE name = ?',
      ended.status,
      ended.status === 'SUCCEEDED' ? toJson(ended.output) : null,
      ended.error ?? null,
      ended.cause ?? null,
      nowMs,
      name,
    );
  }

  reopen(name: string, redriveCount: number): void {
    this.#db.run(
      `UPDATE wf_execution SET status = 'RUNNING', redrive_count = ?, output = NULL, error = NULL, cause = NULL,
       stopped_at = NULL WHERE name = ?`,
      redriveCount,
      name,
    );
  }

  /** Appends the events of one step: few statements with many rows cost less than many with one. */
  appendHistory(name: string, records: readonly HistoryRecord[]): void {
    for (let at = 0; at < records.length; at += rowsPerInsert) {
      const some = records.slice(at, at + rowsPerInsert);
      this.#db.run(
        `INSERT INTO wf_history (execution, id, previous_id, type, at, details, variables) VALUES ${some
          .map(() => '(?, ?, ?, ?, ?, ?, ?)')
          .join(', ')}`,
        ...some.flatMap((record) => [
          name,
          record.id,
          record.previousEventId,
          record.type,
          record.atMs,
          toJson(record.details),
          record.variables === undefined ? null : toJson(record.variables),
        ]),
      );
    }
  }

  history(name: string): HistoryEvent[] {
    const rows = this.#db.all(
      'SELECT id, previous_id, type, at, details FROM wf_history WHERE execution = ? ORDER BY id',
      name,
    );
    return rows.map((row) => ({
      ...(parse(name, row['details']) as JsonObject),
      id: Number(row['id']),
      previousEventId: Number(row['previous_id']),
      type: String(row['type']),
      timestamp: time(row['at']),
    }));
  }

  /** Input and variables with which a top-level state was last entered, or null. */
  lastEntry(name: string, stateName: string): { input: unknown; variables: JsonObject } | null {
    const row = this.#db.first(
      `SELECT json_extract(details, '$.stateEnteredEventDetails.input') AS input, variables FROM wf_history
       WHERE execution = ? AND type LIKE '%StateEntered' AND json_extract(details, '$.stateEnteredEventDetails.name') = ?
       ORDER BY id DESC LIMIT 1`,
      name,
      stateName,
    );
    if (row === undefined) return null;
    const variables = row['variables'] === null ? {} : (parse(name, row['variables']) as JsonObject);
    return { input: parse(name, row['input']), variables };
  }

  describe(name: string): ExecutionDescription | null {
    const row = this.#db.first(`SELECT ${descriptionColumns} FROM wf_execution WHERE name = ?`, name);
    return row === undefined ? null : describe(row);
  }

  list(status: ExecutionStatus | undefined, limit: number): ExecutionDescription[] {
    const order = 'ORDER BY started_at DESC, rowid DESC LIMIT ?';
    const rows =
      status === undefined
        ? this.#db.all(`SELECT ${descriptionColumns} FROM wf_execution ${order}`, limit)
        : this.#db.all(`SELECT ${descriptionColumns} FROM wf_execution WHERE status = ? ${order}`, status, limit);
    return rows.map(describe);
  }

  setTimer(name: string, id: string, dueAtMs: number): void {
    this.#db.run('INSERT OR REPLACE INTO wf_timer (execution, id, due_at) VALUES (?, ?, ?)', name, id, dueAtMs);
  }

  cancelTimer(name: string, id: string): void {
    this.#db.run('DELETE FROM wf_timer WHERE execution = ? AND id = ?', name, id);
  }

  /** Lets no heartbeat be missed before this time. */
  putOffHeartbeats(untilMs: number): void {
    this.#db.run("UPDATE wf_timer SET due_at = ? WHERE due_at < ? AND id LIKE '%:heartbeat'", untilMs, untilMs);
  }

  nextTimer(): { execution: string; id: string; dueAtMs: number } | null {
    const row = this.#db.first('SELECT execution, id, due_at FROM wf_timer ORDER BY due_at LIMIT 1');
    if (row === undefined) return null;
    return { execution: String(row['execution']), id: String(row['id']), dueAtMs: Number(row['due_at']) };
  }

  openToken(token: string, name: string, messageId: number): void {
    this.#db.run(
      "INSERT INTO wf_token (token, execution, status, message_id) VALUES (?, ?, 'open', ?)",
      token,
      name,
      messageId,
    );
  }

  closeToken(token: string, reason: string): void {
    this.#db.run('UPDATE wf_token SET status = ? WHERE token = ?', reason, token);
  }

  token(token: string): { execution: string; status: string } | null {
    const row = this.#db.first('SELECT execution, status FROM wf_token WHERE token = ?', token);
    if (row === undefined) return null;
    return { execution: String(row['execution']), status: String(row['status']) };
  }
}
