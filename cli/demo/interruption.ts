/**
 * The one way the demo is stopped from outside: Ctrl-C, SIGTERM, SIGHUP or a reader of its output
 * that went away. The first stops what runs; later ones are ignored, because cleaning up is
 * already under way and must not be cut short.
 */
export class InterruptedError extends Error {
  override readonly name = 'InterruptedError';
  readonly exitCode: number;
  constructor(signal: string, exitCode: number) {
    super(`stopped by ${signal}`);
    this.exitCode = exitCode;
  }
}

const EXIT_CODES = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const;
const EXIT_PIPE_CLOSED = 141;

export type Interruption = {
  /** Aborted with an InterruptedError as its reason. */
  readonly signal: AbortSignal;
  /** Leaves the process as it was found. */
  readonly forget: () => void;
};

export function listenForInterruption(tell: (line: string) => void): Interruption {
  const controller = new AbortController();
  const stop = (signal: string, exitCode: number): void => {
    if (controller.signal.aborted) return;
    controller.abort(new InterruptedError(signal, exitCode));
    tell(`\n${signal}: stopping everything that the demo started ...`);
  };
  const listeners = Object.entries(EXIT_CODES).map(([signal, exitCode]) => {
    const listener = (): void => stop(signal, exitCode);
    process.on(signal, listener);
    return () => process.off(signal, listener);
  });
  const pipeClosed = (): void => stop('closed output', EXIT_PIPE_CLOSED);
  process.stdout.on('error', pipeClosed);
  process.stderr.on('error', pipeClosed);
  return { signal: controller.signal, forget: () => listeners.forEach((forget) => forget()) };
}
