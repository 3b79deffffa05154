import { createPrivateKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { GitHubAccess } from '../../config.js';
import { DandoriError, messageOf } from '../../errors.js';
import type { GitHubAuth } from './client.js';

/** Token or App as configured; the App's key is read from its file and must be one. */
export function gitHubAuth(access: GitHubAccess): GitHubAuth {
  if (access.kind === 'token') return access;
  const { appId, keyFile } = access;
  try {
    const privateKey = readFileSync(keyFile, 'utf8');
    createPrivateKey(privateKey);
    return { kind: 'app', appId, privateKey };
  } catch (error) {
    throw new DandoriError('invalid_input', 'The private key of the GitHub App cannot be read.', {
      // Never what the file holds: it is a secret, or it is some other file.
      found: `${keyFile}: ${/ENOENT|EACCES|EISDIR/.exec(messageOf(error))?.[0] ?? 'no private key in PEM form'}`,
      allowed: 'the .pem file that GitHub gave when the key was made',
      next: 'set DANDORI_GITHUB_APP_KEY_FILE to it.',
    });
  }
}
