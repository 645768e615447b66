/** How a command ends when it cannot do what it was asked; the exit codes are in every --help. */
export const EXIT = {
  ok: 0,
  jobFailed: 1,
  badInput: 2,
  refused: 3,
  noScheduler: 4,
  interrupted: 130,
} as const;

export class CommandFailure extends Error {
  readonly exitCode: number;

  constructor(exitCode: number, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'CommandFailure';
    this.exitCode = exitCode;
  }
}

export const badInput = (message: string): CommandFailure =>
  new CommandFailure(EXIT.badInput, message);

/** Errors of reading a job: all are the user's input, and their message says where. */
const INPUT_ERRORS = new Set([
  'JobFileError',
  'BadVariableError',
  'SourceError',
  'KernelError',
  'InputError',
  'JobConflictError',
]);

const NO_SCHEDULER_ERRORS = new Set([
  'ConnectionError',
  'BrokerUnreachableError',
  'BrokerRefusedError',
  'BusForbiddenError',
]);

/** The exit code and words of an error; undefined for a bug, which shows its stack. */
export function asFailure(error: unknown): CommandFailure | undefined {
  if (error instanceof CommandFailure) return error;
  if (!(error instanceof Error)) return undefined;
  if (INPUT_ERRORS.has(error.name)) return badInput(error.message);
  if (NO_SCHEDULER_ERRORS.has(error.name)) {
    return new CommandFailure(EXIT.noScheduler, error.message, { cause: error });
  }
  return undefined;
}
