import type { IntrinsicSources } from '../intrinsics/intrinsics.js';
import type { JsonObject } from '../json.js';
import type { Catcher, StateDefinition } from '../definition.js';
import type { Failure } from '../failure.js';

/** What an expression of one state can see. */
export interface Scope {
  state: StateDefinition;
  /** The state's raw input. */
  input: unknown;
  /** The context object `$$` / `$states.context`. */
  context: JsonObject;
  variables: JsonObject;
  sources: IntrinsicSources;
  /** Evaluates JSONata; absent where none is wired. */
  jsonata: JsonataEvaluator;
  /** Told each intermediate value, under TestState's names (afterInputPath ...). */
  inspect?: Inspect | undefined;
}

/** Is told an intermediate value by its name. */
export type Inspect = (name: string, value: unknown) => void;

/** Evaluates one JSONata expression (without `{% %}`) with variables bound by name; throws Error with the library's message. */
export type JsonataEvaluator = (expression: string, bindings: JsonObject, sources: IntrinsicSources) => unknown;

/** What leaves a state: its output and the variables it assigned. */
export interface Produced {
  output: unknown;
  assigned: JsonObject;
}

/** Where JSONPath and JSONata differ; everything else in the interpreter is the same for both. */
export interface QueryLanguage {
  /** The effective input: after InputPath, or the raw input. */
  effectiveInput(scope: Scope): unknown;
  /** Parameters or Arguments, evaluated; the effective input where the state has none. */
  taskArguments(scope: Scope, effectiveInput: unknown): unknown;
  /** A template such as ItemSelector, ItemReader.Parameters: `field` names it in errors. */
  template(scope: Scope, template: unknown, field: string, input: unknown): unknown;
  /** Turns a result into output and variables (ResultSelector, ResultPath, OutputPath, Assign | Output, Assign). */
  produce(scope: Scope, result: unknown): Produced;
  /** Output and variables of states without a result (Wait, Succeed, and Choice, whose matched rule may hold them). */
  passThrough(scope: Scope, rule: JsonObject): Produced;
  /** Output and variables of a caught failure. */
  caught(scope: Scope, catcher: Catcher, failure: Failure): Produced;
  /** The index of the first choice rule that holds, or null. */
  choose(scope: Scope, rules: JsonObject[]): number | null;
  /** The value of a field such as TimeoutSeconds, from `field` or `fieldPath`; undefined when the state has neither. */
  field(scope: Scope, owner: JsonObject, field: string, input: unknown): unknown;
  /** The items of a Map before ItemSelector. */
  items(scope: Scope, effectiveInput: unknown): unknown;
}

/** What a Catch hands on; a time-out has an empty cause there, a failure without details has neither. */
export function errorOutputOf(failure: Failure): JsonObject {
  return { Error: failure.error, Cause: failure.cause ?? (failure.error === null ? null : '') };
}
