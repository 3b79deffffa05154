import { defineTool, writes } from '../../mcp/define-tool.js';
import { preprocess, preprocessInput, preprocessOutput } from './logic/preprocess.js';

export const preprocessSupervised = defineTool({
  name: 'preprocess_supervised',
  title: 'Prepare data for supervised learning',
  description:
    'Starts the job that cleans, types and splits a dataset version for one training, or finds it, and answers its progress; when it has completed, the ' +
    'keys of the splits, the features, the classes and what was left out. The same data and spec are split once. Nothing is fitted here: the trainer does.',
  input: preprocessInput,
  output: preprocessOutput,
  annotations: writes,
  effect: { states: ['PrepareData'] },
  handler: preprocess,
});
