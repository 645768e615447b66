/** A node as scenarios write it: it repeats what it was told to report until acknowledged. */
import type { Effect } from '../../../scheduler/model/effect.ts';
import { jobId, nodeName } from '../../../scheduler/model/ids.ts';
import { partKey } from '../../../scheduler/model/ids.ts';
import type { Input, ReportedPart } from '../../../scheduler/model/input.ts';
import type { PartOutcome } from '../../../scheduler/model/outcome.ts';
import { timeMs } from '../../../scheduler/model/time.ts';
import { endOf, factsOf, TELEMETRY } from '../requests.ts';
import { parseBytes, parseMs } from './words.ts';

export class ScenarioNode {
  private epoch = 0;
  private generation = 1;
  private incarnation = 1;
  private count = 0;
  private bootId = 'boot-1';
  private coreCount = 4;
  private load = 0;
  private memoryBytes = 4 * 1024 ** 3;
  private readonly parts = new Map<string, ReportedPart>();
  private readonly name: string;

  constructor(name: string) {
    this.name = name;
  }

  /** Stages: `1.1.0=running` comes as an option, `forget` empties the node's memory. */
  change(options: ReadonlyMap<string, string>, words: readonly string[], atMs: number): void {
    for (const word of words) {
      if (word === 'forget') this.parts.clear();
      else if (word === 'agent-restart') [this.incarnation, this.count] = [this.incarnation + 1, 0];
    }
    for (const [key, value] of options) {
      if (key === 'cores') this.coreCount = Number(value);
      else if (key === 'memory') this.memoryBytes = parseBytes(value);
      else if (key === 'load') this.load = Number(value);
      else if (key === 'count') this.count = Number(value) - 1;
      else if (key === 'generation') this.generation = Number(value);
      else if (key === 'epoch') this.epoch = Number(value);
      else if (key === 'boot') this.reboot(value);
      else this.parts.set(key, reportedPart(key, value, atMs));
    }
  }

  private reboot(bootId: string): void {
    this.bootId = bootId;
    this.incarnation += 1;
    this.count = 0;
  }

  report(atMs: number): Extract<Input, { kind: 'nodeReported' }> {
    this.count += 1;
    return {
      kind: 'nodeReported',
      atMs: timeMs(atMs),
      replyTo: 1,
      node: nodeName(this.name),
      report: {
        generation: this.generation,
        epoch: this.epoch,
        sequence: { incarnation: this.incarnation, count: this.count },
        sentAtMs: timeMs(atMs),
        facts: factsOf({
          coreCount: this.coreCount,
          memoryBytes: this.memoryBytes,
          bootId: this.bootId,
        }),
        telemetry: { ...TELEMETRY, load: this.load },
        parts: [...this.parts.values()],
      },
    };
  }

  answered(answer: Extract<Effect, { kind: 'answerNode' }>): void {
    for (const id of answer.acknowledged) this.parts.delete(partKey(id));
    if (!answer.fence) return;
    this.epoch = answer.epoch;
    this.parts.clear();
  }
}

function reportedPart(key: string, stage: string, atMs: number): ReportedPart {
  const [job = 0, attempt = 0, part = 0] = key.split('.').map(Number);
  const id = { job: jobId(job), attempt, part };
  if (stage === 'accepted') return { id, stage };
  // `running/10m`: and goes by this limit; `running/10m/suspended`: and is stopped.
  const [state, limit, stopped] = stage.split('/');
  if (state === 'running' || state === 'listening' || state === 'wired') {
    const listens = state === 'running' ? undefined : { host: '127.0.0.1', port: 9000 + part };
    return {
      id,
      stage: 'running',
      startedMs: timeMs(atMs),
      listens,
      wired: state === 'wired',
      progress: undefined,
      ...(limit && { terms: { timeLimitMs: parseMs(limit), suspended: stopped !== undefined } }),
    };
  }
  return { id, stage: 'ended', endedMs: timeMs(atMs), end: endOf(outcomeOf(stage)) };
}

/** `exit:3`, `signal:9`, `rank2:boom`, or the name of another outcome. */
function outcomeOf(stage: string): PartOutcome {
  const [kind = '', value = ''] = stage.split(':');
  const failed = /^rank(\d+)$/.exec(kind);
  const failure = failed ? { rank: Number(failed[1]), message: value } : undefined;
  if (kind === 'signal') {
    return { kind: 'exited', exit: { code: 0, signal: Number(value) }, failure };
  }
  if (kind === 'exit') return { kind: 'exited', exit: { code: Number(value), signal: 0 }, failure };
  if (failure) return { kind: 'exited', exit: { code: 1, signal: 0 }, failure };
  switch (kind) {
    case 'timeLimit':
    case 'killed':
    case 'leaseExpired':
      return { kind };
    case 'outOfMemory':
      return { kind, failure };
    case 'neverStarted':
      return { kind, why: value };
    default:
      throw new Error(`unknown stage ${stage}`);
  }
}
