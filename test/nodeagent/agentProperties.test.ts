import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { AgentEffect } from '../../nodeagent/agent/agentEffect.ts';
import type { AgentInput } from '../../nodeagent/agent/agentInput.ts';
import type { AgentState } from '../../nodeagent/agent/agentState.ts';
import { startedAgent } from '../../nodeagent/agent/agentState.ts';
import { step } from '../../nodeagent/agent/step.ts';
import type { PartId } from '../../scheduler/model/ids.ts';
import { jobId, partKey } from '../../scheduler/model/ids.ts';

/**
 * Whatever is said to an agent, in whatever order, how often and how late: the promises on which
 * the scheduler builds hold after every step.
 */
const ids: readonly PartId[] = [1, 2].map((attempt) => ({ job: jobId(7), attempt, part: 0 }));

/** An input without its time, which the test gives it. */
type Said = AgentInput extends infer I ? (I extends AgentInput ? Omit<I, 'atMs'> : never) : never;

const anyId = fc.constantFrom(...ids);
/** Mostly 0, which stands for what the agent holds at that moment; sometimes another time. */
const small = fc.constantFrom(0, 0, 0, 0, 0, 0, 1, 2, 3);
const anyCount = small;
const anyInput: fc.Arbitrary<Said> = fc.oneof(
  fc.record({ kind: fc.constant('launchOrdered'), generation: small, epoch: small, id: anyId }),
  fc.record({
    kind: fc.constant('launchOrdered'),
    generation: fc.constant(1),
    epoch: fc.constant(1),
    id: anyId,
  }),
  fc.record({
    kind: fc.constant('endOrdered'),
    generation: small,
    id: anyId,
    signal: fc.constantFrom(undefined, 15),
    why: fc.constant('why'),
  }),
  fc.record({ kind: fc.constant('hostConnected'), id: anyId }),
  fc.record({
    kind: fc.constant('partRunning'),
    id: anyId,
    startedMs: fc.constant(0),
    listens: fc.constant(undefined),
    wired: fc.boolean(),
    terms: fc.record({ timeLimitMs: small, suspended: fc.boolean() }),
    stop: fc.boolean(),
  }),
  fc.record({
    kind: fc.constant('termsOrdered'),
    generation: small,
    id: anyId,
    terms: fc.record({ timeLimitMs: small, suspended: fc.boolean() }),
  }),
  fc.record({ kind: fc.constant('partEnded'), id: anyId }),
  fc.record({
    kind: fc.constant('reportAnswered'),
    count: anyCount,
    sentAtMs: fc.constant(0),
    generation: small,
    epoch: small,
    fence: fc.boolean(),
    leaseMs: fc.constantFrom(0, 1_000_000),
    heartbeatMs: fc.constant(5_000),
    spreadMs: fc.constant(0),
    acknowledged: fc.subarray([...ids]),
  }),
  fc.record({ kind: fc.constant('reportFailed'), count: anyCount }),
  fc.record({ kind: fc.constant('linkChanged'), up: fc.boolean() }),
  fc.record({ kind: fc.constantFrom('reportWanted', 'woken') }),
) as fc.Arbitrary<Said>;

/** Plays the shell: remembers what was performed, as disk and processes would. */
class World {
  readonly state: AgentState = startedAgent({
    generation: 1,
    epoch: 1,
    incarnation: 1,
    parts: [],
    tombstones: [],
  });
  readonly everStarted = new Map<string, number>();
  readonly openEpochs = new Map<string, number>();
  readonly buried = new Set<string>();
  readonly stopped = new Set<string>();
  continued = 0;
  private reports = 0;
  private atMs = 0;

  say(input: Said, atMs: number): void {
    this.atMs = atMs;
    // Only a host that is not stopped says anything.
    if (input.kind === 'partRunning' && 'id' in input) this.stopped.delete(partKey(input.id));
    if (input.kind === 'partEnded' && 'id' in input) this.openEpochs.delete(partKey(input.id));
    const before = { generation: this.state.generation, epoch: this.state.epoch };
    const { effects } = step(this.state, { ...this.present(input), atMs } as AgentInput);
    for (const effect of effects) this.perform(effect);
    expect(this.state.generation).toBeGreaterThanOrEqual(before.generation);
    expect(this.state.epoch).toBeGreaterThanOrEqual(before.epoch);
    const inFlight = this.state.reporting.inFlight;
    expect(inFlight === undefined || inFlight === this.reports).toBe(true);
  }

