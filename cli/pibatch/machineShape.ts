/** What this machine has to give to a private cluster: cores that we may use, and memory. */
import { readFileSync } from 'node:fs';
import { availableParallelism, totalmem } from 'node:os';
import { parseIndexSet } from '../format/ranges.ts';
import type { MachineShape } from './coreShare.ts';

const CORE_BOUNDS = { largestIndex: 4095, mostIndices: 4096 };

export const machineShape = (): MachineShape => ({
  cores: allowedCores(),
  memoryBytes: totalmem(),
});

/** The kernel's list of cores that this process may run on. */
function allowedCores(): readonly number[] {
  try {
    const status = readFileSync('/proc/self/status', 'utf8');
    const list = /^Cpus_allowed_list:\s*(\S+)/m.exec(status)?.[1] ?? '';
    const parsed = parseIndexSet(list, CORE_BOUNDS);
    if (parsed.ok) return parsed.value;
  } catch {
    // Not Linux's /proc: count instead.
  }
  return Array.from({ length: availableParallelism() }, (_, core) => core);
}
