/**
 * From a message to what it does: inventories that the scheduler's machine hears, orders and answers
 * that the agent's does. Each input meets the same state; what must always hold holds afterwards.
 * Bent bytes seldom get past the readers, which messageReaders.ts tries: here most inputs are whole.
 */
import * as fc from 'fast-check';
import { type AgentState, startedAgent } from '../../nodeagent/agent/agentState.ts';
import type { AgentInput } from '../../nodeagent/agent/agentInput.ts';
import { step as agentStep } from '../../nodeagent/agent/step.ts';
import {
  readAnswer,
  readEnd,
  readLaunch,
  readTerms,
  readWire,
} from '../../nodeagent/link/orders.ts';
import { BadMessageError, MessageTooLargeError } from '../../proto/busError.ts';
import { decodeMessage, encodeMessage, pibatch } from '../../proto/codec.ts';
import { RefusedError } from '../../scheduler/live/fieldCheck.ts';
import { nodeReport } from '../../scheduler/live/nodeReport.ts';
import { apply } from '../../scheduler/machine/apply.ts';
import { createCluster } from '../../scheduler/machine/cluster.ts';
import { brokenInvariants } from '../../scheduler/machine/invariants.ts';
import { step } from '../../scheduler/machine/step.ts';
import { DEFAULT_SETTINGS } from '../../scheduler/model/defaultSettings.ts';
import { jobId, nodeName } from '../../scheduler/model/ids.ts';
import { timeMs } from '../../scheduler/model/time.ts';
import * as facts from '../scheduler/live/facts.ts';
import type { InputReader } from './readers.ts';

const REFUSALS = [BadMessageError, MessageTooLargeError, RefusedError];
const NODE = nodeName('pi1');

const count = fc.oneof(fc.nat(3), fc.constantFrom(0, 1, 2 ** 31, 2 ** 32 - 1));
const moment = fc.constantFrom(0, 1, facts.T0 - 1, facts.T0 + 4, 2 ** 53 - 1);
const id = fc.record({
  job: fc.integer({ min: 1, max: 5 }),
  attempt: fc.constantFrom(1, 1, 2),
  part: fc.constantFrom(0, 0, 1),
});
const checkpoint = fc.record({
  sequence: fc.constantFrom(1, 2, 2 ** 32 - 1),
  files: fc.array(fc.record({ sha256: fc.constant('ab'.repeat(32)), sizeBytes: count }), {
    maxLength: 3,
  }),
});
const listens = fc.record({ host: fc.constant('pi1'), port: fc.constantFrom(1, 65_535) });
const outcome = fc.constantFrom(
  { exited: { code: 0 } },
  { exited: { code: 255, signal: 9 } },
  { killed: {} },
  { leaseExpired: {} },
  { timeLimit: {} },
);
const stage = fc.oneof(
  fc.constant({ accepted: {} }),
  fc
    .record({ startedMs: moment, wired: fc.boolean(), listens }, { requiredKeys: [] })
    .map((running) => ({ running: { ...running, terms: { timeLimitMs: 60_000 } } })),
  fc
    .tuple(fc.record({ endedMs: moment, elapsedMs: moment }), outcome)
    .map(([times, how]) => ({ ended: { ...times, ...how } })),
);
const part = fc
  .tuple(id, stage, fc.option(checkpoint, { nil: undefined }))
  .map(([partId, how, stored]) => ({ id: partId, ...how, ...(stored && { checkpoint: stored }) }));
const seen = fc.record({ id, parts: fc.nat(3), buried: fc.boolean() });
const inventory = fc.record({
  generation: fc.constantFrom(0, 1, 1, 1, 2),
  epoch: fc.constantFrom(0, 1, 1, 1, 2),
  incarnation: count,
  count,
  sentAtMs: moment,
  facts: fc.constantFrom<pibatch.NodeFacts.$Properties[]>(
    { hostName: 'pi1', cores: [0, 1, 2, 3], memoryBytes: 8e9, confinement: 'watch', bootId: 'b1' },
    { hostName: 'pi1', cores: [], memoryBytes: 0, confinement: 'watch', bootId: 'b2' },
  ),
  parts: fc.array(part, { maxLength: 4 }),
  seen: fc.array(seen, { maxLength: 2 }),
});

