import { existsSync, readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { dirname, join, relative, sep } from 'node:path';
import { z } from 'zod';
import { artefactOf } from '../../../contracts/python-model.js';
import { projectRoot, program } from '../../../root.js';
import { pinDependencies } from './pinned-dependencies.js';

/** The program that serves a model, on this machine and in a container alike. */
const entry = 'serving/model-server';

/** What is read of this project's package.json: versions that are forced on packages of packages. */
const ownManifest = z.looseObject({ overrides: z.record(z.string(), z.json()).optional() });

const imported = /(?:\bfrom\s*|\bimport\s*\(\s*|\bimport\s+|new URL\(\s*)(['"])([^'"\n]+)\1/g;

const builtIn = new Set(builtinModules);

function packageName(specifier: string): string {
  const [first = '', second = ''] = specifier.split('/');
  return first.startsWith('@') ? `${first}/${second}` : first;
}

/** A compiled program with every file that it imports, and the packages that these need. */
export function programClosure(path: string): { files: string[]; packages: string[] } {
  const files = new Set<string>();
  const packages = new Set<string>();
  const queue = [path];
  for (let file = queue.pop(); file !== undefined; file = queue.pop()) {
    if (files.has(file)) continue;
    files.add(file);
    for (const [, , specifier = ''] of readFileSync(file, 'utf8').matchAll(imported)) {
      if (specifier.startsWith('.')) {
        const target = join(dirname(file), specifier);
        if (target.endsWith('.js') && existsSync(target)) queue.push(target);
      } else if (!specifier.includes(':') && !builtIn.has(packageName(specifier))) {
        packages.add(packageName(specifier));
      }
    }
  }
  return { files: [...files].toSorted(), packages: [...packages].toSorted() };
}

export interface ServedRelease {
  modelName: string;
  version: string;
  /** SHA-256 of `signature.json` and of `model.onnx` or `python_model.json`, checked by the server before it loads them. */
  digests: Record<string, string>;
}

/** What the worker of hooks needs: the package that it is part of. */
const workerFiles = ['__init__.py', 'environment.py', 'inference_worker.py'].map((name) => `dandori_trainer/${name}`);

const hasHooks = (release: ServedRelease): boolean => artefactOf(Object.keys(release.digests)) === 'python_model.json';

const installPython = `# The user's own inference.py runs in Python, with the packages that trained the model.
RUN apt-get update && apt-get install -y --no-install-recommends python3 python3-venv && rm -rf /var/lib/apt/lists/*
COPY inference_code/python ./python
RUN python3 -m venv /opt/python && /opt/python/bin/pip install --no-cache-dir -r python/requirements.txt
`;

function dockerfile(release: ServedRelease): string {
  const python = hasHooks(release)
    ? ['--python', '/opt/python/bin/python', '--python-packages', '/opt/program/python']
    : [];
  const names = ['--model-name', release.modelName, '--model-version', release.version, ...python];
  const command = ['node', `dist/${entry}.js`, ...names];
  const [install, model] = hasHooks(release)
    ? [installPython, 'COPY python_model.json signature.json /opt/ml/model/\nCOPY model /opt/ml/model/model']
    : ['', 'COPY model.onnx signature.json /opt/ml/model/'];
  const entryPoint = JSON.stringify([...command, '--digests', JSON.stringify(release.digests)]);
  return `# Two stages: the first installs the pinned dependencies, the second holds only what serves.
# SageMaker's hosting contract: "docker run IMAGE serve" answers GET /ping and POST /invocations on port 8080.
# Build it beside the unpacked model: docker build -f inference_code/Dockerfile .
FROM node:20.19-bookworm-slim AS dependencies
WORKDIR /opt/program
COPY inference_code/package.json inference_code/package-lock.json ./
# Install scripts only fetch libraries for graphics cards, which this server does not use.
RUN npm ci --omit=dev --ignore-scripts && npm cache clean --force

FROM node:20.19-bookworm-slim
ENV NODE_ENV=production
WORKDIR /opt/program
${install}COPY --from=dependencies /opt/program/node_modules ./node_modules
COPY inference_code/package.json ./
COPY inference_code/dist ./dist
# SageMaker lays the model here by itself; elsewhere it comes from the build context.
${model}
RUN useradd --system --no-create-home model
USER model
EXPOSE 8080
ENTRYPOINT ${entryPoint}
CMD ["serve"]
`;
}

const readme = `# Inference code

The model server of this release: \`dist/\` is the compiled program, \`package-lock.json\` pins every package that it needs.
It reads \`signature.json\` and \`model.onnx\` (or \`python_model.json\`) in \`/opt/ml/model\` and answers \`GET /ping\` and \`POST /invocations\` on port 8080.

\`\`\`sh
docker build -t MODEL_NAME:VERSION -f inference_code/Dockerfile .
docker run --rm -p 8080:8080 MODEL_NAME:VERSION serve
curl -s http://127.0.0.1:8080/ping
\`\`\`

The requests and answers are described in \`openapi.json\`. The model holds its preprocessing: rows go in as they are. A model
with \`python_model.json\` answers by the user's own \`model/code/inference.py\`, in a Python process of the model server.
`;

/** Path inside `inference_code/` -> content: the model server, its pinned dependencies, a Dockerfile and how to use them. */
export function inferenceCode(release: ServedRelease, root: string = projectRoot): Map<string, string> {
  const { files, packages } = programClosure(program(entry));
  const lock: unknown = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'));
  const pinned = pinDependencies(lock, packages);
  const { overrides } = ownManifest.parse(JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')));
  const manifest = {
    name: 'dandori-model-server',
    version: '1.0.0',
    private: true,
    type: 'module',
    engines: { node: '>=20.19' },
    dependencies: pinned.dependencies,
    // Without them npm finds the lock file out of step with the manifest.
    ...(overrides === undefined ? {} : { overrides }),
  };
  const { name, version } = manifest;
  const self = { name, version, dependencies: manifest.dependencies, engines: manifest.engines };
  const packageLock = { name, version, lockfileVersion: 3, requires: true, packages: { '': self, ...pinned.packages } };
  const code = files.map((file): [string, string] => [
    relative(root, file).split(sep).join('/'),
    readFileSync(file, 'utf8').replace(/\n\/\/# sourceMappingURL=.*\s*$/, '\n'),
  ]);
  const python = hasHooks(release) ? ['requirements.txt', ...workerFiles] : [];
  return new Map([
    ...python.map((path): [string, string] => [`python/${path}`, readFileSync(join(root, 'trainer', path), 'utf8')]),
    ['package.json', `${JSON.stringify(manifest, null, 2)}\n`],
    ['package-lock.json', `${JSON.stringify(packageLock, null, 2)}\n`],
    ['Dockerfile', dockerfile(release)],
    ['README.md', readme],
    ...code,
  ]);
}
