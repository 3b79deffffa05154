import { DandoriError } from '../errors.js';
import type { EncodedTensor } from './encode.js';
import type { OutputTensor } from './onnx-session.js';

export interface BatcherOptions {
  run: (tensors: readonly EncodedTensor[]) => Promise<OutputTensor[]>;
  /** Most rows of one run: bounds how long the thread is blocked. */
  maxRows?: number;
  /** When to look at the queue; the default lets everything that has arrived join. No timer: an idle server never waits. */
  schedule?: (flush: () => void) => void;
}

/** Runs rows of concurrent requests together and gives each request its own rows back. */
export interface Batcher {
  /** Outputs for exactly these rows, in order. A run that fails is tried again request by request, so that one bad request fails alone. */
  submit(tensors: readonly EncodedTensor[], rowCount: number): Promise<OutputTensor[]>;
  /** Rows that wait or run. */
  pendingRows(): number;
}

interface Unit {
  tensors: readonly EncodedTensor[];
  rowCount: number;
  resolve: (outputs: OutputTensor[]) => void;
  reject: (error: unknown) => void;
}

export function createBatcher({ run, maxRows = 512, schedule = setImmediate }: BatcherOptions): Batcher {
  let queue: Unit[] = [];
  let isRunning = false;
  let pending = 0;

  function enqueue(tensors: readonly EncodedTensor[], rowCount: number): Promise<OutputTensor[]> {
    pending += rowCount;
    return new Promise<OutputTensor[]>((resolve, reject) => {
      queue.push({ tensors, rowCount, resolve, reject });
      if (isRunning) return;
      isRunning = true;
      schedule(() => void flush());
    }).finally(() => (pending -= rowCount));
  }

  async function flush(): Promise<void> {
    while (queue.length > 0) {
      const batch = takeBatch();
      await runBatch(run, batch);
    }
    isRunning = false;
  }

  function takeBatch(): Unit[] {
    let rows = 0;
    let count = 0;
    for (const unit of queue) {
      if (count > 0 && rows + unit.rowCount > maxRows) break;
      rows += unit.rowCount;
      count += 1;
    }
    const batch = queue.slice(0, count);
    queue = queue.slice(count);
    return batch;
  }

  return {
    async submit(tensors, rowCount) {
      if (rowCount <= maxRows) return enqueue(tensors, rowCount);
      const parts: Promise<OutputTensor[]>[] = [];
      for (let start = 0; start < rowCount; start += maxRows) {
        const end = Math.min(start + maxRows, rowCount);
        parts.push(
          enqueue(
            tensors.map((tensor) => inputRows(tensor, start, end)),
            end - start,
          ),
        );
      }
      return joinOutputs(await Promise.all(parts));
    },
    pendingRows: () => pending,
  };
}

async function runBatch(run: BatcherOptions['run'], batch: readonly Unit[]): Promise<void> {
  const total = batch.reduce((sum, unit) => sum + unit.rowCount, 0);
  try {
    const outputs = checked(await run(joinInputs(batch.map((unit) => unit.tensors))), total);
    let start = 0;
    for (const unit of batch) {
      const end = start + unit.rowCount;
      const isWhole = batch.length === 1;
      unit.resolve(isWhole ? outputs : outputs.map((output) => outputRows(output, start, end, total)));
      start = end;
    }
  } catch (error) {
    if (batch.length === 1) return batch[0]?.reject(error);
    for (const unit of batch) await runBatch(run, [unit]);
  }
}

/** Every output must have one row a row: an answer that cannot be told apart is no answer. */
function checked(outputs: OutputTensor[], rowCount: number): OutputTensor[] {
  const wrong = outputs.find((output) => output.dims[0] !== rowCount || output.data.length % rowCount !== 0);
  if (wrong === undefined) return outputs;
  throw new DandoriError('internal', `The model's output "${wrong.name}" does not have one row a row.`, {
    found: `shape [${wrong.dims.join(', ')}]`,
    allowed: `${rowCount} rows`,
  });
}

function joinInputs(requests: readonly (readonly EncodedTensor[])[]): readonly EncodedTensor[] {
  const [first = []] = requests;
  if (requests.length === 1) return first;
  return first.map((tensor, index) => {
    const parts = requests.map((tensors) => tensors[index] ?? tensor);
    const rows = parts.reduce((sum, part) => sum + part.dims[0], 0);
    const dims: [number, number] = [rows, tensor.dims[1]];
    if (tensor.dtype === 'string') return { ...tensor, dims, data: parts.flatMap((part) => part.data as string[]) };
    const data = new Float32Array(rows * tensor.dims[1]);
    let at = 0;
    for (const part of parts) {
      data.set(part.data as Float32Array, at);
      at += part.data.length;
    }
    return { ...tensor, dims, data };
  });
}

function inputRows(tensor: EncodedTensor, start: number, end: number): EncodedTensor {
  const width = tensor.dims[1];
  return { ...tensor, dims: [end - start, width], data: tensor.data.slice(start * width, end * width) };
}

function sliceOf(data: ArrayLike<unknown>, start: number, end: number): ArrayLike<unknown> {
  return Array.prototype.slice.call(data, start, end);
}

function outputRows(output: OutputTensor, start: number, end: number, total: number): OutputTensor {
  const width = output.data.length / total;
  return {
    ...output,
    dims: [end - start, ...output.dims.slice(1)],
    data: sliceOf(output.data, start * width, end * width),
  };
}

function joinOutputs(parts: readonly OutputTensor[][]): OutputTensor[] {
  const [first = []] = parts;
  return first.map((output, index) => {
    const pieces = parts.map((outputs) => outputs[index] ?? output);
    const rows = pieces.reduce((sum, piece) => sum + (piece.dims[0] ?? 0), 0);
    return {
      ...output,
      dims: [rows, ...output.dims.slice(1)],
      data: pieces.flatMap((piece) => Array.from(piece.data)),
    };
  });
}
