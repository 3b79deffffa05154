import { getExecution } from './get-execution.js';
import { readDocument } from './read-document.js';

export const workflowTools = [getExecution, readDocument] as const;
