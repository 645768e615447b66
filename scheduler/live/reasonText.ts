import { formatTimeLimit } from '../../cli/format/duration.ts';
import { excessText } from '../../cli/format/excess.ts';
import { isExcess } from '../model/limit.ts';
import type { Lack, PendingReason, Suitable } from '../model/reason.ts';

const MEBIBYTE = 2 ** 20;

/** A pending job's reason with its numbers, for people. */
export function reasonText(reason: PendingReason): string {
  if (isExcess(reason)) return excessText(reason);
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
      if (reason.lack) return lackText(reason.lack);
      const free = `needs ${wanted}; free: ${cores(reason.freeCores)}`;
      return reason.only ? `${free}; ${suitableText(reason.only)}` : free;
    }
    case 'BadConstraints': {
      const { only, wantedRanks, largestRanks } = reason;
      return `${suitableText(only)}: room for ${ranks(largestRanks)} if all were idle, ${wantedRanks} wanted`;
    }
    case 'Licenses': {
      const { license, wanted, free, of, ahead } = reason;
      const when = ahead ? ' for as long as it may run: others were promised them' : '';
      return `licenses ${license}: ${wanted} wanted, ${free} of ${of} free${when}`;
    }
    case 'Reservation':
      return reservationText(reason);
    case 'Dependency':
      return `waits for ${reason.on}`;
    case 'BeginTime':
      return `may not start before ${new Date(reason.atMs).toISOString()}`;
    case 'JobHeldUser':
      return 'held by its user';
    case 'JobHeldAdmin':
      return 'held by an administrator';
    case 'JobHeldRestored':
      return 'may have run after the backup that was restored: release it to run it, cancel it otherwise';
    case 'JobHoldMaxRequeue':
      return `held after ${reason.restarts} restarts`;
    case 'JobArrayTaskLimit':
      return `${reason.running} of at most ${reason.limit} tasks of the array run`;
    case 'PartitionDown':
    case 'PartitionInactive':
      return `partition ${reason.partition} starts no jobs now`;
    case 'UserNotAllowed':
    case 'AccountNotAllowed':
    case 'QOSNotAllowed':
      return `no longer allowed in partition ${reason.partition}`;
    case 'PartitionNodeLimit':
      return `wants ${reason.wanted} nodes; partition ${reason.partition} allows ${reason.limit}`;
    case 'PartitionTimeLimit':
      return `wants ${formatTimeLimit(reason.wanted)}; partition ${reason.partition} allows ${formatTimeLimit(reason.limit)}`;
    case 'ReqNodeNotAvail':
      return `would fit if these nodes were available: ${reason.nodes.join(', ')}`;
  }
}

function reservationText(reason: PendingReason & { readonly kind: 'Reservation' }): string {
  const { reservation, how, fromMs, toMs } = reason;
  const [begins, ends] = [new Date(fromMs).toISOString(), new Date(toMs).toISOString()];
  switch (how) {
    case 'asked':
      return `waits for reservation ${reservation}: ${begins} to ${ends}`;
    case 'ahead':
      return `would fit, but its time limit reaches into reservation ${reservation}, which begins ${begins}`;
    case 'now':
      return `would fit, but reservation ${reservation} has the nodes until ${ends}`;
  }
}

function lackText(lack: Lack): string {
  const { name, wanted, free } = lack;
  if (lack.of === 'feature')
    return `needs ${wanted} node${wanted === 1 ? '' : 's'} with ${name}, has room on ${free} of them`;
  const on = lack.on === 1 ? 'the node that has it' : `any of the ${lack.on} nodes that have it`;
  return `needs ${name}:${wanted} on each of its nodes; at most ${free} free on ${on}`;
}

const suitableText = ({ suitable, of, wish }: Suitable): string =>
  `${suitable} of ${of} nodes ${wish}`;
const ranks = (count: number): string => `${count} rank${count === 1 ? '' : 's'}`;
const cores = (count: number): string => `${count} core${count === 1 ? '' : 's'}`;
