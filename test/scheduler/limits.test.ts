import { expect, test } from 'vitest';
import { parseSettings } from '../../scheduler/live/configuration/readFile.ts';
import { endPartWithout } from '../../scheduler/machine/attempt.ts';
import { createCluster } from '../../scheduler/machine/cluster.ts';
import { brokenInvariants } from '../../scheduler/machine/invariants.ts';
import { schedulingPass } from '../../scheduler/machine/schedulingPass.ts';
import { step } from '../../scheduler/machine/step.ts';
import { beginTurn } from '../../scheduler/machine/turn.ts';
import type { Cluster } from '../../scheduler/model/cluster.ts';
import { POLICY_NAMES } from '../../scheduler/model/policyName.ts';
import { nodeName, requestId, userName } from '../../scheduler/model/ids.ts';
import type { Job } from '../../scheduler/model/job.ts';
import { MINUTE_MS, timeMs } from '../../scheduler/model/time.ts';
import { createLimiter } from '../../scheduler/policy/limiter.ts';
import type { Random } from '../../scheduler/sim/random.ts';
import { createRandom } from '../../scheduler/sim/random.ts';
import { factsOf, requestOf, TELEMETRY } from './requests.ts';

const FILE = `
qos:
  high: {group: {maxCores: 9, maxSubmittedJobs: 30}, perUser: {maxRunningJobs: 2, maxSubmittedJobs: 12}}
  low: {group: {maxCoreMinutesRunning: 300}, perUser: {maxCores: 5}}
accounts:
  science: {group: {maxCores: 14, maxRunningJobs: 6}}
  physics: {parent: science, perUser: {maxCoreMinutesRunning: 150}}
  optics: {parent: physics, group: {maxRunningJobs: 3}}
  arts: {perUser: {maxRunningJobs: 3}}
`;

/** Written from the file by hand: which jobs a limit counts, and what of them. */
const LIMITS: readonly {
  readonly counts: (job: Job) => boolean;
  readonly each: readonly ('user' | 'all')[];
  readonly measure: (jobs: readonly Job[], atMs: number) => number;
  readonly most: number;
}[] = [
  { counts: inQos('high'), each: ['all'], measure: cores, most: 9 },
  { counts: inQos('high'), each: ['user'], measure: running, most: 2 },
  { counts: inQos('high'), each: ['all'], measure: tasks, most: 30 },
  { counts: inQos('high'), each: ['user'], measure: tasks, most: 12 },
  { counts: inQos('low'), each: ['all'], measure: coreMinutes, most: 300 },
  { counts: inQos('low'), each: ['user'], measure: cores, most: 5 },
  { counts: inAccounts('science', 'physics', 'optics'), each: ['all'], measure: cores, most: 14 },
  { counts: inAccounts('science', 'physics', 'optics'), each: ['all'], measure: running, most: 6 },
  { counts: inAccounts('physics', 'optics'), each: ['user'], measure: coreMinutes, most: 150 },
  { counts: inAccounts('optics'), each: ['all'], measure: running, most: 3 },
  { counts: inAccounts('arts'), each: ['user'], measure: running, most: 3 },
];

function inQos(name: string) {
  return ({ request }: Job): boolean => request.qos === name;
}
function inAccounts(...names: string[]) {
  return ({ request }: Job): boolean => names.includes(request.account);
}
function cores(jobs: readonly Job[]): number {
  return jobs.reduce((sum, job) => sum + coresHeld(job), 0);
}
function coresHeld({ state }: Job): number {
  if (state.kind !== 'active') return 0;
  return state.attempt.parts.reduce((sum, part) => sum + part.cores.length, 0);
}
function running(jobs: readonly Job[]): number {
  return jobs.filter(({ state }) => state.kind === 'active').length;
}
function tasks(jobs: readonly Job[]): number {
  return jobs.reduce((sum, { pendingTasks }) => sum + Math.max(1, pendingTasks.length), 0);
}
function coreMinutes(jobs: readonly Job[], atMs: number): number {
  return jobs.reduce((sum, job) => {
    if (job.state.kind !== 'active') return sum;
    const leftMs = job.state.attempt.startedMs + job.request.timeLimitMs - atMs;
    return sum + (coresHeld(job) * leftMs) / MINUTE_MS;
  }, 0);
}

function exceeded(cluster: Cluster, atMs: number): string[] {
  const jobs = [...cluster.jobs.values()];
  return LIMITS.flatMap(({ counts, each, measure, most }, at) => {
    const counted = jobs.filter(counts);
    const groups = each.includes('all')
      ? [counted]
      : [...new Set(counted.map(({ user }) => user))].map((user) =>
          counted.filter((job) => job.user === user),
        );
    return groups.flatMap((group) => {
      const value = measure(group, atMs);
      return value > most ? [`limit ${at}: ${value} of at most ${most}`] : [];
    });
  });
}

const DONE = { kind: 'exited', exit: { code: 0, signal: 0 }, failure: undefined } as const;

