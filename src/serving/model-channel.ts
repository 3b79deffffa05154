import type { Duplex } from 'node:stream';
import { codeOf, messageOf } from '../errors.js';
import { createFrameDecoder, encodeFrame } from './framing.js';
import { errorResponse } from './invocation.js';
import { openPredictor, type PackageRef, type Predictor, type PredictorOptions } from './predictor.js';

const memoryReportMs = 5_000;

/** Serves a model over the router's channel: says ready or failed, answers invocations, ends when the channel closes. */
export async function serveChannel(
  channel: Duplex,
  ref: PackageRef,
  exit: (code: number) => void,
  options: PredictorOptions = {},
): Promise<void> {
  // The router is gone: nobody can ask any more.
  channel.on('close', () => exit(0));
  channel.on('error', () => exit(0));
  let predictor: Predictor;
  try {
    predictor = await openPredictor(ref, options);
  } catch (error) {
    channel.write(encodeFrame({ type: 'failed', code: codeOf(error), message: messageOf(error) }), () => exit(1));
    return;
  }
  // A new process, with all that it needs, takes its place.
  void predictor.ended.then((reason) => {
    console.error(`The model ${ref.modelName} ${ref.version} cannot be served any more: ${reason}.`);
    exit(1);
  });
  const decode = createFrameDecoder(({ header, body }) => {
    if (header.type === 'invoke') void answer(channel, predictor, header, body);
  });
  channel.on('data', decode);
  channel.write(encodeFrame({ type: 'ready', signature: predictor.signature }));
  setInterval(() => {
    channel.write(encodeFrame({ type: 'memory', rss_bytes: process.memoryUsage.rss() + predictor.childRssBytes() }));
  }, memoryReportMs).unref();
}

async function answer(
  channel: Duplex,
  predictor: Predictor,
  header: { id: number; content_type: string; accept: string; explain: boolean },
  body: Uint8Array,
): Promise<void> {
  const response = await predictor
    .invoke({ body, contentType: header.content_type, accept: header.accept, explain: header.explain })
    .catch((error: unknown) => errorResponse(error));
  const { status, contentType } = response;
  channel.write(encodeFrame({ type: 'answer', id: header.id, status, content_type: contentType }, response.body));
}
