import { type Judgement, withoutCriteria } from '../../contracts/evaluation.js';
import type { Language, TrainingRequest } from '../../contracts/request.js';
import { commentMessages } from '../../messages/comments.js';
import { inlineText } from '../../request/escape.js';
import { blocks, verdictTable, yamlValue } from './format.js';
import { hyperparameterText } from './proposal.js';

/** What the operator is asked with below the threshold. */
export interface OperatorQuestionData {
  training_id: string;
  judgement: Judgement;
  /** Retries so far, from 0. */
  current_retry: number;
  max_retry: number;
  algorithms: readonly string[];
  hyperparameters: TrainingRequest['hyperparameters'];
  language: Language;
}

/** An answer to copy and change: the hyperparameters that are set now, else one that every reader can guess. */
function exampleAnswer({ algorithms, hyperparameters }: OperatorQuestionData): string[] {
  const [algorithm = Object.keys(hyperparameters)[0] ?? ''] = algorithms;
  const examples: Record<string, string> = {
    logistic_regression: 'C: 0.5',
    linear_regression: 'alpha: 1.0',
    random_forest: 'n_estimators: 300',
    xgboost: 'num_round: 300',
    gradient_boosting: 'n_estimators: 300',
    neural_network: 'hidden_layer_sizes: [64, 32]',
  };
  const set = Object.entries(hyperparameters[algorithm] ?? {}).map(([name, value]) => `${name}: ${yamlValue(value)}`);
  const values = set.length > 0 ? set : [examples[algorithm] ?? 'seed: 1'];
  const nested = algorithms.length > 1;
  return [
    '````text',
    '/retry',
    '```yaml',
    'adjusted_hyperparameters:',
    ...(nested ? [`  ${algorithm}:`] : []),
    ...values.map((line) => `${nested ? '    ' : '  '}${line}`),
    '```',
    '````',
  ];
}

/** The comment that asks for other hyperparameters: verdict, what is set now, an answer to copy (requirement J2). */
export function renderOperatorQuestion(data: OperatorQuestionData): string {
  const { judgement, language, hyperparameters } = data;
  const m = commentMessages[language].operator;
  return blocks(
    [`## ${m.title}`],
    [inlineText(withoutCriteria(judgement.message), 2000)],
    verdictTable(judgement, language),
    [`${m.now}: ${hyperparameterText(hyperparameters, language)}`],
    [m.attempt(data.current_retry, data.max_retry)],
    [m.howTo],
    exampleAnswer(data),
  );
}
