import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { projectRoot } from '../../../root.js';
import { inferenceCode, programClosure } from './inference-code.js';
import { pinDependencies } from './pinned-dependencies.js';

describe('programClosure', () => {
  it('follows imports, dynamic imports and workers, and names the packages', () => {
    const folder = mkdtempSync(join(tmpdir(), 'dandori-closure-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    mkdirSync(join(folder, 'lib'));
    const write = (name: string, text: string) => writeFileSync(join(folder, name), text);
    write(
      'main.js',
      `import { a } from './lib/a.js';\nimport fs from 'node:fs';\nimport http from "http";\nimport './main.js';\n`,
    );
    write(
      'lib/a.js',
      `export * from '@scope/one/deep';\nnew Worker(new URL('./worker.js', import.meta.url));\nawait import('two');\n`,
    );
    write('lib/worker.js', `import { z } from 'zod';\nconst text = 'no import from here';\n`);
    write('lib/unused.js', '');
    expect(programClosure(join(folder, 'main.js'))).toEqual({
      files: ['lib/a.js', 'lib/worker.js', 'main.js'].map((name) => join(folder, name)),
      packages: ['@scope/one', 'two', 'zod'],
    });
  });
});

describe('pinDependencies', () => {
  const lock = {
    packages: {
      '': { dependencies: { a: '^1.0.0' } },
      'node_modules/a': {
        version: '1.2.3',
        resolved: 'https://example.org/a.tgz',
        integrity: 'sha512-a',
        dependencies: { b: '*' },
      },
      'node_modules/a/node_modules/b': {
        version: '2.0.0',
        dependencies: { c: '*' },
        optionalDependencies: { absent: '*' },
      },
      'node_modules/b': { version: '1.0.0' },
      'node_modules/c': { version: '3.0.0' },
    },
  };

  it('keeps exactly what is needed, nested packages first, without addresses', () => {
    expect(pinDependencies(lock, ['a'])).toEqual({
      dependencies: { a: '1.2.3' },
      packages: {
        'node_modules/a': { version: '1.2.3', integrity: 'sha512-a', dependencies: { b: '*' } },
        'node_modules/a/node_modules/b': {
          version: '2.0.0',
          dependencies: { c: '*' },
          optionalDependencies: { absent: '*' },
        },
        'node_modules/c': { version: '3.0.0' },
      },
    });
  });

  it('names a package that is not locked', () => {
    expect(() => pinDependencies(lock, ['z'])).toThrow(/dependency z .* not in package-lock\.json/);
  });

  it('pins the runtime of this project', () => {
    const own: unknown = JSON.parse(readFileSync(join(projectRoot, 'package-lock.json'), 'utf8'));
    const pinned = pinDependencies(own, ['onnxruntime-node']);
    expect(pinned.dependencies['onnxruntime-node']).toMatch(/^\d+\.\d+\.\d+$/);
    expect(Object.keys(pinned.packages)).toContain('node_modules/onnxruntime-common');
    expect(JSON.stringify(pinned)).not.toContain('resolved');
  });
});

describe('inferenceCode', () => {
  it.skipIf(!existsSync(join(projectRoot, 'dist/serving/model-server.js')))(
    'holds the worker of hooks, its packages and a Python to run it (needs npm run build)',
    () => {
      const files = inferenceCode({ modelName: 'churn', version: '1.0.0', digests: { 'python_model.json': 'abc' } });
      const dockerfile = files.get('Dockerfile') ?? '';
      expect(dockerfile).toContain('"--python","/opt/python/bin/python","--python-packages","/opt/program/python"');
      expect(dockerfile).toContain('COPY python_model.json signature.json /opt/ml/model/');
      expect(files.get('python/requirements.txt')).toMatch(/^scikit-learn==/m);
      const worker = files.get('python/dandori_trainer/inference_worker.py') ?? '';
      const imported = [...worker.matchAll(/^from \.(\w+) import/gm)].map(([, name]) => name);
      for (const name of [...imported, '__init__'])
        expect([...files.keys()]).toContain(`python/dandori_trainer/${name}.py`);
    },
  );

  it.skipIf(!existsSync(join(projectRoot, 'dist/serving/model-server.js')))(
    'holds the built model server, pinned (needs npm run build)',
    () => {
      const files = inferenceCode({ modelName: 'churn', version: '1.0.0', digests: { 'model.onnx': 'abc' } });
      expect(files.get('Dockerfile')).toContain(
        '"--model-version","1.0.0","--digests","{\\"model.onnx\\":\\"abc\\"}"]',
      );
      expect([...files.keys()]).toEqual(
        expect.arrayContaining([
          'Dockerfile',
          'README.md',
          'package.json',
          'package-lock.json',
          'dist/serving/model-server.js',
        ]),
      );
      const manifest = JSON.parse(files.get('package.json') ?? '{}');
      expect(Object.values(manifest.dependencies).every((version) => /^\d/.test(String(version)))).toBe(true);
      expect(Object.keys(manifest.dependencies)).toContain('onnxruntime-node');
      const own = JSON.parse(readFileSync(join(projectRoot, 'package.json'), 'utf8'));
      expect(manifest.overrides).toEqual(own.overrides);
      expect(JSON.parse(files.get('package-lock.json') ?? '{}').packages['']).toMatchObject({
        dependencies: manifest.dependencies,
      });
    },
  );
});
