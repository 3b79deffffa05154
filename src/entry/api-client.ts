import { request as httpRequest } from 'node:http';
import { DandoriError, messageOf } from '../errors.js';

/** Asks the server of a state directory; errors come back as the DandoriError they were. */
export interface ApiClient {
  get<T>(path: string): Promise<T>;
  post<T>(path: string, body: unknown): Promise<T>;
}

export interface Answer {
  statusCode: number;
  text: string;
}

/** Sends one request; an answer of 400 or more is thrown. */
export type Send = (method: 'GET' | 'POST', path: string, body: string | null) => Promise<Answer>;

/** Names who sends; escaped as in an address, because a header holds Latin letters only. */
export const userHeader = 'x-dandori-user';

// A socket has no host. Told so, Node does not look whether the name of one is an address, which takes it 8 ms the first time.
const nowhere = { servername: '' };

/** Sends over the server's unix socket, in the name of `user` (default: the server's own); `unavailable` when nobody answers there. */
export function overSocket(socketPath: string, user?: string): Send {
  const name = user === undefined ? {} : { [userHeader]: encodeURIComponent(user) };
  return (method, path, body) =>
    new Promise((resolve, reject) => {
      const refuse = (error: Error) =>
        reject(
          new DandoriError('unavailable', 'The Dandori server does not answer.', {
            found: messageOf(error),
            next: 'see whether it runs ("npx dandori doctor"), start it ("npx dandori up"), then try again.',
            cause: error,
          }),
        );
      const content =
        body === null ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
      const headers = { ...name, ...content };
      // A connection each: one kept open would break when the server starts anew.
      const request = httpRequest({ ...nowhere, socketPath, method, path, headers, agent: false }, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () =>
          resolve({ statusCode: response.statusCode ?? 0, text: Buffer.concat(chunks).toString() }),
        );
        response.on('error', refuse);
      });
      request.on('error', refuse);
      request.end(body ?? undefined);
    });
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new DandoriError('internal', 'The server answered something that is not JSON.', {
      found: text.slice(0, 200),
      cause: error,
    });
  }
}

/** The body of a good answer; throws the error that any other carries. */
export async function jsonOf(answer: Answer): Promise<unknown> {
  const json = parse(answer.text);
  if (answer.statusCode < 400) return json;
  // Most answers are good and need no schema: they do not wait until the library of schemas is loaded.
  const { fromEnvelope } = await import('../mcp/error-envelope.js');
  throw (
    fromEnvelope(json) ??
    new DandoriError('internal', `The server answered ${answer.statusCode}.`, { found: answer.text.slice(0, 500) })
  );
}

export function createApiClient(send: Send): ApiClient {
  const ask = async (method: 'GET' | 'POST', path: string, body: unknown): Promise<unknown> => {
    return jsonOf(await send(method, path, body === undefined ? null : JSON.stringify(body)));
  };
  return {
    // The server is ours and of the same version; its answers have the types that its routes give them.
    get: (path) => ask('GET', path, undefined) as Promise<never>,
    post: (path, body) => ask('POST', path, body) as Promise<never>,
  };
}

/** Whether a server answers on the socket. */
export async function isListening(socketPath: string): Promise<boolean> {
  try {
    return (await overSocket(socketPath)('GET', '/api/health', null)).statusCode === 200;
  } catch (error) {
    const reason = messageOf(error);
    if (/ENOENT|ENOTDIR|ECONNREFUSED|ECONNRESET|EPIPE/.test(reason)) return false;
    throw error;
  }
}
