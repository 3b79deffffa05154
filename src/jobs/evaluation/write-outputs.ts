import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { evaluationResults } from '../../contracts/evaluation.js';
import { labEvaluation, makeTestReport } from './documents.js';
import type { Evaluation } from './evaluate-model.js';
import { renderEvaluationReport, renderTestReport } from './report.js';

/** Writes every document of an evaluation into `folder`; results.json last, since its presence says that all is there. */
export function writeOutputs(folder: string, evaluation: Evaluation): void {
  const { results, baseline, pictures, comparisonProblem } = evaluation;
  const write = (name: string, body: string | Uint8Array) => writeFileSync(join(folder, name), body);
  const writeJson = (name: string, json: unknown) => write(name, `${JSON.stringify(json, null, 2)}\n`);
  for (const { name, svg, png } of pictures) {
    write(`${name}.svg`, svg);
    write(`${name}.png`, png);
  }
  if (baseline !== null) {
    writeJson('statistics.json', baseline.statistics);
    writeJson('constraints.json', baseline.constraints);
  }
  if (results.comparison !== null) writeJson('comparison.json', { comparable: true, ...results.comparison });
  else if (comparisonProblem !== null) {
    writeJson('comparison.json', {
      comparable: false,
      previous_version: evaluation.spec.previous_version,
      reason: comparisonProblem,
    });
  }
  writeJson('evaluation.json', labEvaluation(results));
  writeJson('test_report.json', makeTestReport(results, evaluation.spec.criteria));
  write('test_report.md', renderTestReport(evaluation));
  write('evaluation_report.md', renderEvaluationReport(evaluation));
  // Parsed once more: JSON has no NaN, and a reader must never meet what the contract does not allow.
  writeJson('results.json', evaluationResults.parse(results));
}
