/**
 * An agent and its job hosts in small: the node's half of the launch protocol (docs/protocol.md).
 * The journal survives the agent and the node, processes survive the agent only.
 */
import type { Effect, Launch } from '../model/effect.ts';
import type { NodeName, PartId } from '../model/ids.ts';
import { nodeName, partKey } from '../model/ids.ts';
import type { NodeReport, ReportedPart } from '../model/input.ts';
import type { NodeFacts } from '../model/node.ts';
import type { PartEnd, PartOutcome } from '../model/outcome.ts';
import { timeMs } from '../model/time.ts';
import type { Agenda } from './agenda.ts';
import type { Observer } from './observer.ts';
import type { Random } from './random.ts';

type Entry = {
  readonly id: PartId;
  readonly launch: Launch | undefined;
  stage: 'accepted' | 'running' | 'ended';
  startedMs: number;
  wired: boolean;
  alive: boolean;
  end: PartEnd | undefined;
  acknowledged: boolean;
};

export type SimulatedNodeOptions = {
  readonly name: string;
  readonly facts: NodeFacts;
  readonly agenda: Agenda;
  readonly observer: Observer;
  readonly random: Random;
  readonly heartbeatMs: number;
  readonly killMs: number;
  /** What the program does: how long it runs and how it ends. */
  runtimeOf(id: PartId): { readonly runMs: number; readonly outcome: PartOutcome };
  send(report: NodeReport): void;
};

/** What the world does to a node, and the network brings to it. */
export type WorldNode = {
  readonly name: string;
  readonly nodeName: NodeName;
  startAgent(): void;
  killAgent(): void;
  cutPower(): void;
  restorePower(): void;
  launch(launch: Launch, id: PartId): void;
  wire(id: PartId): void;
  endPart(id: PartId, signal: number | undefined): void;
  answered(answer: Extract<Effect, { kind: 'answerNode' }>, report: NodeReport): void;
};

export class SimulatedNode implements WorldNode {
  private readonly options: SimulatedNodeOptions;
  private epoch = 0;
  private generation = 0;
  private incarnation = 0;
  private count = 0;
  private boots = 1;
  private leaseUntilMs = 0;
  private agentUp = false;
  private powered = true;
  private session = 0;
  private readonly journal = new Map<string, Entry>();

  constructor(options: SimulatedNodeOptions) {
    this.options = options;
  }

  get name(): string {
    return this.options.name;
  }

  /** The agent starts: accepted parts that nothing claimed will never start. */
  startAgent(): void {
    if (this.agentUp || !this.powered) return;
    this.agentUp = true;
    this.incarnation += 1;
    this.count = 0;
    this.session += 1;
    for (const entry of this.journal.values()) {
      if (entry.stage === 'accepted') this.end(entry, { kind: 'neverStarted', why: 'agent died' });
      else if (entry.stage === 'running' && !entry.alive) this.end(entry, killedBySystem);
    }
    this.beat(this.session);
  }

  killAgent(): void {
    this.agentUp = false;
  }

  /** Power is gone: every process dies without a trace. */
  cutPower(): void {
    this.agentUp = false;
    this.powered = false;
    for (const entry of this.journal.values()) this.processGone(entry);
  }

  restorePower(): void {
    if (this.powered) return;
    this.powered = true;
    this.boots += 1;
    this.leaseUntilMs = 0;
    this.startAgent();
  }

  launch(launch: Launch, id: PartId): void {
    if (!this.agentUp || launch.part.epoch !== this.epoch) return;
    if (this.now() > this.leaseUntilMs || this.journal.has(partKey(id))) return;
    const entry: Entry = { ...blank(id), launch, stage: 'accepted' };
    this.journal.set(partKey(id), entry);
    const { session } = this;
    this.options.agenda.at(this.now() + this.options.random.whole(1, 2_000), () => {
      if (entry.stage === 'accepted' && this.agentUp && session === this.session) {
        this.startHost(entry, launch);
      }
    });
    this.report();
  }

  private startHost(entry: Entry, launch: Launch): void {
    entry.stage = 'running';
    entry.alive = true;
    entry.startedMs = this.now();
    this.options.observer.processStarted(this.name, entry.id, launch.part.cores);
    if (launch.parts.length === 1) this.runRanks(entry);
    if (launch.job.request.requeue) this.watchLease(entry);
    this.report();
  }

  private runRanks(entry: Entry): void {
    const { runMs, outcome } = this.options.runtimeOf(entry.id);
    this.options.agenda.at(this.now() + runMs, () => {
      if (entry.alive) this.end(entry, outcome);
    });
  }

