import { readFileSync } from 'node:fs';
import { validate } from '@readme/openapi-parser';
import { describe, expect, test } from 'vitest';
import { modelSignature } from '../contracts/training.js';
import { openApiFor } from './openapi.js';

function signatureOf(name: string) {
  return modelSignature.parse(
    JSON.parse(readFileSync(new URL(`fixtures/${name}/signature.json`, import.meta.url), 'utf8')),
  );
}

describe('openApiFor', () => {
  test.each([
    ['churn', 'churn-staging', '/endpoints/churn-staging/invocations'],
    ['price', null, '/invocations'],
  ])('gives a valid OpenAPI 3.1 document for %s', async (name, endpointName, path) => {
    const document = openApiFor({
      endpointName,
      modelName: name,
      version: '1.2.0',
      signature: signatureOf(name),
      serverUrl: 'http://127.0.0.1:7070',
    });
    // The parser reads a file name or a document; it resolves references in place, so it gets its own copy.
    const result = await validate(JSON.parse(JSON.stringify(document)));
    expect(result).toMatchObject({ valid: true });
    expect(document['openapi']).toBe('3.1.0');
    expect(Object.keys(document['paths'] ?? {})).toContain(path);
  });

  test('requires only the features that training never saw missing', () => {
    const document = openApiFor({
      endpointName: 'churn',
      modelName: 'churn',
      version: '1.0.0',
      signature: signatureOf('churn'),
      serverUrl: 'http://127.0.0.1:7070',
    });
    expect(document).toMatchObject({ components: { schemas: { Row: { required: ['tenure'] } } } });
  });
});
