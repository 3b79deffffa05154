import { z } from 'zod';
import { language } from '../../contracts/request.js';
import { trainingId } from '../../contracts/run-ref.js';
import { DandoriError } from '../../errors.js';
import { defineTool, readOnly } from '../../mcp/define-tool.js';
import { rocCurve, thinCurve } from '../../jobs/evaluation/metrics/roc.js';
import { drawSvg } from './logic/draw-svg.js';
import { eitherWay, givenLabels, givenScores, requireSameLength } from './logic/given-labels.js';
import { pictureKey, storedResults } from './logic/stored-results.js';

const maxPoints = 200;
const lists = 'true_labels, scores and positive_class';

const curve = z.object({
  label: z.string(),
  auc: z.number().nullable(),
  false_positive_rates: z.array(z.number()),
  true_positive_rates: z.array(z.number()),
});

/** ROC curves of a training, or of labels and scores given in the call. */
export const generateRocCurve = defineTool({
  name: 'generate_roc_curve',
  title: 'Generate a ROC curve',
  description:
    'True against false positive rate, at most 200 points a curve, with its area (ties count half). With training_id: the curves of its ' +
    'evaluation and the key of their picture. With true_labels, scores (higher = more likely positive; at most 10,000 rows) and ' +
    'positive_class: computed from them, with the picture as SVG text. Changes nothing.',
  input: z.strictObject({
    training_id: trainingId.optional(),
    true_labels: givenLabels.optional(),
    scores: givenScores.optional(),
    positive_class: z.string().optional(),
    language: language.default('en').describe('Of the picture'),
  }),
  output: z.object({
    curves: z.array(curve),
    picture_key: z.string().nullable().describe('PNG of the stored evaluation'),
    svg: z.string().nullable().describe('Picture of given scores'),
  }),
  annotations: readOnly,
  effect: null,
  async handler({ training_id, true_labels, scores, positive_class, language }, { ports }) {
    const isGiven = true_labels !== undefined || scores !== undefined || positive_class !== undefined;
    if (training_id !== undefined) {
      if (isGiven) throw eitherWay('generate_roc_curve', lists);
      const results = await storedResults(ports, training_id);
      return { curves: results.roc_curve ?? [], picture_key: pictureKey(results, 'roc_curve'), svg: null };
    }
    if (true_labels === undefined || scores === undefined || positive_class === undefined)
      throw eitherWay('generate_roc_curve', lists);
    requireSameLength({ true_labels, scores });
    const truth = true_labels.map((label) => (label === positive_class ? 1 : 0));
    const full = rocCurve(truth, scores, 1);
    if (full === null) throw oneClassOnly(positive_class);
    const { falsePositiveRates, truePositiveRates, auc } = thinCurve(full, maxPoints);
    const curves = [
      { label: positive_class, auc, false_positive_rates: falsePositiveRates, true_positive_rates: truePositiveRates },
    ];
    return { curves, picture_key: null, svg: await drawSvg({ confusion: null, curves, rows: truth.length, language }) };
  },
});

function oneClassOnly(positive: string): DandoriError {
  return new DandoriError('invalid_input', 'A ROC curve needs positive and negative rows.', {
    found: `all rows are "${positive}", or none is`,
    next: 'check positive_class against true_labels.',
  });
}
