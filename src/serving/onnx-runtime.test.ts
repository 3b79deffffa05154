import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { projectRoot } from '../root.js';

const folder = mkdtempSync(join(tmpdir(), 'dandori-runtime-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A program that answers with the predictions of one row. */
const program = `
  import { readFileSync } from 'node:fs';
  import { openOnnxSession } from ${JSON.stringify(join(projectRoot, 'dist/serving/onnx-session.js'))};
  const model = readFileSync(${JSON.stringify(join(projectRoot, 'src/serving/fixtures/price/model.onnx'))});
  const session = await openOnnxSession({ model });
  console.log(session.outputNames.join());
  await session.close();`;

describe('ONNX Runtime', () => {
  it('reports nothing about a model: it does not even open the log of its reports', () => {
    // Without CI, which silences it too, and without what this process says.
    const env = { PATH: process.env['PATH'], TMPDIR: folder, HOME: folder };
    const answer = execFileSync(process.execPath, ['--input-type=module', '-e', program], { env, encoding: 'utf8' });
    expect(answer.trim()).toBe('prediction');
    expect(readdirSync(folder)).toEqual([]);
  }, 30_000);

  it('is imported by the one file that silences it', () => {
    const files = readdirSync(join(projectRoot, 'src'), { recursive: true, encoding: 'utf8' });
    const importing = "from 'onnxruntime-node'";
    const found = files
      .filter((file) => /(?<!\.test)\.ts$/.test(file))
      .filter((file) => readFileSync(join(projectRoot, 'src', file), 'utf8').includes(importing));
    expect(found).toEqual(['serving/onnx-runtime.ts']);
  });
});