  /** The job host, not the agent, ends itself when the lease is over. */
  private watchLease(entry: Entry): void {
    this.options.agenda.at(this.now() + 1_000, () => {
      if (!entry.alive) return;
      if (this.now() > this.leaseUntilMs) this.end(entry, { kind: 'leaseExpired' });
      else this.watchLease(entry);
    });
  }

  wire(id: PartId): void {
    const entry = this.journal.get(partKey(id));
    if (!this.agentUp || !entry?.alive || entry.wired) return;
    entry.wired = true;
    this.runRanks(entry);
    this.report();
  }

  endPart(id: PartId, signal: number | undefined): void {
    if (!this.agentUp || signal !== undefined) return;
    const entry = this.journal.get(partKey(id));
    if (!entry) {
      this.journal.set(partKey(id), { ...blank(id), stage: 'ended', end: neverStarted });
      this.report();
    } else if (entry.stage === 'accepted') this.end(entry, neverStarted.outcome);
    else if (entry.alive) {
      this.options.agenda.at(this.now() + this.options.killMs, () => {
        if (entry.alive) this.end(entry, { kind: 'killed' });
      });
    }
  }

  answered(answer: Extract<Effect, { kind: 'answerNode' }>, { sentAtMs }: NodeReport): void {
    if (!this.agentUp || answer.epoch < this.epoch) return;
    for (const id of answer.acknowledged) {
      const entry = this.journal.get(partKey(id));
      if (entry?.stage === 'ended') entry.acknowledged = true;
    }
    if (answer.fence && answer.epoch > this.epoch) {
      for (const entry of this.journal.values()) {
        if (entry.stage !== 'ended') this.end(entry, { kind: 'killed' });
        entry.acknowledged = true;
      }
      this.epoch = answer.epoch;
      this.report();
    } else if (!answer.fence && answer.epoch === this.epoch) {
      this.leaseUntilMs = Math.max(this.leaseUntilMs, sentAtMs + answer.leaseMs);
    }
  }

  private end(entry: Entry, outcome: PartOutcome): void {
    this.processGone(entry);
    entry.stage = 'ended';
    entry.end = { ...neverStarted, outcome, elapsedMs: this.now() - entry.startedMs };
    this.report();
  }

  private processGone(entry: Entry): void {
    if (entry.alive) this.options.observer.processEnded(entry.id);
    entry.alive = false;
  }

  private beat(session: number): void {
    if (!this.agentUp || session !== this.session) return;
    this.report();
    this.options.agenda.at(this.now() + this.options.heartbeatMs, () => this.beat(session));
  }

  private report(): void {
    if (!this.agentUp) return;
    this.count += 1;
    this.options.send({
      generation: this.generation,
      epoch: this.epoch,
      sequence: { incarnation: this.incarnation, count: this.count },
      sentAtMs: timeMs(this.now()),
      facts: { ...this.options.facts, bootId: `${this.name}-${this.boots}` },
      telemetry: NO_TELEMETRY,
      parts: [...this.journal.values()].filter((entry) => !entry.acknowledged).map(reported),
    });
  }

  private now(): number {
    return this.options.agenda.nowMs();
  }

  get nodeName() {
    return nodeName(this.name);
  }
}

const neverStarted: PartEnd = {
  outcome: { kind: 'neverStarted', why: 'ended before it began' },
  elapsedMs: 0,
  usage: [],
  output: [],
  files: [],
  result: undefined,
  peakMemoryBytes: undefined,
  throttled: false,
};

const killedBySystem: PartOutcome = {
  kind: 'exited',
  exit: { code: 0, signal: 9 },
  failure: undefined,
};

const NO_TELEMETRY = {
  load: 0,
  memoryAvailableBytes: 0,
  temperatureMilliC: undefined,
  throttledBits: undefined,
  frequencyHz: undefined,
};

const blank = (id: PartId): Entry => ({
  id,
  launch: undefined,
  stage: 'accepted',
  startedMs: 0,
  wired: false,
  alive: false,
  end: undefined,
  acknowledged: false,
});

function reported(entry: Entry): ReportedPart {
  const { id, end } = entry;
  if (end) return { id, stage: 'ended', endedMs: timeMs(entry.startedMs + end.elapsedMs), end };
  if (entry.stage === 'accepted') return { id, stage: 'accepted' };
  const gang = (entry.launch?.parts.length ?? 1) > 1;
  return {
    id,
    stage: 'running',
    startedMs: timeMs(entry.startedMs),
    listens: gang ? { host: 'node', port: 9_000 + id.part } : undefined,
    wired: entry.wired,
    progress: undefined,
  };
}
