import type { pibatch } from '../../proto/codec.ts';
import type { PartCheckpoint } from '../model/checkpoint.ts';
import { jobId, partKey, type PartId } from '../model/ids.ts';
import type { PartTerms } from '../model/effect.ts';
import type { NodeReport, ReportedPart } from '../model/input.ts';
import type { NodeFacts, NodeTelemetry } from '../model/node.ts';
import type { PartEnd, PartOutcome, RankFailure } from '../model/outcome.ts';
import type { SeenPart } from '../model/restoring.ts';
import { timeMs } from '../model/time.ts';
import * as check from './fieldCheck.ts';
import { collectiveUses, exitCode, partEnergy, rankUsage, segmentTotals } from './rankUsage.ts';
import { storedBytes } from './storedBytes.ts';

/** A node's inventory from the wire, every field checked. Throws RefusedError naming the field. */

const MOST_PARTS = 4_096;
const MOST_CORES = 1_024;
const MOST_RANKS = 65_536;
const MOST_FILES = 10_000;
const UINT32: check.Range = { least: 0, most: 0xffff_ffff };
const CONFINEMENTS = ['cgroup2', 'cgroup1', 'watch'] as const;

export function nodeReport(wire: pibatch.NodeReport.$Properties): NodeReport {
  const parts = check.listOf('parts', wire.parts, MOST_PARTS).map(reportedPart);
  const seen = new Set(parts.map(({ id }) => partKey(id)));
  if (seen.size < parts.length) check.refuse('parts', `${parts.length} parts`, 'every part once');
  return {
    generation: check.integer('generation', wire.generation ?? 0, check.ANY_COUNT),
    epoch: check.integer('epoch', wire.epoch ?? 0, UINT32),
    sequence: {
      incarnation: check.integer('incarnation', wire.incarnation ?? 0, UINT32),
      count: check.integer('count', wire.count ?? 0, UINT32),
    },
    sentAtMs: timeMs(check.integer('sent at', wire.sentAtMs ?? 0, check.ANY_COUNT)),
    facts: nodeFacts(wire.facts ?? {}),
    telemetry: nodeTelemetry(wire.telemetry ?? {}),
    parts,
    ...(wire.seen?.length && { seen: check.listOf('seen', wire.seen, MOST_PARTS).map(seenPart) }),
  };
}

function nodeFacts(wire: pibatch.NodeFacts.$Properties): NodeFacts {
  const cores = check.listOf('cores', wire.cores, MOST_CORES);
  for (const core of cores) check.integer('cores', core, { least: 0, most: 65_535 });
  const confinement = CONFINEMENTS.find((known) => known === wire.confinement);
  return {
    hostName: check.line('host name', wire.hostName, 255),
    model: check.line('model', wire.model, 255),
    architecture: check.line('architecture', wire.architecture, 64),
    cores: [...new Set(cores)].sort((a, b) => a - b),
    memoryBytes: check.integer('memory', wire.memoryBytes ?? 0, check.ANY_COUNT),
    operatingSystem: check.line('operating system', wire.operatingSystem, 255),
    agentVersion: check.line('agent version', wire.agentVersion, 64),
    bootId: check.line('boot id', wire.bootId, 64),
    confinement:
      confinement ?? check.refuse('confinement', wire.confinement ?? '', CONFINEMENTS.join(', ')),
    warnings: check
      .listOf('warnings', wire.warnings, 64)
      .map((warning) => check.line('warnings', warning, 1_024)),
    weight: check.finite('weight', wire.weight || 1, { least: 1e-3, most: 1e3 }),
  };
}

function nodeTelemetry(wire: pibatch.NodeTelemetry.$Properties): NodeTelemetry {
  return {
    load: check.finite('load', wire.load ?? 0, { least: 0, most: 1e6 }),
    memoryAvailableBytes: check.integer(
      'memory available',
      wire.memoryAvailableBytes ?? 0,
      check.ANY_COUNT,
    ),
    temperatureMilliC: check.optionalInteger('temperature', wire.temperatureMilliC, {
      least: -100_000,
      most: 1_000_000,
    }),
    throttledBits: check.optionalInteger('throttled', wire.throttledBits, UINT32),
    frequencyHz: check.optionalInteger('frequency', wire.frequencyHz, check.ANY_COUNT),
  };
}

export function partId(wire: pibatch.PartId.$Properties | null | undefined): PartId {
  return {
    job: jobId(check.integer('job', wire?.job, { least: 1, most: Number.MAX_SAFE_INTEGER })),
    attempt: check.integer('attempt', wire?.attempt, { least: 1, most: UINT32.most }),
    part: check.integer('part', wire?.part ?? 0, { least: 0, most: MOST_RANKS }),
  };
}

