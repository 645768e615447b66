/** What a part's outcome means for its job: Slurm's state, exit code, reason, and words. */
import type { JobEnd } from '../model/job.ts';
import type { ExitCode, PartOutcome } from '../model/outcome.ts';
import type { Part } from '../model/part.ts';
import { signalName } from '../model/signal.ts';

const NO_EXIT: ExitCode = { code: 0, signal: 0 };

export const endedWell = (outcome: PartOutcome): boolean =>
  outcome.kind === 'exited' &&
  outcome.exit.code === 0 &&
  outcome.exit.signal === 0 &&
  outcome.failure === undefined;

/** The system failed, not the job: it may run again elsewhere. */
export const systemFailed = (outcome: PartOutcome): boolean =>
  outcome.kind === 'nodeFailed' ||
  outcome.kind === 'lost' ||
  outcome.kind === 'leaseExpired' ||
  outcome.kind === 'neverStarted';

export const COMPLETED: JobEnd = {
  state: 'COMPLETED',
  exit: NO_EXIT,
  reason: 'None',
  message: undefined,
  cancelledBy: undefined,
};

export const cancelledEnd = (by: string): JobEnd => ({
  ...COMPLETED,
  state: 'CANCELLED',
  cancelledBy: by,
});

export const preemptedEnd = (message: string): JobEnd => ({
  ...COMPLETED,
  state: 'PREEMPTED',
  reason: 'Preempted',
  message,
});

export const timeoutEnd = (message: string): JobEnd => ({
  ...COMPLETED,
  state: 'TIMEOUT',
  reason: 'TimeLimit',
  message,
});

export const deadlineEnd = (message: string): JobEnd => ({
  ...COMPLETED,
  state: 'DEADLINE',
  reason: 'DeadLine',
  message,
});

export const launchFailedEnd = (message: string): JobEnd => ({
  ...COMPLETED,
  state: 'FAILED',
  exit: { code: 1, signal: 0 },
  reason: 'JobLaunchFailure',
  message,
});

/** A part, and its ranks in words: `ranks 0-3`. */
export type NamedPart = Part & { readonly ranksText: string };

/** The end of a job that this part decided; `timeLimitMs` for the words. */
export function endBecauseOf(part: NamedPart, outcome: PartOutcome, timeLimitMs: number): JobEnd {
  switch (outcome.kind) {
    case 'exited':
      return exitedEnd(part, outcome.exit, outcome.failure);
    case 'timeLimit':
      return timeoutEnd(`${place(part)}: stopped at the time limit of ${timeLimitMs / 1000} s`);
    case 'outOfMemory':
      return {
        ...COMPLETED,
        state: 'OUT_OF_MEMORY',
        exit: { code: 0, signal: 125 },
        reason: 'OutOfMemory',
        message: words(part, outcome.failure, outOfMemoryWords(part)),
      };
    case 'killed':
      return exitedEnd(part, { code: 0, signal: 9 }, undefined);
    case 'neverStarted':
      return launchFailedEnd(`${place(part)}: could not be started: ${outcome.why}`);
    case 'leaseExpired':
      return nodeFailEnd(part, 'was cut off from the scheduler for longer than its lease');
    case 'nodeFailed':
      return nodeFailEnd(part, 'failed');
    case 'lost':
      if (outcome.why !== undefined) return hostLostEnd(part, outcome.why);
      return nodeFailEnd(part, 'no longer knows of its part of the job');
  }
}

const outOfMemoryWords = (part: NamedPart): string =>
  part.memoryBytes === 0
    ? 'the node ran out of memory'
    : `used more than its ${part.memoryBytes} bytes of memory`;

function exitedEnd(
  part: NamedPart,
  exit: ExitCode,
  failure: { readonly rank: number; readonly message: string } | undefined,
): JobEnd {
  const raised = exit.signal !== 0;
  const signal = `${exit.signal}(${signalName(exit.signal)})`;
  const cause = raised ? `ended by signal ${signal}` : `exited with code ${exit.code}`;
  return {
    ...COMPLETED,
    state: 'FAILED',
    exit: raised || exit.code !== 0 ? exit : { code: 1, signal: 0 },
    reason: raised ? `RaisedSignal:${signal}` : 'NonZeroExitCode',
    message: words(part, failure, cause),
  };
}

const hostLostEnd = (part: NamedPart, why: string): JobEnd => ({
  ...exitedEnd(part, { code: 0, signal: 9 }, undefined),
  message: `${place(part)}: ${why}`,
});

const nodeFailEnd = (part: NamedPart, cause: string): JobEnd => ({
  ...COMPLETED,
  state: 'NODE_FAIL',
  exit: { code: 1, signal: 0 },
  reason: 'NodeDown',
  message: `${place(part)}: the node ${cause}`,
});

const words = (
  part: NamedPart,
  failure: { readonly rank: number; readonly message: string } | undefined,
  cause: string,
): string =>
  failure ? `rank ${failure.rank} on ${part.node}: ${failure.message}` : `${place(part)}: ${cause}`;

const place = ({ ranksText, node }: NamedPart): string => `${ranksText} on ${node}`;
