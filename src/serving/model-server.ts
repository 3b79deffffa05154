import { Socket } from 'node:net';
import { parseArgs } from 'node:util';
import { messageOf } from '../errors.js';
import { serveChannel } from './model-channel.js';
import { openPredictor, type PackageRef } from './predictor.js';
import type { PythonHome } from './python-worker.js';

/** The inherited socket to the router. */
const channelFd = 3;

interface ServerArguments {
  ref: PackageRef;
  python: PythonHome | null;
  isChild: boolean;
  host: string;
  port: number;
}

/** `model-server [serve] [--folder DIR] [--digests JSON] [--model-name N] [--model-version V] [--host H] [--port P] [--python EXECUTABLE --python-packages DIR] [--channel]`. */
function readArguments(argv: string[]): ServerArguments {
  const { values } = parseArgs({
    args: argv,
    allowPositionals: true,
    options: {
      folder: { type: 'string', default: '/opt/ml/model' },
      digests: { type: 'string', default: '{}' },
      'model-name': { type: 'string', default: 'model' },
      'model-version': { type: 'string', default: '0.0.0' },
      host: { type: 'string', default: '0.0.0.0' },
      port: { type: 'string', default: '8080' },
      python: { type: 'string' },
      'python-packages': { type: 'string', default: '' },
      channel: { type: 'boolean', default: false },
    },
  });
  const digests = JSON.parse(values.digests) as Record<string, string>;
  return {
    ref: { folder: values.folder, digests, modelName: values['model-name'], version: values['model-version'] },
    python: values.python === undefined ? null : { executable: values.python, packages: values['python-packages'] },
    isChild: values.channel,
    host: values.host,
    port: Number(values.port),
  };
}

/** Under SageMaker's hosting contract: HTTP on 8080, SIGTERM ends it after the running requests. */
async function serveHttp({ ref, python, host, port }: ServerArguments): Promise<void> {
  // Only a container needs the web framework; the router's workers start without it.
  const { modelHttp } = await import('./model-http.js');
  const predictor = await openPredictor(ref, { python });
  // The platform starts the container again.
  void predictor.ended.then(() => process.exit(1));
  const serverUrl = `http://127.0.0.1:${port}`;
  const app = modelHttp(predictor, { name: ref.modelName, version: ref.version, serverUrl });
  const address = await app.listen({ host, port });
  console.log(`Model ${ref.modelName} ${ref.version} listens on ${address}.`);
  process.once('SIGTERM', () => void app.close().then(() => process.exit(0)));
}

const options = readArguments(process.argv.slice(2));
if (options.isChild) {
  // The router ends its workers when they have answered: a signal sent to the whole group must not.
  process.on('SIGINT', () => undefined);
  const { ref, python } = options;
  await serveChannel(new Socket({ fd: channelFd }), ref, (code) => process.exit(code), { python });
} else {
  await serveHttp(options).catch((error: unknown) => {
    console.error(messageOf(error));
    process.exit(1);
  });
}
