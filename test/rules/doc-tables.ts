import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadAlgorithms } from '../../src/request/algorithm-list.js';
import { projectRoot } from '../../src/root.js';
import { stateMachine } from '../../src/workflow/state-machine.js';

const read = (path: string): string => readFileSync(join(projectRoot, path), 'utf8');
const cell = (text: string): string =>
  text
    .replaceAll('|', String.raw`\|`)
    .replaceAll(/\s*\n\s*\*?\s*/g, ' ')
    .trim();

function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map(cell).join(' | ')} |`;
  return [line(header), line(header.map(() => '---')), ...rows.map(line)].join('\n');
}

/** The environment variables of src/config.ts, from the comments of its fields. */
function environmentTable(): string {
  const fields = [...read('src/config.ts').matchAll(/\/\*\* `(DANDORI_\w+)`((?:(?!\*\/)[^])*)\*\//g)];
  const rows = fields.map(([, name = '', doc = '']) => {
    const [, meaning = '', fallback = ''] =
      /^([^]*?)\s*Default:? ([^]*?)\.?\s*$/.exec(doc.replace(/^[^:]*:/, '')) ?? [];
    const also = /^ or `([^`]+)`/.exec(doc)?.[1];
    return [`\`${name}\`${also === undefined ? '' : ` or \`${also}\``}`, meaning, fallback];
  });
  return table(['Variable', 'Meaning', 'Default'], rows);
}

function algorithmTable(): string {
  const rows = Object.entries(loadAlgorithms().algorithms).map(([name, entry]) => [
    `[\`${name}\`](request.md#${name})`,
    entry.task_types.join(', '),
    entry.summary,
    Object.entries(entry.hyperparameters)
      .map(([key, { default: value }]) => `\`${key}\` ${JSON.stringify(value)}`)
      .join(', '),
  ]);
  return table(['Algorithm', 'For', 'What it is', 'Hyperparameters and defaults'], rows);
}

/** Every interface of src/ports that has an adapter, with the number of its methods. */
function portTable(): string {
  const files = readdirSync(join(projectRoot, 'src', 'ports')).filter((name) => /^(?!ports\.)[a-z-]+\.ts$/.test(name));
  const rows = files.map((name) => {
    const everywhere = `src/adapters/notify/${name}`;
    const adapter = [`src/adapters/local/${name}`, everywhere, 'src/workflow/engine/durable/embedded-engine.ts'].find(
      (path) => existsSync(join(projectRoot, path)),
    );
    const aws = adapter === everywhere ? everywhere : `src/adapters/aws/${name}`;
    const suite = `src/ports/${name.replace('.ts', '.testsuite.ts')}`;
    const interfaces = [
      ...read(`src/ports/${name}`).matchAll(/\/\*\*((?:(?!\*\/)[^])*)\*\/\nexport interface (\w+) \{\n([^]*?)\n\}/g),
    ].filter(([, , , body = '']) => /^ {2}\w+(?:<[^>]*>)?\(/m.test(body));
    const methods = interfaces.flatMap(([, , , body = '']) => [...body.matchAll(/^ {2}\w+(?:<[^>]*>)?\(/gm)]);
    return [
      `[\`${name}\`](src/ports/${name})`,
      interfaces.map(([, doc = '']) => doc.trim()).join(' '),
      String(methods.length),
      `[\`${adapter?.split('/').at(-1) ?? ''}\`](${adapter ?? ''})`,
      existsSync(join(projectRoot, aws)) ? `[\`${name}\`](${aws})` : '-',
      existsSync(join(projectRoot, suite)) ? 'yes' : '-',
    ];
  });
  return table(['Port', 'What it is', 'Methods', 'Adapter on this machine', 'On AWS', 'Contract suite'], rows);
}

interface Branch {
  Next?: string;
  StringEquals?: string;
  ErrorEquals?: string[];
}
const states = Object.entries(stateMachine.States).map(([name, state]) => ({ name, ...state })) as {
  name: string;
  Type: string;
  Next?: string;
  Default?: string;
  Choices?: Branch[];
  Catch?: Branch[];
  Parameters?: { MessageBody?: { agent: string } };
}[];

function stateGraph(): string {
  const edges = states.flatMap(({ name, Next, Default, Choices = [] }) => [
    ...Choices.map((one) => `  ${name} -->|${one.StringEquals ?? 'retries left'}| ${one.Next}`),
    ...(Default === undefined ? [] : [`  ${name} -->|else| ${Default}`]),
    ...(Next === undefined ? [] : [`  ${name} --> ${Next}`]),
  ]);
  const ends = states
    .filter(({ Type }) => Type === 'Succeed' || Type === 'Fail')
    .map(({ name }) => `  ${name}([${name}])`);
  return ['```mermaid', 'flowchart TD', ...ends, ...edges, '```'].join('\n');
}

function stateTable(): string {
  const rows = states.map(({ name, Type, Parameters, Catch = [] }) => {
    const agent = Parameters?.MessageBody?.agent;
    const cancel = Catch.find((one) => one.ErrorEquals?.includes('Dandori.Cancelled'));
    const other = Catch.find((one) => one.ErrorEquals?.includes('States.ALL'));
    return [`\`${name}\``, Type, agent === undefined ? '-' : `\`${agent}\``, other?.Next ?? '-', cancel?.Next ?? '-'];
  });
  return table(['State', 'Type', 'Agent', 'A failure leads to', '`/cancel` leads to'], rows);
}

/** What stands between `<!-- generated NAME -->` and `<!-- /generated -->`, by name. */
export const generated: Readonly<Record<string, () => string>> = {
  environment: environmentTable,
  algorithms: algorithmTable,
  ports: portTable,
  'state-graph': stateGraph,
  states: stateTable,
};
