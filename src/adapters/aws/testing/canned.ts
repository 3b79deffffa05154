import { Readable } from 'node:stream';
import { SFNClient } from '@aws-sdk/client-sfn';
import { SQSClient } from '@aws-sdk/client-sqs';

/** One answer of a service: 200 with a body, an error of the service by name, or a connection that breaks. */
export type Canned = { body: object } | { error: string; message?: string; status?: number } | { broken: string };

/** A call that reached the service: its operation and what it asked. */
export interface Call {
  operation: string;
  input: Record<string, unknown>;
}

interface HttpRequest {
  headers: Record<string, string>;
  body: Uint8Array;
}

/**
 * Clients whose services give these answers one after the other, below the SDK's own reading and writing of the protocol:
 * for what no emulator can be brought to say.
 */
export function cannedAws(answers: readonly Canned[]): { sfn: SFNClient; sqs: SQSClient; calls: Call[] } {
  const left = [...answers];
  const calls: Call[] = [];
  const requestHandler = {
    async handle(request: HttpRequest) {
      calls.push({
        operation: request.headers['x-amz-target']?.split('.')[1] ?? '',
        input: JSON.parse(new TextDecoder().decode(request.body)) as Record<string, unknown>,
      });
      const answer = left.shift();
      if (answer === undefined) throw new Error('more calls than canned answers');
      if ('broken' in answer)
        throw Object.assign(new Error(answer.broken), { code: answer.broken, syscall: 'connect' });
      const body = 'body' in answer ? answer.body : { __type: answer.error, message: answer.message ?? answer.error };
      const statusCode = 'body' in answer ? 200 : (answer.status ?? 400);
      return { response: { statusCode, headers: {}, body: Readable.from([Buffer.from(JSON.stringify(body))]) } };
    },
  };
  const options = {
    region: 'eu-west-1',
    credentials: { accessKeyId: 'none', secretAccessKey: 'none' },
    maxAttempts: 1,
    requestHandler,
  };
  return { sfn: new SFNClient(options), sqs: new SQSClient(options), calls };
}
