/**
 * The one way the demo is stopped from outside: Ctrl-C, SIGTERM or SIGHUP. The first stops what runs; later ones are ignored, because cleaning up is
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

/** Aborted with an InterruptedError as its reason. Listens until the process ends. */
export function listenForInterruption(tell: (line: string) => void): AbortSignal {
  const controller = new AbortController();
  for (const [signal, exitCode] of Object.entries(EXIT_CODES)) {
    process.on(signal, () => {
      if (controller.signal.aborted) return;
      controller.abort(new InterruptedError(signal, exitCode));
      tell(`\n${signal}: stopping everything that the demo started ...`);
    });
  }
  return controller.signal;
}
