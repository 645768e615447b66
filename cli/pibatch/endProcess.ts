/** Ending a process that a file names: never a stranger who has its pid by now. */
import { setTimeout as sleep } from 'node:timers/promises';
import { isAlive, type ProcessIdentity } from '../../proto/processIdentity.ts';

/**
 * Asks with SIGTERM, insists with SIGKILL after `graceMs`; returns when it is gone. A stranger
 * who has the pid by now is left alone: the process we meant is gone.
 */
export async function endProcess(
  identity: ProcessIdentity,
  options: { readonly graceMs: number },
): Promise<'gone' | 'ended' | 'killed'> {
  if (!signal(identity, 'SIGTERM')) return 'gone';
  if (await waitUntilGone(identity, options.graceMs)) return 'ended';
  signal(identity, 'SIGKILL');
  await waitUntilGone(identity, 5000);
  return 'killed';
}

/** False when the process is gone. Throws when we may not signal it. */
export function signal(identity: ProcessIdentity, name: NodeJS.Signals): boolean {
  if (!isAlive(identity)) return false;
  try {
    process.kill(identity.pid, name);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ESRCH') return false;
    throw error;
  }
}

export async function waitUntilGone(identity: ProcessIdentity, waitMs: number): Promise<boolean> {
  const startedMs = performance.now();
  while (isAlive(identity)) {
    if (performance.now() - startedMs > waitMs) return false;
    await sleep(20);
  }
  return true;
}
