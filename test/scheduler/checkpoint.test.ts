import { expect, test } from 'vitest';
import { DEFAULT_SETTINGS } from '../../scheduler/model/defaultSettings.ts';
import type { Effect } from '../../scheduler/model/effect.ts';
import type { Event } from '../../scheduler/model/event.ts';
import { jobId, nodeName, requestId, userName } from '../../scheduler/model/ids.ts';
import type { Input, ReportedPart } from '../../scheduler/model/input.ts';
import type { PartOutcome } from '../../scheduler/model/outcome.ts';
import { timeMs } from '../../scheduler/model/time.ts';
import { apply } from '../../scheduler/machine/apply.ts';
import { createCluster } from '../../scheduler/machine/cluster.ts';
import { brokenInvariants } from '../../scheduler/machine/invariants.ts';
import { clusterFrom, snapshotOf } from '../../scheduler/machine/snapshot.ts';
import { step } from '../../scheduler/machine/step.ts';
import { endOf, factsOf, requestOf, TELEMETRY } from './requests.ts';

const JOB = jobId(1);
const LOST: PartOutcome = {
  kind: 'exited',
  exit: { code: 1, signal: 0 },
  failure: { rank: 0, message: 'threw RankLostError', peerLost: true },
};

/** A job of two ranks on two nodes of one core each, and the nodes' reports by hand. */
class Scene {
  readonly cluster = createCluster(DEFAULT_SETTINGS, 1);
  readonly journal: Event[] = [];
  atMs = 1_000;
  private count = 0;

  constructor() {
    for (const node of ['a', 'b', 'c']) this.report(node, []);
    for (const node of ['a', 'b', 'c']) this.report(node, []);
    const by = { user: userName('ada'), role: 'user' } as const;
    const request = requestOf({ ranks: 2 });
    this.send({ kind: 'submit', replyTo: 1, by, requestId: requestId('r1'), request });
  }

  get job() {
    return this.cluster.jobs.get(JOB);
  }

  get nodes(): readonly string[] {
    const state = this.job?.state;
    return state?.kind === 'active' ? state.attempt.parts.map(({ node }) => node) : [];
  }

  /** What part `part` of the running attempt says, by the node that holds it. */
  says(part: number, said: { readonly sequence?: number; readonly ended?: PartOutcome }): Effect[] {
    const id = { job: JOB, attempt: (this.job?.restarts ?? 0) + 1, part };
    const { sequence, ended } = said;
    const files = [{ sha256: `${part}-${id.attempt}-${sequence}`, sizeBytes: 9 }];
    const checkpoint = sequence === undefined ? {} : { checkpoint: { sequence, files } };
    const running = {
      stage: 'running',
      listens: undefined,
      wired: true,
      progress: undefined,
    } as const;
    const stage = ended
      ? ({ stage: 'ended', endedMs: timeMs(this.atMs), end: endOf(ended) } as const)
      : ({ ...running, startedMs: timeMs(this.atMs) } as const);
    return this.report(this.nodes[part] ?? '', [{ id, ...checkpoint, ...stage }]);
  }

  report(node: string, parts: readonly ReportedPart[]): Effect[] {
    this.count += 1;
    return this.send({
      kind: 'nodeReported',
      replyTo: 1,
      node: nodeName(node),
      report: {
        generation: 1,
        epoch: this.cluster.nodes.get(nodeName(node))?.epoch ?? 0,
        sequence: { incarnation: 1, count: this.count },
        sentAtMs: timeMs(this.atMs),
        facts: factsOf({ hostName: node, coreCount: 1 }),
        telemetry: TELEMETRY,
        parts,
      },
    });
  }

  send(input: DistributiveOmit<Input, 'atMs'>): Effect[] {
    this.atMs += 1_000;
    const { events, effects } = step(this.cluster, { ...input, atMs: timeMs(this.atMs) } as Input);
    this.journal.push(...events);
    expect(brokenInvariants(this.cluster, timeMs(this.atMs))).toEqual([]);
    return effects.filter(({ kind }) => kind === 'forgetFiles');
  }
}
type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;

const sequence = (scene: Scene) => scene.job?.checkpoint?.sequence;
const forgotten = (...sha256s: string[]) => [{ kind: 'forgetFiles', sha256s }];

