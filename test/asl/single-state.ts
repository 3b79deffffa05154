import { toJson, type JsonObject } from '../../src/workflow/engine/json.js';
import { evaluateJsonata } from '../../src/workflow/engine/languages/jsonata-evaluator.js';
import { testState, type StateTest, type StateTestResult } from '../../src/workflow/engine/testing/test-state.js';

/** One recorded call of AWS's TestState. */
export interface RecordedStateTest {
  name: string;
  request: {
    definition: unknown;
    stateName?: string;
    input?: unknown;
    context?: JsonObject;
    variables?: JsonObject;
    roleArn?: string;
    inspectionLevel: 'INFO' | 'DEBUG' | 'TRACE';
    mock?: { resultParsed?: unknown; errorOutput?: { error: string; cause: string } };
    stateConfiguration?: {
      retrierRetryCount?: number;
      mapIterationFailureCount?: number;
      mapItemReaderData?: string;
    };
  };
  expected: JsonObject;
}

/** `compare.mjs`: what strings that hold JSON stand for, and equality with `<placeholder>`s. */
export interface Comparison {
  norm(value: unknown): unknown;
  match(expected: unknown, actual: unknown): boolean;
}

/** Six calls had no mock and ran a real function; what it answered is its mock here. */
function mockOf({ request, expected }: RecordedStateTest): StateTest['mock'] {
  const { mock } = request;
  if (mock?.errorOutput !== undefined) return mock.errorOutput;
  if (mock !== undefined) return { result: mock.resultParsed };
  const { output } = expected;
  return { result: typeof output === 'string' ? (JSON.parse(output) as unknown) : output };
}

function run(recorded: RecordedStateTest): StateTestResult {
  const { inspectionLevel: _level, mock: _mock, stateConfiguration, ...request } = recorded.request;
  const { mapItemReaderData, ...configuration } = stateConfiguration ?? {};
  const mock = mockOf(recorded);
  return testState({
    ...request,
    ...configuration,
    // The recorder masked the role of the request with a bare name, that of the answer as an ARN.
    ...(request.roleArn === undefined ? {} : { roleArn: `arn:aws:iam::111111111111:role/${request.roleArn}` }),
    ...(mock === undefined ? {} : { mock }),
    ...(mapItemReaderData === undefined ? {} : { mapItemReaderData: JSON.parse(mapItemReaderData) as unknown }),
    jsonata: evaluateJsonata,
  });
}

// The recorder wrote these words over values that differ from run to run.
const masked: Record<string, string> = { StartTime: 'date', EnteredTime: 'date' };

/** The result as the recorder would have written it: members as JSON text, dates masked. */
function recordedForm(result: StateTestResult, withInspection: boolean): JsonObject {
  const { inspectionData, output, ...rest } = result;
  const text = (value: unknown): string => JSON.stringify(value, (key, member: unknown) => masked[key] ?? member);
  const inspected = Object.entries(inspectionData).map(([name, value]): [string, unknown] => [
    name,
    typeof value === 'number' || name === 'errorDetails' ? value : text(value),
  ]);
  return {
    ...rest,
    ...(output === undefined ? {} : { output: text(output) }),
    ...(withInspection ? { inspectionData: Object.fromEntries(inspected) } : {}),
  };
}

/** Null when every member is as AWS answered, else what differs; `cause` is judged apart, as for whole executions. */
export function judgeStateTest(
  recorded: RecordedStateTest,
  { norm, match }: Comparison,
): { why: string | null; sameCause: boolean } {
  const { expected, request } = recorded;
  const actual = recordedForm(run(recorded), request.inspectionLevel !== 'INFO');
  const members = new Set([...Object.keys(expected), ...Object.keys(actual)]);
  const differing = [...members].filter((name) => !match(norm(expected[name]), norm(actual[name])));
  const wrong = differing.filter((name) => name !== 'cause');
  const shown = wrong.map((name) => `${name} ${toJson(norm(actual[name]))} != ${toJson(norm(expected[name]))}`);
  return { why: wrong.length === 0 ? null : shown.join('; '), sameCause: !differing.includes('cause') };
}