function seenPart(wire: pibatch.SeenPart.$Properties): SeenPart {
  const job = { least: 1, most: Number.MAX_SAFE_INTEGER };
  const array = check.optionalInteger('array', wire.arrayJob, job);
  const index = check.optionalInteger('task', wire.arrayTask, UINT32);
  return {
    id: partId(wire.id),
    task: array === undefined ? undefined : { array: jobId(array), index: index ?? 0 },
    parts: check.integer('parts', wire.parts ?? 0, { least: 0, most: MOST_RANKS }),
    outcome: wire.ended ? partOutcome(wire.ended) : undefined,
    buried: wire.buried ?? false,
  };
}

function reportedPart(wire: pibatch.ReportedPart.$Properties): ReportedPart {
  const said = {
    id: partId(wire.id),
    ...(wire.checkpoint && { checkpoint: partCheckpoint(wire.checkpoint) }),
  };
  if (wire.accepted) return { ...said, stage: 'accepted' };
  if (wire.running) {
    const { startedMs, listens, wired, progress, terms } = wire.running;
    return {
      ...said,
      stage: 'running',
      startedMs: timeMs(check.integer('started', startedMs ?? 0, check.ANY_COUNT)),
      listens: listens ? endpoint(listens) : undefined,
      wired: wired ?? false,
      progress:
        progress === undefined || progress === null
          ? undefined
          : check.finite('progress', progress, { least: 0, most: 1 }),
      ...(terms && { terms: partTerms(terms) }),
    };
  }
  if (wire.ended)
    return {
      ...said,
      stage: 'ended',
      endedMs: timeMs(check.integer('ended', wire.ended.endedMs ?? 0, check.ANY_COUNT)),
      end: partEnd(wire.ended),
    };
  return check.refuse('parts', partKey(said.id), 'one of accepted, running, ended');
}

const partTerms = ({ timeLimitMs, suspended }: pibatch.Terms.$Properties): PartTerms => ({
  timeLimitMs: check.integer('time limit', timeLimitMs ?? 0, check.ANY_COUNT),
  suspended: suspended ?? false,
});

function partCheckpoint(wire: pibatch.Checkpoint.$Properties): PartCheckpoint {
  const files = check.listOf('checkpoint', wire.files, MOST_CORES).map((file) => ({
    sha256: check.sha256('checkpoint', file.sha256),
    sizeBytes: check.integer('checkpoint', file.sizeBytes ?? 0, check.ANY_COUNT),
  }));
  return {
    sequence: check.integer('checkpoint', wire.sequence, { least: 1, most: UINT32.most }),
    files,
  };
}

function endpoint(wire: pibatch.Endpoint.$Properties): { host: string; port: number } {
  return {
    host: check.matching('listens', wire.host, /^[A-Za-z0-9.:_-]{1,255}$/, 'a host address'),
    port: check.integer('listens', wire.port, { least: 1, most: 65_535 }),
  };
}

function partEnd(wire: pibatch.Ended.$Properties): PartEnd {
  return {
    outcome: partOutcome(wire),
    elapsedMs: check.integer('elapsed', wire.elapsedMs ?? 0, check.ANY_COUNT),
    ...(wire.suspendedMs && {
      suspendedMs: check.integer('suspended', wire.suspendedMs, check.ANY_COUNT),
    }),
    usage: check.listOf('usage', wire.usage, MOST_RANKS).map(rankUsage),
    output: check
      .listOf('output', wire.output, MOST_RANKS)
      .map((stored) => storedBytes('output', stored)),
    files: check
      .listOf('files', wire.files, MOST_FILES)
      .map((stored) => storedBytes('files', stored)),
    result: wire.result ? storedBytes('result', wire.result) : undefined,
    peakMemoryBytes: check.optionalInteger('peak memory', wire.peakMemoryBytes, check.ANY_COUNT),
    throttled: wire.throttled ?? false,
    throttledMs: check.optionalInteger('throttled', wire.throttledMs, check.ANY_COUNT),
    energy: partEnergy(wire),
    collectives: collectiveUses(wire.collectives),
    ...(wire.segments && { segments: segmentTotals(wire.segments) }),
  };
}

function partOutcome(wire: pibatch.Ended.$Properties): PartOutcome {
  const failure: RankFailure | undefined = wire.failure
    ? {
        rank: check.integer('failure', wire.failure.rank ?? 0, UINT32),
        message: check.block('failure', wire.failure.message, 16_384),
        ...(wire.failure.peerLost && { peerLost: true }),
      }
    : undefined;
  if (wire.timeLimit) return { kind: 'timeLimit' };
  if (wire.outOfMemory) return { kind: 'outOfMemory', failure };
  if (wire.killed) return { kind: 'killed' };
  if (wire.leaseExpired) return { kind: 'leaseExpired' };
  if (wire.exited) return { kind: 'exited', exit: exitCode(wire.exited), failure };
  if (wire.neverStarted !== undefined && wire.neverStarted !== null)
    return { kind: 'neverStarted', why: check.block('never started', wire.neverStarted, 8_192) };
  if (wire.lost !== undefined && wire.lost !== null)
    return { kind: 'lost', why: check.block('lost', wire.lost, 8_192) };
  return check.refuse('outcome', 'nothing', 'how the part ended');
}
