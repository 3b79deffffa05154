import type { AddCommand } from './command.js';

/** Every command by its name, in the order of the help. Its file is loaded when it is asked for: a start loads that one alone. */
export const commands: ReadonlyMap<string, () => Promise<AddCommand>> = new Map([
  ['up', async () => (await import('./up.js')).addUp],
  ['submit', async () => (await import('./submit.js')).addSubmit],
  ['list', async () => (await import('./list.js')).addList],
  ['show', async () => (await import('./show.js')).addShow],
  ['history', async () => (await import('./history.js')).addHistory],
  ['comment', async () => (await import('./comment.js')).addComment],
  ['edit', async () => (await import('./edit.js')).addEdit],
  ['approve', async () => (await import('./comment.js')).addApprove],
  ['compare', async () => (await import('./compare.js')).addCompare],
  ['rerun', async () => (await import('./rerun.js')).addRerun],
  ['logs', async () => (await import('./logs.js')).addLogs],
  ['predict', async () => (await import('./predict.js')).addPredict],
  ['promote', async () => (await import('./release.js')).addPromote],
  ['rollback', async () => (await import('./release.js')).addRollback],
  ['audit', async () => (await import('./audit.js')).addAudit],
  ['data', async () => (await import('./data.js')).addData],
  ['reproduce', async () => (await import('./reproduce.js')).addReproduce],
  ['mcp', async () => (await import('./mcp.js')).addMcp],
  ['init', async () => (await import('./init.js')).addInit],
  ['notify', async () => (await import('./notify.js')).addNotify],
  ['doctor', async () => (await import('./doctor.js')).addDoctor],
]);
