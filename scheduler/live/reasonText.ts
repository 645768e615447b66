import type { PendingReason } from '../model/reason.ts';

const MEBIBYTE = 2 ** 20;

/** A pending job's reason with its numbers, for people. */
export function reasonText(reason: PendingReason): string {
  switch (reason.kind) {
    case 'None':
      return 'not looked at yet';
    case 'Priority':
      return reason.ahead === 1
        ? `1 job is ahead: ${reason.first}`
        : `${reason.ahead} jobs are ahead, the first is ${reason.first}`;
    case 'Resources': {
      const memory = Math.ceil(reason.wantedMemoryBytes / MEBIBYTE);
      const wanted = cores(reason.wantedCores) + (memory > 0 ? ` and ${memory} MiB` : '');
      return `needs ${wanted}; free: ${cores(reason.freeCores)}`;
    }
    case 'Dependency':
      return `waits for ${reason.on}`;
    case 'BeginTime':
      return `may not start before ${new Date(reason.atMs).toISOString()}`;
    case 'JobHeldUser':
      return 'held by its user';
    case 'JobHeldAdmin':
      return 'held by an administrator';
    case 'JobHoldMaxRequeue':
      return `held after ${reason.restarts} restarts`;
    case 'JobArrayTaskLimit':
      return `${reason.running} of at most ${reason.limit} tasks of the array run`;
    case 'ReqNodeNotAvail':
      return `would fit if these nodes were available: ${reason.nodes.join(', ')}`;
  }
}

const cores = (count: number): string => `${count} core${count === 1 ? '' : 's'}`;
