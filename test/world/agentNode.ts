/**
 * A node whose agent is the real one (nodeagent/agent): only its disk, its job hosts and its
 * network are simulated. Contract: docs/protocol.md, the node's half.
 */
import type { AgentEffect } from '../../nodeagent/agent/agentEffect.ts';
import type { AgentInput } from '../../nodeagent/agent/agentInput.ts';
import type { AgentState } from '../../nodeagent/agent/agentState.ts';
import { startedAgent } from '../../nodeagent/agent/agentState.ts';
import { step } from '../../nodeagent/agent/step.ts';
import type { Effect, Launch } from '../../scheduler/model/effect.ts';
import type { PartId } from '../../scheduler/model/ids.ts';
import { nodeName, partKey } from '../../scheduler/model/ids.ts';
import type { NodeReport } from '../../scheduler/model/input.ts';
import type { PartOutcome } from '../../scheduler/model/outcome.ts';
import { timeMs } from '../../scheduler/model/time.ts';
import type { SimulatedNodeOptions, WorldNode } from '../../scheduler/sim/simulatedNode.ts';
import type { Folder } from './folder.ts';
import { emptyFolder } from './folder.ts';
import { KILLED, NO_TELEMETRY, NOTHING_LEFT, reported } from './reportedPart.ts';
import type { Rule } from './rule.ts';

/** Distributes Omit over the union. */
type Said = AgentInput extends infer I ? (I extends AgentInput ? Omit<I, 'atMs'> : never) : never;

const GENERATION = 1;
const ANSWER_DEADLINE_MS = 10_000;

export class AgentNode implements WorldNode {
  private readonly options: SimulatedNodeOptions;
  private readonly without: Rule | undefined;
  private readonly folders = new Map<string, Folder>();
  private readonly tombstones = new Set<string>();
  private readonly ordered = new Map<string, Launch>();
  private identity = { generation: GENERATION, epoch: 0 };
  private incarnation = 0;
  private boots = 1;
  private powered = true;
  private agent: AgentState | undefined;

  constructor(options: SimulatedNodeOptions, without: Rule | undefined) {
    this.options = options;
    this.without = without;
  }

  get name(): string {
    return this.options.name;
  }

  get nodeName() {
    return nodeName(this.name);
  }

  startAgent(): void {
    if (this.agent || !this.powered) return;
    this.incarnation += 1;
    const found = [...this.folders.values()];
    this.agent = startedAgent({
      ...this.identity,
      incarnation: this.incarnation,
      parts: found.map(({ id, epoch }) => ({
        id,
        epoch,
        stage: { kind: 'accepted' },
        ending: undefined,
        peers: undefined,
      })),
      tombstones: [...this.tombstones],
    });
    for (const folder of found) this.takeUp(folder);
    this.say({ kind: 'linkChanged', up: true });
  }

  /** Hosts come back by themselves; what nobody claimed never starts. */
  private takeUp(folder: Folder): void {
    const { id } = folder;
    if (folder.end) this.say({ kind: 'partEnded', id });
    else if (folder.alive) {
      this.say({ kind: 'hostConnected', id });
      this.tellRunning(folder);
    } else if (this.without === 'claim' && folder.launch) this.spawn(folder, folder.launch);
    else if (folder.claimed) this.end(folder, KILLED);
    else this.claimUnstarted(folder, 'the agent was restarted');
  }

  killAgent(): void {
    this.agent = undefined;
  }

  cutPower(): void {
    this.agent = undefined;
    this.powered = false;
    this.boots += 1;
    for (const folder of this.folders.values()) this.processGone(folder);
  }

  restorePower(): void {
    if (this.powered) return;
    this.powered = true;
    this.startAgent();
  }

  launch(launch: Launch, id: PartId): void {
    if (!this.agent) return;
    this.ordered.set(partKey(id), launch);
    const epoch = this.without === 'epoch' ? this.agent.epoch : launch.part.epoch;
    this.say({ kind: 'launchOrdered', generation: GENERATION, id, epoch });
  }

  wire(id: PartId): void {
    this.say({ kind: 'wireOrdered', generation: GENERATION, id, peers: [] });
  }

  endPart(id: PartId, signal: number | undefined): void {
    this.say({ kind: 'endOrdered', generation: GENERATION, id, signal, why: 'ordered' });
  }

  answered(answer: Extract<Effect, { kind: 'answerNode' }>, report: NodeReport): void {
    if (report.sequence.incarnation !== this.incarnation || !this.agent) return;
    if (this.without === 'fence' && answer.epoch > this.agent.epoch) {
      this.agent.epoch = answer.epoch;
      this.identity = { generation: GENERATION, epoch: answer.epoch };
    }
    const { count } = report.sequence;
    const { sentAtMs } = report;
    this.say({ ...answer, kind: 'reportAnswered', count, sentAtMs, generation: GENERATION });
  }

  private say(said: Said): void {
    const { agent } = this;
    if (!agent) return;
    const input = { ...said, atMs: this.now() } as AgentInput;
    for (const effect of step(agent, input).effects) this.perform(agent, effect);
  }