test.each(POLICY_NAMES)(
  'under %s no sum is ever above its limit, and nobody waits who need not',
  (policy) => {
    let refusals = 0;
    const reasons = new Set<string>();
    for (let seed = 1; seed <= 8; seed += 1) {
      const random = createRandom(seed);
      const settings = { ...parseSettings('limits', FILE), policy };
      const cluster = createCluster(settings, 1);
      joinNodes(cluster, 16, 8);
      let atMs = 0;
      for (let act = 0; act < 150; act += 1) {
        atMs += random.whole(0, 3) * MINUTE_MS;
        if (act % 50 === 25) reconfigure(cluster, random, atMs);
        refusals += random.chance(0.6) ? submit(cluster, random, atMs, act) : 0;
        endOne(cluster, random, atMs);
        expect(exceeded(cluster, atMs)).toEqual([]);
        if (act % 10 === 0) expect(brokenInvariants(cluster, timeMs(atMs))).toEqual([]);
        for (const job of waitingThough(cluster, atMs)) reasons.add(job);
      }
    }
    expect(refusals).toBeGreaterThan(3);
    expect([...reasons].sort()).toEqual([
      'AssocGrpCpuLimit',
      'AssocGrpJobsLimit',
      'AssocMaxCPURunMinutesPerUserLimit',
      'AssocMaxJobsLimit',
      'QOSGrpCPURunMinutesLimit',
      'QOSGrpCpuLimit',
      'QOSMaxCpuPerUserLimit',
      'QOSMaxJobsPerUserLimit',
    ]);
  },
);

test('a job that is alone on its nodes counts with all their cores', () => {
  const file = 'qos: {few: {group: {maxCores: 6}}, one: {perUser: {maxCoresPerJob: 3}}}';
  const cluster = createCluster(parseSettings('limits', file), 1);
  const by = { user: userName('ada'), role: 'user' } as const;
  const submitted = (qos: string, id: string) => {
    const request = requestOf({ ranks: 1, exclusive: true, qos });
    const input = { kind: 'submit', replyTo: 0, by, requestId: requestId(id), request } as const;
    return step(cluster, { ...input, atMs: timeMs(0) });
  };
  joinNodes(cluster, 1, 8);
  const refused = submitted('one', 'a').effects.find(({ kind }) => kind === 'reply');
  expect(refused).toMatchObject({
    answer: {
      kind: 'refused',
      refusal: { code: 'overLimit', excess: { kind: 'QOSMaxCpuPerJobLimit', wanted: 8 } },
    },
  });
  joinNodes(cluster, 1, 4, 'small');
  submitted('few', 'b');
  const [job] = cluster.jobs.values();
  expect(job?.state).toMatchObject({
    kind: 'pending',
    reason: { kind: 'QOSGrpCpuLimit', used: 0, wanted: 8, limit: 6 },
  });
});

/** Weights come and go; the limits stay. */
function reconfigure(cluster: Cluster, random: Random, atMs: number): void {
  const weights = { age: random.whole(0, 100), size: random.whole(0, 100), fairShare: 100 };
  const priority = random.chance(0.7) ? { priority: weights } : {};
  const { priority: _, ...rest } = cluster.settings;
  const by = { user: userName('root'), role: 'admin' } as const;
  const settings = { ...rest, ...priority };
  step(cluster, { kind: 'reconfigure', replyTo: 0, by, settings, atMs: timeMs(atMs) });
}

/** The machine has room for all that the limits let run, so whoever waits must be limited. */
function waitingThough(cluster: Cluster, atMs: number): string[] {
  const limiter = createLimiter(cluster, timeMs(atMs));
  return cluster.lookup.ready.map((id) => {
    const job = cluster.jobs.get(id);
    return (job && limiter.limited(job)?.kind) ?? `job ${id} is not limited`;
  });
}

function joinNodes(cluster: Cluster, nodes: number, coreCount: number, name = 'pi'): void {
  const turn = beginTurn(cluster, timeMs(0));
  for (let index = 0; index < nodes; index += 1) {
    const node = nodeName(`${name}${index}`);
    turn.record({ kind: 'nodeJoined', node, epoch: 1, facts: factsOf({ coreCount }) });
    const heard = { atMs: timeMs(0), sequence: { incarnation: 1, count: 1 }, telemetry: TELEMETRY };
    turn.record({ kind: 'nodeHeard', node, heard });
  }
}

/** 1 when it was refused. */
function submit(cluster: Cluster, random: Random, atMs: number, act: number): number {
  const user = userName(random.pick(['ada', 'ben', 'cleo']) ?? 'ada');
  const qos = random.pick(['high', 'low']) ?? 'low';
  const array = { indexes: [1, 2, 3], throttle: undefined };
  const request = requestOf({
    ranks: random.whole(1, 4),
    timeLimitMs: random.whole(1, 40) * MINUTE_MS,
    account: random.pick(['science', 'physics', 'optics', 'arts']) ?? 'arts',
    array: random.chance(0.2) ? array : undefined,
    ...(random.chance(0.7) && { qos }),
    ...(random.chance(0.1) && { exclusive: true }),
  });
  const by = { user, role: 'user' } as const;
  const id = requestId(`r${act}`);
  const input = { kind: 'submit', replyTo: 0, by, requestId: id, request } as const;
  const { effects } = step(cluster, { ...input, atMs: timeMs(atMs) });
  return effects.some((each) => each.kind === 'reply' && each.answer.kind === 'refused') ? 1 : 0;
}

function endOne(cluster: Cluster, random: Random, atMs: number): void {
  const active = [...cluster.lookup.active].map((id) => cluster.jobs.get(id));
  const due = active.filter(
    (job) =>
      job?.state.kind === 'active' &&
      (random.chance(0.2) || job.state.attempt.startedMs + job.request.timeLimitMs <= atMs),
  );
  const turn = beginTurn(cluster, timeMs(atMs));
  for (const job of due) {
    if (job?.state.kind !== 'active') continue;
    for (const part of job.state.attempt.parts.keys()) {
      endPartWithout(turn, { job: job.id, attempt: 1, part }, DONE);
    }
  }
  schedulingPass(turn);
}
