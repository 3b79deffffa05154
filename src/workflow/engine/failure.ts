/** How a state fails: `error` and `cause` as the execution reports them; null where AWS reports none. */
export interface Failure {
  error: string | null;
  cause: string | null;
  /** A second name under which Retry and Catch know it, e.g. a lost heartbeat. */
  alias?: string;
}

/** Thrown while a state is evaluated; the interpreter turns it into Retry, Catch or the end of the execution. */
export class StateFailure extends Error {
  readonly error: string;
  /** Bare text; the interpreter puts "An error occurred while executing the state ..." before it when `framed`. */
  readonly framed: boolean;
  /** The field whose query failed, e.g. `Output/result`: named in the EvaluationFailed event. */
  readonly location: string | undefined;

  constructor(error: string, cause: string, options: { framed?: boolean; location?: string } = {}) {
    super(cause);
    this.name = 'StateFailure';
    this.error = error;
    this.framed = options.framed ?? true;
    this.location = options.location;
  }
}

/** A failure that nothing can catch: bad paths, bad types. */
export function runtimeFailure(cause: string): StateFailure {
  return new StateFailure('States.Runtime', cause);
}
