// Plain Node, no packages: this runs before anything is installed.
import { spawn } from 'node:child_process';

const lineEveryMs = 10_000;
const lastLines = 40;

/** Seconds since `startedAt` (milliseconds), as text. */
export const seconds = (startedAt) => `${((Date.now() - startedAt) / 1000).toFixed(1)} s`;

/** Shows that something goes on: a moving line on a terminal, a line every ten seconds elsewhere. */
export function showProgress(title) {
  const startedAt = Date.now();
  const terminal = process.stderr.isTTY === true;
  let detail = '';
  const draw = () => {
    const text = `  ${title} ... ${seconds(startedAt)}${detail === '' ? '' : `  ${detail}`}`;
    if (terminal) process.stderr.write(`\r\x1b[2K${text.slice(0, (process.stderr.columns || 80) - 1)}`);
    else process.stderr.write(`${text}\n`);
  };
  const timer = setInterval(draw, terminal ? 200 : lineEveryMs);
  return {
    detail(text) {
      detail = text;
    },
    end(mark) {
      clearInterval(timer);
      if (terminal) process.stderr.write('\r\x1b[2K');
      process.stderr.write(`${mark} ${title} (${seconds(startedAt)})\n`);
    },
  };
}

/** Runs a command quietly with progress; on failure its last lines are shown and the error says what to do. */
export function runStep(title, command, args, { next, cwd, env, onLine } = {}) {
  const progress = showProgress(title);
  const lines = [];
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
    const read = (chunk) => {
      for (const line of chunk.toString().split('\n')) {
        if (line.trim() === '') continue;
        lines.push(line);
        if (lines.length > lastLines) lines.shift();
        progress.detail(onLine?.(line) ?? '');
      }
    };
    child.stdout.on('data', read);
    child.stderr.on('data', read);
    child.on('error', (error) => lines.push(error.message));
    child.on('close', (code) => {
      progress.end(code === 0 ? '✔' : '✘');
      if (code === 0) return resolve(undefined);
      reject(
        new Error(
          `${title} failed (${command} ended with ${code}).\n${lines.join('\n')}\n${next === undefined ? '' : `What to do: ${next}`}`,
        ),
      );
    });
  });
}

/** Runs a command and answers its exit code; its output is shown as it comes, or `held` back and answered, too. */
export function runShown(command, args, { cwd, env, held = false } = {}) {
  const output = [];
  return new Promise((resolve) => {
    const stdio = held ? ['ignore', 'pipe', 'pipe'] : 'inherit';
    const child = spawn(command, args, { cwd, env: { ...process.env, ...env }, stdio });
    // A failure elsewhere ends the script, and what it runs.
    process.once('exit', () => child.kill());
    child.stdout?.on('data', (chunk) => output.push(chunk));
    child.stderr?.on('data', (chunk) => output.push(chunk));
    const end = (code) => resolve({ code, output: Buffer.concat(output).toString() });
    child.on('error', () => end(127));
    child.on('close', (code, signal) => end(signal === null ? (code ?? 1) : 1));
  });
}
