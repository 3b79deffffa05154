import type { AddCommand } from './command.js';
import { addApprove, addComment } from './comment.js';
import { addData } from './data.js';
import { addDoctor } from './doctor.js';
import { addEdit } from './edit.js';
import { addHistory } from './history.js';
import { addInit } from './init.js';
import { addList } from './list.js';
import { addLogs } from './logs.js';
import { addMcp } from './mcp.js';
import { addPredict } from './predict.js';
import { addPromote, addRollback } from './release.js';
import { addReproduce } from './reproduce.js';
import { addRerun } from './rerun.js';
import { addShow } from './show.js';
import { addSubmit } from './submit.js';
import { addUp } from './up.js';

/** Every command, in the order of the help. */
export const commands: readonly AddCommand[] = [
  addUp,
  addSubmit,
  addList,
  addShow,
  addHistory,
  addComment,
  addEdit,
  addApprove,
  addRerun,
  addLogs,
  addPredict,
  addPromote,
  addRollback,
  addData,
  addReproduce,
  addMcp,
  addInit,
  addDoctor,
];
