import { z } from 'zod';
import { language } from '../../contracts/request.js';
import { trainingId } from '../../contracts/run-ref.js';
import { defineTool, readOnly } from '../../mcp/define-tool.js';
import { DandoriError } from '../../errors.js';
import { confusionMatrix } from '../../jobs/evaluation/metrics/confusion.js';
import { eitherWay, givenLabels, indexLabels, requireSameLength } from './logic/given-labels.js';
import { drawSvg } from './logic/draw-svg.js';
import { pictureKey, storedResults } from './logic/stored-results.js';

const maxDrawnClasses = 25;

const input = z.strictObject({
  training_id: trainingId.optional().describe('Answers the stored matrix of this training'),
  true_labels: givenLabels.optional(),
  predicted_labels: givenLabels.optional(),
  language: language.default('en').describe('Of the picture'),
});

/** The confusion matrix of a training, or of labels given in the call. */
export const generateConfusionMatrix = defineTool({
  name: 'generate_confusion_matrix',
  title: 'Generate a confusion matrix',
  description:
    'Counts of true class by predicted class. With training_id: the matrix of its evaluation and the key of its picture. With ' +
    'true_labels and predicted_labels (at most 10,000 rows): computed from them, with the picture as SVG text. Changes nothing.',
  input,
  output: z.object({
    labels: z.array(z.string()),
    matrix: z.array(z.array(z.number())).describe('matrix[true][predicted], indices into labels'),
    rows: z.number(),
    picture_key: z.string().nullable().describe('PNG of the stored evaluation'),
    svg: z.string().nullable().describe('Picture of given labels; null for more than 25 classes'),
  }),
  annotations: readOnly,
  effect: null,
  async handler({ training_id, true_labels, predicted_labels, language }, { ports }) {
    if (training_id !== undefined) {
      if (true_labels !== undefined || predicted_labels !== undefined)
        throw eitherWay('generate_confusion_matrix', 'true_labels and predicted_labels');
      const results = await storedResults(ports, training_id);
      if (results.confusion_matrix === null) throw noMatrix(training_id, results.task_type);
      return {
        ...results.confusion_matrix,
        rows: results.rows,
        picture_key: pictureKey(results, 'confusion_matrix'),
        svg: null,
      };
    }
    if (true_labels === undefined || predicted_labels === undefined)
      throw eitherWay('generate_confusion_matrix', 'true_labels and predicted_labels');
    requireSameLength({ true_labels, predicted_labels });
    const { labels, ids } = indexLabels(true_labels, predicted_labels);
    const matrix = confusionMatrix(ids[0] ?? [], ids[1] ?? [], labels.length);
    const isDrawn = labels.length <= maxDrawnClasses;
    const svg = isDrawn
      ? await drawSvg({ confusion: { labels, matrix }, curves: null, rows: true_labels.length, language })
      : null;
    return { labels, matrix, rows: true_labels.length, picture_key: null, svg };
  },
});

function noMatrix(id: string, taskType: string): DandoriError {
  return new DandoriError('not_found', `The evaluation of ${id} has no confusion matrix.`, {
    found: taskType === 'regression' ? 'a regression' : 'a model that could not be run',
  });
}
