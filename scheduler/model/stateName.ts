import type { HoldingView } from './lookup.ts';
import type { Job } from './job.ts';
import type { Node } from './node.ts';
import { isSuspended } from './suspension.ts';

/** Slurm's long state of a live job. */
export function jobStateName(
  job: Job,
): 'PENDING' | 'CONFIGURING' | 'RUNNING' | 'SUSPENDED' | 'COMPLETING' {
  if (job.state.kind === 'pending') return 'PENDING';
  const { attempt } = job.state;
  if (attempt.ending) return 'COMPLETING';
  // Also when a part has ended well: the others stand still until they are told to go on.
  if (isSuspended(attempt)) return 'SUSPENDED';
  if (attempt.parts.some((part) => part.state.kind === 'ended')) return 'COMPLETING';
  const launching = attempt.parts.some((part) => part.state.kind === 'launching');
  return launching ? 'CONFIGURING' : 'RUNNING';
}

/** Slurm's short state of a node; `*` = not responding. `reserved`: what has it now. */
export function nodeStateName(
  node: Node,
  holding: HoldingView,
  reserved?: { readonly maintenance: boolean },
): string {
  if (node.health.kind === 'down') return 'down';
  const suffix = node.health.kind === 'silent' || !node.heard ? '*' : '';
  const busy = holding.parts.size > 0;
  if (node.drains.length > 0) return (busy ? 'drng' : 'drain') + suffix;
  if (reserved?.maintenance) return `maint${suffix}`;
  if (!busy) return `${reserved ? 'resv' : 'idle'}${suffix}`;
  return (holding.freeCores.length === 0 ? 'alloc' : 'mix') + suffix;
}
