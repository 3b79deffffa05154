import { createHash } from 'node:crypto';
import type { Database, SqlRow } from '../../../db.js';
import type { ExecutionDescription, ExecutionStatus, HistoryEvent } from '../../../ports/workflow-engine.js';
import type { MachineDefinition } from '../definition.js';
import type { Effect, ExecutionState, HistoryRecord } from '../interpreter/types.js';
import { memberOf, toJson, type JsonObject } from '../json.js';
import { corrupt, parse } from './corrupt.js';
import { HistoryTable } from './history-table.js';

/** An execution as it is stored, with the definition it was started with. */
export interface StoredExecution {
  state: ExecutionState;
  machine: MachineDefinition;
}

/** With what a state was entered. */
export interface Entry {
  input: unknown;
  variables: JsonObject;
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

const descriptionColumns =
  'name, status, current_state, input, output, error, cause, started_at, stopped_at, redrive_count';

/** Reads and writes executions, histories, timers and tokens; transactions are the caller's. */
export class ExecutionStore {
  readonly #db: Database;
  readonly #history: HistoryTable;
  readonly #machines = new Map<string, MachineDefinition>();

  constructor(db: Database) {
    this.#db = db;
    this.#history = new HistoryTable(db);
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
    return row === undefined ? null : this.#stored(name, row);
  }

  #stored(name: string, row: SqlRow): StoredExecution {
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

  /** Appends the events of one step; `hasEnded`: no step is expected after it. */
  appendHistory(name: string, records: readonly HistoryRecord[], hasEnded: boolean): void {
    this.#history.append(name, records, hasEnded);
  }

  history(name: string): HistoryEvent[] {
    return this.#history.records(name).map(({ id, previousEventId, type, atMs, details }) => ({
      ...details,
      id,
      previousEventId,
      type,
      timestamp: time(atMs),
    }));
  }

  /** Input and variables with which each state was last entered, in the order of the first entries. */
  entries(name: string): Map<string, Entry> {
    const entries = new Map<string, Entry>();
    for (const { type, details, variables = {} } of this.#history.records(name)) {
      if (!type.endsWith('StateEntered')) continue;
      const entered = details['stateEnteredEventDetails'];
      const input = parse(name, memberOf(entered, 'input'));
      entries.set(String(memberOf(entered, 'name')), { input, variables });
    }
    return entries;
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

  /** The token of the message that was sent just before. */
  openToken(token: string, name: string): void {
    this.#db.run(
      "INSERT INTO wf_token (token, execution, status, message_id) VALUES (?, ?, 'open', last_insert_rowid())",
      token,
      name,
    );
  }

  closeToken(token: string, reason: string): void {
    this.#db.run('UPDATE wf_token SET status = ? WHERE token = ?', reason, token);
  }

  /** A token with the execution that it belongs to. */
  token(token: string): { execution: string; status: string; stored: StoredExecution } | null {
    const row = this.#db.first(
      `SELECT t.execution, t.status, e.definition_hash, e.state FROM wf_token t
       JOIN wf_execution e ON e.name = t.execution WHERE t.token = ?`,
      token,
    );
    if (row === undefined) return null;
    const execution = String(row['execution']);
    return { execution, status: String(row['status']), stored: this.#stored(execution, row) };
  }
}
