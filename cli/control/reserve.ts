/** `pictl reserve create | update | remove | list`: nodes kept for some users, or for maintenance. */
import { pibatch } from '../../proto/codec.ts';
import type { Arguments } from '../command.ts';
import { badInput, EXIT } from '../failure.ts';
import { parseTimeLimit } from '../format/duration.ts';
import { expandHostlist, nodeList } from '../format/hostlist.ts';
import { formatMoment, parseMoment } from '../format/moment.ts';
import { didYouMean } from '../format/nearest.ts';
import type { Session } from '../session.ts';
import type { Terminal } from '../terminal.ts';
import { repeatOf } from './repeat.ts';
import { printReservations, reservationViews } from './reservationView.ts';

const VERBS = ['create', 'update', 'remove', 'list'] as const;

/** Resolves to the exit code. Errors: CommandFailure, RefusedError. */
export async function reserve(args: Arguments, terminal: Terminal): Promise<number> {
  const [, word = 'list', ...names] = args.words;
  const verb = VERBS.find((known) => known === word);
  if (!verb) {
    const known = `; known: ${VERBS.join(', ')}`;
    throw badInput(`reserve: unknown command '${word}'${didYouMean(word, VERBS) || known}`);
  }
  const [name, more] = names;
  if (verb !== 'list' && (name === undefined || more !== undefined)) {
    throw badInput(`reserve ${verb} takes one name: pictl reserve ${verb} course ...`);
  }
  const order = verb === 'create' || verb === 'update' ? readOrder(verb, name ?? '', args) : {};
  const { withSession } = await import('../session.ts');
  return withSession('pictl', async (session) => {
    if (verb === 'list') {
      const rows = await reservationViews(session);
      const wanted = rows.filter((row) => names.length === 0 || names.includes(row.name));
      if (wanted.length < names.length) throw badInput(`no reservation '${names.join(' ')}'`);
      return printReservations(wanted, args, terminal);
    }
    const answer = await give(session, verb, { ...order, name: name ?? '' });
    if (args.flag('json')) {
      const { printJson } = await import('../json.ts');
      printJson(terminal, { reservation: answer.name, done: verb, ...shown(answer) });
    } else terminal.print(`${said(verb, answer)}\n`);
    return EXIT.ok;
  });
}

type Verb = Exclude<(typeof VERBS)[number], 'list'>;
type Order = pibatch.ReserveNodes.$Properties;

const shown = ({ startMs, nodes }: pibatch.Reserved) => ({ startMs: startMs ?? undefined, nodes });

function said(verb: Verb, { name, startMs, nodes }: pibatch.Reserved): string {
  if (verb === 'remove') return `reservation ${name} removed`;
  const from = startMs ? ` from ${formatMoment(startMs)}` : '';
  return `reservation ${name}: ${nodeList(nodes)}${from}`;
}

async function give(session: Session, verb: Verb, order: Order): Promise<pibatch.Reserved> {
  if (verb === 'remove') {
    const request = [pibatch.RemoveReservation, { name: order.name ?? '' }] as const;
    return session.ask('removeReservation', request, pibatch.Reserved);
  }
  const nodes = order.nodes?.[0]?.toUpperCase() === 'ALL' ? await allNodes(session) : order.nodes;
  const request = [pibatch.ReserveNodes, { ...order, nodes: nodes ?? [] }] as const;
  return session.ask(`${verb}Reservation`, request, pibatch.Reserved);
}

async function allNodes(session: Session): Promise<string[]> {
  const { listNodes } = await import('../nodeView.ts');
  return (await listNodes(session)).map(({ name }) => name);
}

function readOrder(verb: Verb, name: string, args: Arguments): Order {
  const nowMs = Date.now();
  const given = readStart(args.text('start'), nowMs);
  const when = args.text('repeat');
  const once = when?.trim().toLowerCase() === 'once';
  const repeat = once ? undefined : repeatOf(when, { name, startMs: given, nowMs });
  const [maintained, ended] = [args.flag('maintenance'), args.flag('no-maintenance')];
  if (maintained && ended) throw badInput('reserve: --maintenance or --no-maintenance, not both');
  const durationMs = readDuration(args.text('duration'));
  const nodes = readNodes(args.text('nodes'));
  const startMs = given ?? repeat?.firstMs;
  if (verb === 'create') {
    if (durationMs === undefined)
      throw badInput('reserve create needs --duration, such as 2:00:00');
    if (!nodes) throw badInput('reserve create needs --nodes: pi[1-4], a count, or ALL');
  } else if (nodes?.count !== undefined) {
    throw badInput(
      'a count of nodes is for reserve create only; name them: pictl reserve update ' +
        `${name} --nodes pi[1-4]`,
    );
  }
  return {
    name,
    ...(startMs !== undefined && { startMs }),
    ...(durationMs !== undefined && { durationMs }),
    ...nodes,
    users: namesOf(args.text('users')),
    accounts: namesOf(args.text('accounts')),
    changeUsers: args.text('users') !== undefined,
    changeAccounts: args.text('accounts') !== undefined,
    cron: repeat?.cron ?? '',
    timezone: repeat?.timezone ?? '',
    maintenance: maintained ?? false,
    changeRepeat: when !== undefined,
    changeMaintenance: maintained === true || ended === true,
    ignoreJobs: args.flag('ignore-jobs') ?? false,
  };
}

function readStart(text: string | undefined, nowMs: number): number | undefined {
  if (text === undefined || text.trim().toLowerCase() === 'now') return undefined;
  const moment = parseMoment(text, { nowMs, passedClock: 'tomorrow' });
  if (!moment.ok) throw badInput(`--start: ${moment.message}`);
  return Math.floor(moment.value / 1000) * 1000;
}

function readDuration(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const limit = parseTimeLimit(text);
  if (!limit.ok) throw badInput(`--duration: ${limit.message}`);
  if (limit.value !== 'unlimited') return limit.value;
  throw badInput('--duration: a reservation needs an end; such as 2:00:00 or 3d');
}

function readNodes(text: string | undefined): Pick<Order, 'nodes' | 'count'> | undefined {
  if (text === undefined) return undefined;
  if (/^\d+$/.test(text)) return { count: Number(text) };
  const names = expandHostlist(text);
  if (!names.ok) throw badInput(`--nodes: ${names.message}`);
  return { nodes: [...names.value] };
}

const namesOf = (text: string | undefined): string[] =>
  (text ?? '')
    .split(',')
    .map((word) => word.trim())
    .filter((word) => word !== '');
