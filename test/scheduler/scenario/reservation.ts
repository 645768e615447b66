/** Reservations in scenarios: `reserve root course nodes=pi1,pi2 start=1h for=2h users=ann`. */
import { nodeName } from '../../../scheduler/model/ids.ts';
import type { Input, ReservationOrder } from '../../../scheduler/model/input.ts';
import { timeMs } from '../../../scheduler/model/time.ts';
import { parseMs } from './words.ts';

type Options = ReadonlyMap<string, string>;
type Words = { readonly name: string; readonly options: Options; readonly atMs: number };

export function reservationInput(
  verb: 'reserve' | 'changeReservation' | 'unreserve',
  { name, options, atMs }: Words,
): Partial<Input> & { kind: Input['kind'] } {
  const ignoreJobs = options.get('ignore-jobs') === 'yes';
  if (verb === 'unreserve') return { kind: 'removeReservation', name };
  if (verb === 'changeReservation') {
    const [repeat, maintenance] = [options.get('repeat'), options.get('maintenance')];
    const change = {
      ...changeOf(options, atMs),
      ...(repeat && { repeat: repeat === 'once' ? null : { cron: repeat, timezone: 'UTC' } }),
      ...(maintenance && { maintenance: maintenance === 'yes' }),
    };
    return { kind: 'updateReservation', name, change, ignoreJobs };
  }
  const cron = options.get('repeat');
  const order: ReservationOrder = {
    name,
    durationMs: parseMs('1h'),
    nodes: Number(options.get('nodes')),
    users: [],
    accounts: [],
    ...changeOf(options, atMs),
    ...(cron !== undefined && { repeat: { cron, timezone: 'UTC' } }),
    maintenance: options.get('maintenance') === 'yes',
    ignoreJobs,
  };
  return { kind: 'createReservation', order };
}

function changeOf(options: Options, atMs: number) {
  const list = (key: string) => options.get(key)?.split(',');
  const [start, length] = [options.get('start'), options.get('for')];
  const nodes = options.get('nodes');
  const [users, accounts] = [list('users'), list('accounts')];
  return {
    ...(start !== undefined && { startMs: timeMs(atMs + parseMs(start)) }),
    ...(length !== undefined && { durationMs: parseMs(length) }),
    ...(nodes !== undefined && !/^\d+$/.test(nodes) && { nodes: nodes.split(',').map(nodeName) }),
    ...(users && { users }),
    ...(accounts && { accounts }),
  };
}