/** A job that runs, one that is launched and one that waits. */
const STORY = [
  facts.joined(),
  ...facts.wholeLife(1),
  ...[2, 3, 4].map(facts.submitted),
  facts.allocated(2, [0, 1]),
  facts.started(2),
  facts.allocated(3, [2, 3]),
];

const SEEDS = [Buffer.from('choice'), Buffer.alloc(64)];

/** FNV-1a, so that bytes of every kind choose one of what can be drawn. */
const hashOf = (bytes: Buffer): number =>
  bytes.reduce((hash, byte) => Math.imul(hash ^ byte, 0x0100_0193), 0x811c_9dc5 | 0);

function hearInventory(input: Buffer): unknown {
  const [drawn = {}] = fc.sample(inventory, { numRuns: 1, seed: hashOf(input) });
  const bytes = encodeMessage(pibatch.NodeReport, drawn);
  const report = nodeReport(decodeMessage(pibatch.NodeReport, bytes));
  const cluster = createCluster(DEFAULT_SETTINGS, 1);
  for (const event of STORY) apply(cluster, event);
  const atMs = timeMs(facts.T0 + 10_000);
  const steps = step(cluster, { kind: 'nodeReported', atMs, replyTo: 1, node: NODE, report });
  const broken = brokenInvariants(cluster, atMs);
  if (broken.length > 0) throw new Error(broken.join('; '));
  return steps;
}

const AT_MS = 1_000;
const ORDERS_EACH = 4;

function holdingAgent(): AgentState {
  const held = { id: { job: jobId(7), attempt: 1, part: 0 }, epoch: 1, peers: undefined };
  const state = startedAgent({
    generation: 1,
    epoch: 1,
    incarnation: 1,
    parts: [{ ...held, stage: { kind: 'accepted' }, ending: undefined }],
    tombstones: ['6.1.0'],
  });
  state.leaseUntilMs = 2 * AT_MS;
  return state;
}

const held = fc.record({ job: fc.constantFrom(6, 7, 7, 8), attempt: fc.constantFrom(1, 1, 2) });
const generation = fc.constantFrom(0, 1, 1, 1, 2);
const why = fc.constantFrom('', 'cancelled');
/** As bytes to the reader of their subject. */
const orders: fc.Arbitrary<Omit<AgentInput, 'atMs'>> = fc.oneof(
  fc
    .record({ generation, epoch: fc.nat(2), id: held })
    .map((order) => encodeMessage(pibatch.LaunchOrder, order))
    .map((bytes) => readLaunch(decodeMessage(pibatch.LaunchOrder, bytes))),
  fc
    .record({ generation, id: held, peers: fc.array(listens, { maxLength: 3 }) })
    .map((order) => readWire(encodeMessage(pibatch.WireOrder, order))),
  fc
    .record({ generation, id: held, terms: fc.record({ timeLimitMs: count }) })
    .map((order) => readTerms(encodeMessage(pibatch.TermsOrder, order))),
  fc
    .record({ generation, id: held, why, graceMs: count, signal: fc.constantFrom(9, 64) })
    .map((order) => readEnd(encodeMessage(pibatch.EndOrder, order))),
  fc
    .record({ generation, id: held, why })
    .map((order) => readEnd(encodeMessage(pibatch.EndOrder, order))),
  fc
    .record({
      generation,
      epoch: fc.nat(2),
      fence: fc.boolean(),
      leaseMs: count,
      heartbeatMs: count,
      spreadMs: count,
      acknowledged: fc.array(held, { maxLength: 3 }),
    })
    .map((answer) =>
      readAnswer(encodeMessage(pibatch.ReportAnswer, answer), { count: 1, sentAtMs: 0 }),
    ),
);

function obey(input: Buffer): unknown {
  const state = holdingAgent();
  const before = { ...state };
  for (const order of fc.sample(orders, { numRuns: ORDERS_EACH, seed: hashOf(input) })) {
    agentStep(state, { ...order, atMs: AT_MS } as AgentInput);
    if (state.generation < before.generation || state.epoch < before.epoch)
      throw new Error(`${JSON.stringify(order)} took it back in time`);
    Object.assign(before, state);
  }
  return state;
}

export const HANDLER_READERS: readonly InputReader[] = [
  { name: 'handler inventory', seeds: SEEDS, refusals: REFUSALS, read: hearInventory },
  { name: 'handler order', seeds: SEEDS, refusals: REFUSALS, read: obey },
];
