/**
 * Random life of a small cluster, step by step through the machine's own scheduling pass: jobs of
 * all kinds come and go, nodes are drained and resumed, reservations are made and removed.
 */
import { endPartWithout } from '../../scheduler/machine/attempt.ts';
import { createCluster } from '../../scheduler/machine/cluster.ts';
import { schedulingPass } from '../../scheduler/machine/schedulingPass.ts';
import { refuseSize } from '../../scheduler/machine/sizeCheck.ts';
import { submitJob } from '../../scheduler/machine/submission.ts';
import { beginTurn } from '../../scheduler/machine/turn.ts';
import type { Turn } from '../../scheduler/machine/turn.ts';
import type { Cluster } from '../../scheduler/model/cluster.ts';
import type { PolicyName } from '../../scheduler/model/policyName.ts';
import { DEFAULT_SETTINGS } from '../../scheduler/model/defaultSettings.ts';
import { contradiction } from '../../scheduler/model/contradiction.ts';
import type { JobId } from '../../scheduler/model/ids.ts';
import { nodeName, requestId, userName } from '../../scheduler/model/ids.ts';
import type { Job } from '../../scheduler/model/job.ts';
import { timeLimitOf } from '../../scheduler/model/job.ts';
import type { JobRequest } from '../../scheduler/model/request.ts';
import { MINUTE_MS, timeMs } from '../../scheduler/model/time.ts';
import type { TimeMs } from '../../scheduler/model/time.ts';
import type { Random } from '../../scheduler/sim/random.ts';
import { createRandom } from '../../scheduler/sim/random.ts';
import { createLanes } from '../../scheduler/policy/lanes.ts';
import { POLICIES } from '../../scheduler/policy/policies.ts';
import { planQueue } from '../../scheduler/policy/planQueue.ts';
import { isSuspended, suspendOrResume } from './randomSuspensions.ts';
import { plainWishes, randomCurve, wishes } from './randomWishes.ts';
import { firstFit, misplaced, overCommitted, runningUses, usesOf } from './reference.ts';
import { EXITED_WELL, factsOf, requestOf, TELEMETRY } from './requests.ts';

export type StepsOptions = {
  readonly steps: number;
  readonly seed: number;
  readonly policy: PolicyName;
  readonly reservations?: number;
  /** Only single cores, anywhere. */
  readonly plain?: boolean;
  /** The plan is compared with the reference at every so many steps. */
  readonly checkEvery: number;
};

export type Steps = {
  readonly started: number;
  readonly kept: number;
  readonly checked: number;
  readonly broken: readonly string[];
};

const NODES = 6;
const MOST_QUEUED = 25;

type World = {
  readonly cluster: Cluster;
  readonly random: Random;
  readonly options: StepsOptions;
  readonly broken: string[];
  atMs: TimeMs;
  /** Something other than time and jobs has changed since the last pass. */
  upset: boolean;
  started: number;
  kept: number;
  checked: number;
  submitted: number;
};

export function takeSteps(options: StepsOptions): Steps {
  const world = createWorld(options);
  for (let step = 0; step < options.steps && world.broken.length === 0; step += 1) {
    const turn = beginTurn(world.cluster, world.atMs);
    act(world, turn);
    pass(world, turn);
    if (step % options.checkEvery === 0) checkPlan(world);
  }
  return world;
}

function createWorld(options: StepsOptions): World {
  const random = createRandom(options.seed);
  const { policy, reservations } = options;
  const settings = {
    ...DEFAULT_SETTINGS,
    policy,
    ...(reservations !== undefined && { reservations }),
    licenses: [{ name: 'matlab', count: 3 }],
    nodes: [
      { names: ['n0', 'n1', 'n2'], features: ['nvme'], switch: 'a' },
      { names: ['n2', 'n3'], features: ['camera'], gres: [{ name: 'camera', count: 2 }] },
    ],
  };
  const cluster = createCluster(settings, 1);
  const turn = beginTurn(cluster, timeMs(0));
  for (let at = 0; at < NODES; at += 1) {
    const node = nodeName(`n${at}`);
    const model = at % 2 === 0 ? 'Raspberry Pi 5' : 'Raspberry Pi 4';
    const facts = factsOf({ coreCount: 2 + (at % 3) * 2, memoryBytes: 8, model });
    turn.record({ kind: 'nodeJoined', node, epoch: 1, facts });
    const heard = { atMs: timeMs(0), sequence: { incarnation: 1, count: 1 }, telemetry: TELEMETRY };
    turn.record({ kind: 'nodeHeard', node, heard });
  }
  const counts = { started: 0, kept: 0, checked: 0, submitted: 0 };
  return { cluster, random, options, broken: [], atMs: timeMs(0), upset: false, ...counts };
}