  private present(input: Said): Said {
    const { generation, epoch, reporting } = this.state;
    const current = { generation, epoch, count: reporting.inFlight ?? -1 };
    const meant = Object.entries(current).filter(([key]) => Reflect.get(input, key) === 0);
    return { ...input, ...Object.fromEntries(meant) };
  }

  private perform(effect: AgentEffect): void {
    if (effect.kind === 'startPart') this.started(partKey(effect.id));
    if (effect.kind === 'neverStart') this.started(partKey(effect.id));
    if (effect.kind === 'buryPart') {
      // Nothing is forgotten that may still run.
      expect(this.openEpochs.has(partKey(effect.id))).toBe(false);
      this.buried.add(partKey(effect.id));
    }
    if (effect.kind === 'adoptIdentity')
      for (const epoch of this.openEpochs.values())
        expect(epoch).toBeGreaterThanOrEqual(effect.epoch);
    if (effect.kind === 'stopHost') {
      expect(this.state.parts.get(partKey(effect.id))?.ending).toBeUndefined();
      this.stopped.add(partKey(effect.id));
    }
    if (effect.kind === 'killHost') this.stopped.delete(partKey(effect.id));
    if (effect.kind === 'continueHost') this.wentOn(effect.id);
    if (effect.kind === 'sendReport') expect(effect.count).toBe((this.reports += 1));
  }

  /** Under a lease and in the epoch of the node only: elsewhere it may run by now. */
  private wentOn(id: PartId): void {
    this.continued += 1;
    expect(this.stopped.delete(partKey(id))).toBe(true);
    expect(this.atMs).toBeLessThan(this.state.leaseUntilMs);
    expect(this.state.fencingTo).toBeUndefined();
    expect(this.state.parts.get(partKey(id))?.epoch).toBe(this.state.epoch);
  }

  /** At most once for ever, and never after its burial. */
  private started(key: string): void {
    expect(this.everStarted.has(key)).toBe(false);
    expect(this.buried.has(key)).toBe(false);
    this.everStarted.set(key, this.state.epoch);
    this.openEpochs.set(key, this.state.epoch);
  }
}

test('a part starts at most once, epochs wait for the old to end, reports are counted', () => {
  const steps = fc.array(fc.tuple(anyInput, fc.integer({ min: 0, max: 20_000 })), {
    minLength: 30,
    maxLength: 90,
  });
  let continued = 0;
  fc.assert(
    fc.property(steps, (said) => {
      const world = new World();
      let atMs = 0;
      world.say({ kind: 'linkChanged', up: true }, atMs);
      for (const [input, later] of said) world.say(input, (atMs += later));
      for (const key of world.openEpochs.keys())
        expect(world.state.parts.has(key), `${key} runs but is not reported`).toBe(true);
      // An order to end is told to a stopped host, which is then woken or killed.
      for (const key of world.stopped)
        expect(world.state.parts.get(key)?.ending, `${key} cannot end`).toBeUndefined();
      continued += world.continued;
    }),
    { numRuns: 400, seed: 20_261_121 },
  );
  expect(continued).toBeGreaterThan(0);
});

test('with a scheduler that answers, everything said is reported in the end', () => {
  const steps = fc.array(anyInput, { maxLength: 40 });
  fc.assert(
    fc.property(steps, (said) => {
      const world = new World();
      for (const input of said) world.say(input, 1);
      world.say({ kind: 'linkChanged', up: true } as Said, 2);
      for (let round = 0; round < 4; round += 1) {
        const { generation, epoch, reporting } = world.state;
        const answer = {
          generation,
          epoch,
          fence: false,
          leaseMs: 0,
          heartbeatMs: 5_000,
          spreadMs: 0,
        };
        const count = reporting.inFlight ?? 0;
        const parts = { count, sentAtMs: 2, acknowledged: [] };
        world.say({ kind: 'reportAnswered', ...answer, ...parts } as Said, 3);
      }
      expect(world.state.reporting).toMatchObject({ inFlight: undefined, changed: false });
    }),
    { numRuns: 500, seed: 7 },
  );
});
