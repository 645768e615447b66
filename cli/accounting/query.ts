/** Which jobs `piacct` is asked for. */
import type { Arguments } from '../command.ts';
import { badInput } from '../failure.ts';
import { expandHostlist } from '../format/hostlist.ts';
import { parseStates } from '../format/state.ts';
import { type JobReference, readJobReferences } from '../jobIds.ts';
import { readWindow } from './window.ts';

export type AccountQuery = {
  readonly references: readonly JobReference[];
  readonly allUsers: boolean;
  readonly users: readonly string[];
  readonly accounts: readonly string[];
  readonly names: readonly string[];
  readonly nodes: readonly string[];
  readonly partitions: readonly string[];
  readonly states: readonly string[];
  readonly sinceMs: number | undefined;
  readonly untilMs: number | undefined;
};

/**
 * sacct's window: from midnight until now, with -j from the beginning. With states a moment: now, or
 * where it starts, unless an end is given. Errors: CommandFailure.
 */
export function readQuery(args: Arguments, nowMs: number): AccountQuery {
  const references = readJobReferences(args.texts('jobs'));
  const states = args.text('state');
  const parsedStates = states === undefined ? undefined : parseStates(states);
  if (parsedStates && !parsedStates.ok) throw badInput(`--state: ${parsedStates.message}`);
  const nodes = expandHostlist(args.text('nodelist') ?? '');
  if (!nodes.ok) throw badInput(`--nodelist: ${nodes.message}`);
  const since = references.length > 0 ? undefined : parsedStates ? 'now' : 'today';
  const window = readWindow(args, { nowMs, since });
  const moment = parsedStates && args.text('endtime') === undefined;
  return {
    references,
    allUsers: args.flag('allusers') ?? false,
    users: list(args.text('user')),
    accounts: list(args.text('accounts')),
    names: list(args.text('name')),
    nodes: nodes.value,
    partitions: list(args.text('partition')),
    states: parsedStates?.value ?? [],
    ...window,
    ...(moment && { untilMs: args.text('starttime') === undefined ? nowMs : window.sinceMs }),
  };
}

export const list = (text: string | undefined): readonly string[] =>
  (text ?? '')
    .split(',')
    .map((word) => word.trim())
    .filter((word) => word !== '');