function act(world: World, turn: Turn): void {
  const { cluster, random } = world;
  const whim = random.unit();
  if (whim < 0.45 && cluster.lookup.ready.length < MOST_QUEUED) submit(world, turn);
  else if (whim < 0.55) end(turn, random.pick([...cluster.lookup.active]));
  else if (whim < 0.57 && !world.options.plain) drainOrResume(world, turn);
  else if (whim < 0.58 && !world.options.plain) reserveOrNot(world, turn);
  else if (whim < 0.62 && !world.options.plain) suspendOrResume(turn, world.random);
  else advance(world);
}

/** To the next limit or promised start, or a few minutes on. */
function advance(world: World): void {
  const { cluster, random } = world;
  const soon = [world.atMs + random.whole(1, 20) * MINUTE_MS];
  for (const { toMs } of runningUses(cluster, world.atMs)) soon.push(toMs);
  for (const startMs of cluster.lookup.planned.starts.values()) {
    if (startMs > world.atMs) soon.push(startMs);
  }
  world.atMs = timeMs(Math.min(...soon));
  const turn = beginTurn(cluster, world.atMs);
  for (const id of cluster.lookup.active) {
    const job = cluster.jobs.get(id);
    if (job?.state.kind !== 'active') continue;
    const { suspension, startedMs, suspendedMs = 0 } = job.state.attempt;
    if (!suspension && startedMs + suspendedMs + timeLimitOf(job) <= world.atMs) end(turn, id);
  }
}

function end(turn: Turn, id: JobId | undefined): void {
  const job = id === undefined ? undefined : turn.view.jobs.get(id);
  if (id === undefined || job?.state.kind !== 'active') return;
  const { number, parts } = job.state.attempt;
  for (const part of parts.keys())
    endPartWithout(turn, { job: id, attempt: number, part }, EXITED_WELL);
}

function drainOrResume({ random }: World, turn: Turn): void {
  const node = nodeName(`n${random.whole(0, NODES - 1)}`);
  const drained = (turn.view.nodes.get(node)?.drains.length ?? 0) > 0;
  if (drained) turn.record({ kind: 'nodeResumed', node, by: 'root' });
  else turn.record({ kind: 'nodeDrained', node, by: 'root', why: 'whim' });
}

function reserveOrNot(world: World, turn: Turn): void {
  const { random, atMs } = world;
  const name = random.pick(['course', 'repair']) ?? 'course';
  const known = turn.view.reservations.get(name);
  if (known) return turn.record({ kind: 'reservationRemoved', name, by: 'root' });
  if ([...turn.view.jobs.values()].some(isSuspended)) return;
  const first = random.whole(0, NODES - 2);
  // Running jobs end before the window opens, as those who make reservations see to.
  const ends = runningUses(turn.view, atMs).map(({ toMs }) => toMs);
  const startMs = timeMs(Math.max(atMs, ...ends) + random.whole(0, 60) * MINUTE_MS);
  turn.record({
    kind: 'reservationCreated',
    reservation: {
      name,
      by: 'root',
      startMs,
      durationMs: random.whole(20, 200) * MINUTE_MS,
      nodes: [nodeName(`n${first}`), nodeName(`n${first + 1}`)],
      users: ['alice'],
      accounts: [],
      maintenance: false,
    },
    changedBy: 'root',
  });
}

function submit(world: World, turn: Turn): void {
  const request = requestOf(wishesIn(world));
  if (contradiction(request) ?? refuseSize(turn.view, request)) return;
  world.submitted += 1;
  submitJob(turn, {
    user: userName('alice'),
    requestId: requestId(`r${world.submitted}`),
    request,
    schedule: undefined,
    ...(request.ranksRange && world.random.chance(0.5) && { curve: randomCurve(world.random) }),
  });
}

/** Into a reservation only where a job that cannot start does not hold up all others for ever. */
function wishesIn({ random, options: { plain, policy } }: World): Partial<JobRequest> {
  if (plain) return plainWishes(random);
  return {
    ...wishes(random),
    ...(policy !== 'fifo' && random.chance(0.05) && { reservation: 'course' }),
  };
}