test('a checkpoint counts once every part has stored it, and the one before is then let go', () => {
  const scene = new Scene();
  expect(scene.says(0, { sequence: 1 })).toEqual([]);
  expect(sequence(scene)).toBeUndefined();
  expect(scene.says(1, { sequence: 1 })).toEqual([]);
  expect(scene.job?.checkpoint?.files.map(({ sha256 }) => sha256)).toEqual(['0-1-1', '1-1-1']);
  expect(scene.says(1, { sequence: 2 })).toEqual([]);
  expect(sequence(scene)).toBe(1);
  expect(scene.says(0, { sequence: 2 })).toEqual(forgotten('0-1-1', '1-1-1'));
  expect(sequence(scene)).toBe(2);
  // Late or repeated words change nothing.
  expect(scene.says(0, { sequence: 1 })).toEqual([]);
  expect(scene.says(0, { sequence: 2 })).toEqual([]);
  expect(sequence(scene)).toBe(2);
});

test('the next attempt goes on from the last whole one; what was half stored is let go', () => {
  const scene = new Scene();
  for (const part of [0, 1]) scene.says(part, { sequence: 1 });
  scene.says(0, { sequence: 2 });
  scene.says(0, { ended: LOST });
  expect(scene.says(1, { ended: { kind: 'leaseExpired' } })).toEqual(forgotten('0-1-2'));
  expect(scene.job?.state.kind).toBe('pending');
  expect(sequence(scene)).toBe(1);
  scene.atMs += 60_000;
  scene.send({ kind: 'woken' });
  for (const node of ['a', 'b', 'c']) scene.report(node, []);
  expect(scene.says(0, { sequence: 2 })).toEqual([]);
  expect(scene.says(1, { sequence: 2 })).toEqual(forgotten('0-1-1', '1-1-1'));
  scene.says(0, { ended: { kind: 'exited', exit: { code: 0, signal: 0 }, failure: undefined } });
  const end = { kind: 'exited', exit: { code: 0, signal: 0 }, failure: undefined } as const;
  expect(scene.says(1, { ended: end })).toEqual(forgotten('0-2-2', '1-2-2'));
  expect(scene.job).toBeUndefined();
});

test('a part that only lost its peer does not decide: a bug of the peer fails the job', () => {
  const scene = new Scene();
  scene.says(0, { ended: LOST });
  const bug = { rank: 1, message: 'threw TypeError' };
  scene.says(1, { ended: { kind: 'exited', exit: { code: 1, signal: 0 }, failure: bug } });
  const finished = scene.journal.find(({ kind }) => kind === 'jobFinished');
  expect(finished).toMatchObject({
    end: { state: 'FAILED', message: expect.stringContaining('TypeError') },
  });
});

test('journal and snapshot keep it', () => {
  const scene = new Scene();
  for (const part of [0, 1]) scene.says(part, { sequence: 1 });
  scene.says(0, { sequence: 2 });
  const folded = createCluster(DEFAULT_SETTINGS, 1);
  for (const event of scene.journal) apply(folded, event);
  const kept = JSON.stringify(snapshotOf(scene.cluster));
  expect(JSON.stringify(snapshotOf(folded))).toBe(kept);
  const restored = clusterFrom(DEFAULT_SETTINGS, JSON.parse(kept), timeMs(scene.atMs));
  expect(JSON.stringify(snapshotOf(restored))).toBe(kept);
});

test('what a part stored before its end is let go when it tells late, unless its job goes on from it', () => {
  const scene = new Scene();
  for (const part of [0, 1]) scene.says(part, { sequence: 1 });
  const [node = ''] = scene.nodes;
  scene.says(0, { ended: LOST });
  scene.says(1, { ended: { kind: 'leaseExpired' } });
  const tells = (given: number): Effect[] => {
    const id = { job: JOB, attempt: 1, part: 0 };
    const files = [{ sha256: `0-1-${given}`, sizeBytes: 9 }];
    const checkpoint = { sequence: given, files };
    const ended = { stage: 'ended', endedMs: timeMs(scene.atMs), end: endOf(LOST) } as const;
    return scene.report(node, [{ id, checkpoint, ...ended }]);
  };
  expect(tells(2)).toEqual(forgotten('0-1-2'));
  expect(tells(1)).toEqual([]);
  const by = { user: userName('ada'), role: 'user' } as const;
  const target = { job: JOB, task: undefined };
  const over = scene.send({ kind: 'cancel', replyTo: 1, by, target, signal: undefined });
  expect(over).toEqual(forgotten('0-1-1', '1-1-1'));
  expect(tells(3)).toEqual(forgotten('0-1-3'));
});
