/** Sends a signal to a process, or with a negative id to its group; one that has gone is no error. */
export function signalProcess(process_: number, signal: number): void {
  try {
    process.kill(process_, signal);
  } catch {
    // ESRCH: gone. EPERM: it changed its user; only its own owner may end it.
  }
}