  private perform(agent: AgentState, effect: AgentEffect): void {
    switch (effect.kind) {
      case 'startPart':
        return this.accept(agent, effect.id);
      case 'neverStart': {
        const folder = this.createFolder(effect.id, agent.epoch, undefined);
        return this.claimUnstarted(folder, effect.why);
      }
      case 'wirePart':
        return this.onHost(effect.id, (folder) => this.wireHost(folder));
      case 'endPart':
        return effect.signal === undefined ? this.endHost(effect.id) : undefined;
      case 'leasePart':
        return this.onHost(effect.id, (folder) => (folder.leaseUntilMs = effect.untilMs));
      case 'buryPart':
        return this.bury(agent, effect.id);
      case 'adoptIdentity':
        this.identity = { generation: effect.generation, epoch: effect.epoch };
        return undefined;
      case 'sendReport':
        return this.sendReport(agent, effect.count);
      case 'wakeAt':
        return this.later(effect.atMs - this.now(), () => this.tell(agent, { kind: 'woken' }));
      case 'warn':
        return undefined;
    }
  }

  /** Says something to the agent that asked for it, if that one still lives. */
  private tell(agent: AgentState, said: Said): void {
    if (this.agent === agent) this.say(said);
  }

  private accept(agent: AgentState, id: PartId): void {
    const launch = this.ordered.get(partKey(id));
    if (!launch) return;
    const folder = this.createFolder(id, agent.epoch, launch);
    folder.leaseUntilMs = agent.leaseUntilMs;
    this.spawn(folder, launch);
  }

  private createFolder(id: PartId, epoch: number, launch: Launch | undefined): Folder {
    const folder = emptyFolder(id, epoch, launch, this.now());
    this.folders.set(partKey(id), folder);
    return folder;
  }

  /** A job host on its way needs no agent: whoever claims the part first decides. */
  private spawn(folder: Folder, launch: Launch): void {
    const { boots } = this;
    this.later(this.options.random.whole(1, 2_000), () => {
      if (boots !== this.boots || folder.end) return;
      if (folder.claimed && this.without !== 'claim') return;
      folder.claimed = true;
      folder.alive = true;
      folder.startedMs = this.now();
      this.options.observer.processStarted(this.name, folder.id, launch.part.cores);
      if (launch.parts.length === 1) this.runRanks(folder);
      if (launch.job.request.requeue && this.without !== 'lease') this.watchLease(folder);
      this.say({ kind: 'hostConnected', id: folder.id });
      this.tellRunning(folder);
    });
  }

  private tellRunning(folder: Folder): void {
    if (!folder.alive) return;
    const { id, startedMs, wired } = folder;
    const gang = (folder.launch?.parts.length ?? 1) > 1;
    const listens = gang ? { host: 'node', port: 9_000 + id.part } : undefined;
    this.say({ kind: 'partRunning', id, startedMs, listens, wired });
  }

  private runRanks(folder: Folder): void {
    const { runMs, outcome } = this.options.runtimeOf(folder.id);
    this.later(runMs, () => (folder.alive ? this.end(folder, outcome) : undefined));
  }

  private watchLease(folder: Folder): void {
    this.later(1_000, () => {
      if (!folder.alive) return;
      if (this.now() > folder.leaseUntilMs) this.end(folder, { kind: 'leaseExpired' });
      else this.watchLease(folder);
    });
  }

  private wireHost(folder: Folder): void {
    if (!folder.alive || folder.wired) return;
    folder.wired = true;
    this.runRanks(folder);
    this.tellRunning(folder);
  }

  private endHost(id: PartId): void {
    this.onHost(id, (folder) => {
      if (!folder.claimed) this.claimUnstarted(folder, 'ended before it started');
      else if (folder.alive) {
        this.later(this.options.killMs, () =>
          folder.alive ? this.end(folder, { kind: 'killed' }) : undefined,
        );
      }
    });
  }

  private claimUnstarted(folder: Folder, why: string): void {
    folder.claimed = true;
    this.end(folder, { kind: 'neverStarted', why });
  }

  private end(folder: Folder, outcome: PartOutcome): void {
    this.processGone(folder);
    const elapsedMs = this.now() - folder.startedMs;
    folder.end ??= { ...NOTHING_LEFT, outcome, elapsedMs };
    this.later(0, () => this.say({ kind: 'partEnded', id: folder.id }));
  }

  private processGone(folder: Folder): void {
    if (folder.alive) this.options.observer.processEnded(folder.id);
    folder.alive = false;
  }

  private bury(agent: AgentState, id: PartId): void {
    this.folders.delete(partKey(id));
    if (this.without === 'tombstones') agent.tombstones.delete(partKey(id));
    else this.tombstones.add(partKey(id));
  }

  private sendReport(agent: AgentState, count: number): void {
    this.later(ANSWER_DEADLINE_MS, () => this.tell(agent, { kind: 'reportFailed', count }));
    this.options.send({
      generation: agent.generation,
      epoch: agent.epoch,
      sequence: { incarnation: agent.incarnation, count },
      sentAtMs: timeMs(this.now()),
      facts: { ...this.options.facts, bootId: `${this.name}-${this.boots}` },
      telemetry: NO_TELEMETRY,
      parts: [...agent.parts.values()].map((part) => {
        const { id, stage } = part;
        const end = this.folders.get(partKey(id))?.end;
        return reported(id, stage, end, this.now());
      }),
    });
  }

  private onHost(id: PartId, action: (folder: Folder) => void): void {
    const folder = this.folders.get(partKey(id));
    if (folder) action(folder);
  }

  private later(milliseconds: number, action: () => void): void {
    this.options.agenda.at(this.now() + milliseconds, action);
  }

  private now(): number {
    return this.options.agenda.nowMs();
  }
}
