/** `pibatch sim --history`: the cluster's own jobs, as accounting has them, on its own nodes and others. */
import type { StartedJob } from '../../scheduler/sim/score.ts';
import type { TraceJob } from '../../scheduler/sim/swf.ts';
import type { Arguments } from '../command.ts';
import { badInput } from '../failure.ts';
import { formatMoment, parseMoment } from '../format/moment.ts';
import { isFinal } from '../format/state.ts';
import type { JobView } from '../jobView.ts';
import type { Terminal } from '../terminal.ts';
import {
  askedNodes,
  coresOf,
  type Machine,
  wholeNumber,
  type Workload,
} from './simulationInput.ts';

const MOST_ADDED = 100_000;

/** Asks the scheduler. Errors: CommandFailure, and those of the session. */
export async function readHistory(args: Arguments, terminal: Terminal): Promise<Workload> {
  if (args.words.length > 0)
    throw badInput(`--history replays the cluster's own jobs: leave '${args.words[0]}' out`);
  if (args.text('seed') !== undefined) throw badInput('--seed is for a made-up workload');
  const nowMs = Date.now();
  const sinceMs = momentOf(args, 'since', nowMs) ?? 0;
  const untilMs = momentOf(args, 'until', nowMs) ?? nowMs;
  if (untilMs < sinceMs)
    throw badInput(`--until is ${formatMoment(untilMs)}, before --since, ${formatMoment(sinceMs)}`);
  const asked = askedNodes(args);
  const added = wholeNumber(args, 'add-nodes', MOST_ADDED);
  if (asked && added !== undefined)
    throw badInput('--add-nodes adds to the nodes there are, --nodes and --cores replace them');
  const limit = wholeNumber(args, 'jobs', 10_000_000);
  const { withSession } = await import('../session.ts');
  const { listJobs } = await import('../jobView.ts');
  const { listNodes } = await import('../nodeView.ts');
  const { views, present } = await withSession('pibatch sim', async (session) => ({
    views: await listJobs(session, { finished: true, sinceMs, untilMs }, 0),
    present: (await listNodes(session)).map(({ cores }) => cores).filter((cores) => cores > 0),
  }));
  if (present.length === 0) throw badInput('the cluster has no nodes to replay its jobs on');
  const machines = machinesOf(present, { asked, added });
  const processors = Math.min(...machines.map(({ nodeCores }) => coresOf(nodeCores ?? [])));
  return { ...workloadOf(views, { processors, limit, terminal }), machines };
}

function momentOf(args: Arguments, option: string, nowMs: number): number | undefined {
  const text = args.text(option);
  if (text === undefined) return undefined;
  const moment = parseMoment(text, { nowMs, passedClock: 'today' });
  if (!moment.ok) throw badInput(`--${option}: ${moment.message}`);
  return moment.value;
}

/** The nodes there are, and those that the question is about. */
function machinesOf(
  present: readonly number[],
  wished: { readonly asked: readonly number[] | undefined; readonly added: number | undefined },
): readonly Machine[] {
  const { asked, added = 0 } = wished;
  const now = { label: nodesText(present), nodeCores: present };
  if (asked) return [now, { label: nodesText(asked), nodeCores: asked }];
  if (added === 0) return [now];
  const more = [...present, ...Array.from({ length: added }, () => commonest(present))];
  return [now, { label: nodesText(more), nodeCores: more }];
}

const nodesText = (nodeCores: readonly number[]): string =>
  `${nodeCores.length} ${nodeCores.length === 1 ? 'node' : 'nodes'}`;

function commonest(values: readonly number[]): number {
  const counts = new Map<number, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts].sort(([a, timesA], [b, timesB]) => timesB - timesA || b - a)[0]?.[0] ?? 1;
}

type Ran = { readonly view: JobView; readonly readyMs: number; readonly startMs: number };

/**
 * What ran and ended, in the order in which it could have started. A requeued job counts with its
 * last run. Errors: CommandFailure when there is nothing to replay.
 */
export function workloadOf(
  views: readonly JobView[],
  options: {
    readonly processors: number;
    readonly limit: number | undefined;
    readonly terminal: Terminal;
  },
): Omit<Workload, 'machines'> {
  const { processors, limit } = options;
  const ran = views.flatMap((view): Ran[] => {
    const { startedMs, endedMs } = view;
    if (!isFinal(view.state) || startedMs === undefined || endedMs === undefined) return [];
    if (endedMs <= startedMs || view.cores < 1 || view.cores > processors) return [];
    const readyMs = Math.min(view.eligibleMs ?? view.submittedMs, startedMs);
    return [{ view, readyMs, startMs: startedMs }];
  });
  ran.sort((a, b) => a.readyMs - b.readyMs || a.view.job - b.view.job);
  const taken = ran.slice(0, limit);
  const first = taken[0];
  if (!first) {
    throw badInput(
      `none of ${views.length} jobs ran and fits ${processors} cores; --since asks for earlier ones`,
    );
  }
  if (ran.length < views.length) {
    const left = views.length - ran.length;
    options.terminal.tell(
      `${left} of ${views.length} jobs are left out: they never ran, run still, or are larger than the machine`,
    );
  }
  const users = [...new Set(taken.map(({ view }) => view.user))];
  const recorded = taken.map((one): StartedJob => {
    const startS = (one.startMs - first.readyMs) / 1_000;
    const user = users.indexOf(one.view.user) + 1;
    return { job: traceJob(one, { user, originMs: first.readyMs }), startS, backfilled: false };
  });
  return {
    trace: { processors, jobs: recorded.map(({ job }) => job), rows: views.length },
    recorded: recorded.toSorted((a, b) => a.startS - b.startS),
    userNames: new Map(users.map((name, at) => [at + 1, name])),
  };
}

function traceJob(
  { view, readyMs, startMs }: Ran,
  { user, originMs }: { readonly user: number; readonly originMs: number },
): TraceJob {
  const runS = ((view.endedMs ?? startMs) - startMs) / 1_000;
  const perRank = view.cores / Math.max(1, view.ranks);
  return {
    number: view.job,
    submitS: (readyMs - originMs) / 1_000,
    runS,
    processors: view.cores,
    coresPerRank: Number.isInteger(perRank) ? perRank : 1,
    estimateS: view.timeLimitMs === 0 ? 0 : Math.max(runS, view.timeLimitMs / 1_000),
    user,
    executable: 0,
  };
}