/** The machine's own pass, looked at from outside. */
function pass(world: World, before: Turn): void {
  const { cluster, broken } = world;
  const upset = before.events.some(({ kind }) => UPSETTING.has(kind)) || world.upset;
  const promised = upset ? new Map<JobId, TimeMs>() : cluster.lookup.planned.starts;
  const turn = beginTurn(cluster, world.atMs);
  schedulingPass(turn);
  for (const event of turn.events) {
    if (event.kind !== 'jobAllocated') continue;
    world.started += 1;
    const job = cluster.jobs.get(event.job);
    const toMs = world.atMs + (event.limitMs ?? job?.request.timeLimitMs ?? 0);
    const { minTimeMs } = job?.request ?? {};
    if (event.limitMs !== undefined && event.limitMs < (minTimeMs ?? Infinity))
      broken.push('too short');
    if (job) broken.push(...misplaced(cluster, job, event.parts, { fromMs: world.atMs, toMs }));
  }
  // EASY promises nothing for good: its one reservation goes to whoever is first now.
  const { keeps, order } = POLICIES[world.options.policy];
  for (const [id, startMs] of promised) {
    if (cluster.jobs.get(id)?.state.kind !== 'pending') continue;
    world.kept += 1;
    const now = cluster.lookup.planned.starts.get(id);
    const gone = now === undefined && keeps;
    const older = turn.events.some((event) => event.kind === 'jobAllocated' && event.job < id);
    if (gone || ((now ?? 0) > startMs && !order && (keeps || !older))) {
      broken.push(
        `job ${id} was promised ${startMs}, and is to start at ${now} (at ${world.atMs})`,
      );
    }
  }
  world.upset = false;
}

const UPSETTING: ReadonlySet<string> = new Set([
  'jobSuspended',
  'jobResumed',
  'nodeDrained',
  'nodeResumed',
  'reservationCreated',
  'reservationRemoved',
]);

/** What runs and what is promised need nothing twice, at any time. */
function checkPlan(world: World): void {
  const { cluster, broken, atMs } = world;
  world.checked += 1;
  const running = runningUses(cluster, atMs);
  const { bookings, starts, choices } = cluster.lookup.planned;
  const planned = [...(bookings ?? [])].flatMap(([id, shares]) => {
    const asked = cluster.jobs.get(id);
    const job = asked && withRanks(asked, choices?.get(id)?.ranks);
    const startMs = starts.get(id);
    if (job?.state.kind !== 'pending' || startMs === undefined) return [];
    const toMs = startMs + job.request.timeLimitMs;
    broken.push(...misplaced(cluster, job, shares, { fromMs: startMs, toMs }));
    return usesOf(job, shares, startMs);
  });
  broken.push(...overCommitted(cluster, [...running, ...planned]));
  if (world.options.policy === 'easy') checkHead(world);
  const [withBounds, without] = [true, false].map((bounded) => plannedWith(cluster, atMs, bounded));
  if (withBounds !== without) broken.push(`bounds: ${withBounds} instead of ${without}`);
}

/** As it would be with so many ranks. */
const withRanks = (job: Job, ranks: number | undefined): Job =>
  ranks === undefined ? job : { ...job, request: { ...job.request, ranks } };

/** What the pass would say now, as text. */
function plannedWith(cluster: Cluster, atMs: TimeMs, bounded: boolean): string {
  const plan = planQueue(cluster, atMs, { lanes: createLanes(cluster, atMs), bounded });
  const { placements, starts, bookings, choices } = plan;
  return JSON.stringify([
    placements,
    [...(starts ?? [])],
    [...(bookings ?? [])],
    [...(choices ?? [])],
  ]);
}

/** The first job of the queue has the earliest start that what runs leaves. */
function checkHead(world: World): void {
  const { cluster, atMs } = world;
  const [first] = cluster.lookup.ready;
  const request = first === undefined ? undefined : cluster.jobs.get(first)?.request;
  if (first === undefined || !request) return;
  if (
    request.nodeList ||
    request.ranksRange ||
    request.nodes ||
    request.uniform ||
    request.exclusive ||
    request.constraint
  )
    return;
  const startMs = cluster.lookup.planned.starts.get(first);
  if (startMs === undefined || request.minTimeMs !== undefined) return;
  const uses = runningUses(cluster, atMs);
  const found = firstFit(cluster, request, { uses, fromMs: atMs, untilMs: startMs });
  if (found !== startMs) world.broken.push(`job ${first} could start at ${found}, not ${startMs}`);
}
