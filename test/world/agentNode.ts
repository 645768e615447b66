/**
 * A node whose agent is the real one (nodeagent/agent): only its disk, its clock, its job hosts
 * and its network are simulated. Contract: docs/protocol.md, the node's half.
 */
import type { AgentEffect } from '../../nodeagent/agent/agentEffect.ts';
import type { AgentInput } from '../../nodeagent/agent/agentInput.ts';
import { type AgentState, startedAgent } from '../../nodeagent/agent/agentState.ts';
import { step } from '../../nodeagent/agent/step.ts';
import type { Effect, Launch } from '../../scheduler/model/effect.ts';
import { type PartId, partKey } from '../../scheduler/model/ids.ts';
import type { NodeReport } from '../../scheduler/model/input.ts';
import type { SeenPart } from '../../scheduler/model/restoring.ts';
import type { NodeFacts } from '../../scheduler/model/node.ts';
import type { AgentAct } from './faults.ts';
import type { Folder } from './folder.ts';
import { emptyFolder } from './folder.ts';
import type { HostParts } from './jobHosts.ts';
import { JobHosts } from './jobHosts.ts';
import { foundPart, KILLED, reportOf, seenOf } from './reportedPart.ts';
import type { Said } from './said.ts';
import type { Order } from './tamper.ts';

export type AgentNodeParts = Omit<HostParts, 'node' | 'agentLives' | 'say'> & {
  readonly facts: NodeFacts;
  readonly answerDeadlineMs: number;
  send(report: NodeReport): void;
};

/** Generation of an agent that has heard of none, as on a new disk. */
const UNKNOWN = { generation: 0, epoch: 0 };

export class AgentNode {
  private readonly parts: AgentNodeParts;
  private readonly hosts: JobHosts;
  private readonly folders = new Map<string, Folder>();
  private readonly tombstones = new Map<string, SeenPart>();
  private readonly ordered = new Map<string, Launch>();
  private readonly sent = new Map<number, number>();
  private identity = UNKNOWN;
  private incarnation = 0;
  private boots = 1;
  private powered = true;
  private agent: AgentState | undefined;
  /** What is said to a stopped agent waits for it. */
  private stopped: Said[] | undefined;
  private failpoint: { readonly act: AgentAct; readonly durable: boolean } | undefined;
  private afterDeath: () => void = () => undefined;

  constructor(parts: AgentNodeParts) {
    this.parts = parts;
    this.hosts = new JobHosts({
      ...parts,
      node: this.name,
      agentLives: () => this.agent !== undefined,
      say: (said) => this.say(said),
    });
  }

  get name(): string {
    return this.parts.facts.hostName;
  }

  /** Parts that the agent has not been told are recorded. */
  get owed(): readonly string[] {
    return [...(this.agent?.parts.keys() ?? [])];
  }

  startAgent(): void {
    if (this.agent || !this.powered) return;
    this.incarnation += 1;
    this.stopped = undefined;
    const forgets = this.parts.without === 'journal';
    const found = forgets ? [] : [...this.folders.values()];
    this.agent = startedAgent({
      ...this.identity,
      incarnation: this.incarnation,
      parts: found.map(foundPart),
      tombstones: [...this.tombstones.keys()],
    });
    for (const folder of found) this.takeUp(folder);
    this.say({ kind: 'linkChanged', up: true });
  }

  /** Hosts come back by themselves; what nobody claimed never starts. */
  private takeUp(folder: Folder): void {
    const { id } = folder;
    if (folder.end) this.say({ kind: 'partEnded', id });
    else if (folder.alive && !folder.stopped) {
      this.say({ kind: 'hostConnected', id });
      this.hosts.tellRunning(folder);
    } else if (folder.stopped) return;
    else if (this.parts.without === 'claim' && folder.launch) this.spawn(folder, folder.launch);
    else if (folder.claimed) this.hosts.end(folder, KILLED);
    else this.hosts.claimUnstarted(folder, 'the agent was restarted');
  }

  killAgent(): void {
    this.agent = undefined;
    this.failpoint = undefined;
  }

  /** SIGSTOP for a while: then it hears all at once what came meanwhile. */
  pauseAgent(milliseconds: number): void {
    const { agent } = this;
    if (!agent || this.stopped) return;
    this.stopped = [];
    this.parts.clock.later(milliseconds, () => {
      const waiting = this.stopped ?? [];
      if (this.agent !== agent) return;
      this.stopped = undefined;
      for (const said of waiting) this.say(said);
    });
  }

  armFailpoint(act: AgentAct, durable: boolean, afterDeath: () => void): void {
    this.failpoint = { act, durable };
    this.afterDeath = afterDeath;
  }

  killSomeHost(): void {
    const folder = [...this.folders.values()].find(({ alive }) => alive);
    if (folder) this.hosts.die(folder);
  }

  cutPower(options: { readonly diskLost: boolean }): void {
    if (!this.powered) return;
    this.killAgent();
    this.powered = false;
    this.boots += 1;
    for (const folder of this.folders.values()) this.hosts.gone(folder, KILLED);
    if (!options.diskLost) return;
    this.parts.observer.wiped(this.name);
    this.folders.clear();
    this.tombstones.clear();
    this.identity = UNKNOWN;
    this.incarnation = 0;
  }

  restorePower(): void {
    if (this.powered) return;
    this.powered = true;
    this.parts.clock.boot();
    this.startAgent();
  }

  obey(order: Order, id: PartId, generation: number): void {
    if (order.kind === 'launchPart') this.launch(order.launch, id, generation);
    else if (order.kind === 'endPart') this.endPart(id, order.signal, generation);
    else if (order.kind === 'wirePart')
      this.say({ kind: 'wireOrdered', generation, id, peers: [] });
    else this.say({ kind: 'termsOrdered', generation, id, terms: order.terms });
  }

  private launch(launch: Launch, id: PartId, generation: number): void {
    if (!this.agent) return;
    this.ordered.set(partKey(id), launch);
    const epoch = this.parts.without === 'epoch' ? this.agent.epoch : launch.part.epoch;
    this.say({ kind: 'launchOrdered', generation, id, epoch });
  }

  private endPart(id: PartId, signal: number | undefined, generation: number): void {
    const isKnown = this.agent?.parts.has(partKey(id)) ?? false;
    if (this.parts.without === 'neverStart' && !isKnown) return;
    this.say({ kind: 'endOrdered', generation, id, signal, why: 'ordered' });
  }

  answered(
    answer: Extract<Effect, { kind: 'answerNode' }>,
    report: NodeReport,
    generation: number,
  ): void {
    const { agent } = this;
    if (report.sequence.incarnation !== this.incarnation || !agent) return;
    if (report.facts.bootId !== this.bootId) return;
    if (this.parts.without === 'fence' && answer.epoch > agent.epoch) {
      this.perform(agent, { kind: 'adoptIdentity', generation, epoch: answer.epoch });
      agent.epoch = answer.epoch;
    }
    const { count } = report.sequence;
    const left = this.sent.get(count) ?? 0;
    const sentAtMs = this.parts.without === 'sentTime' ? this.parts.clock.monotonicMs() : left;
    this.say({ ...answer, kind: 'reportAnswered', count, sentAtMs, generation });
  }

  private get bootId(): string {
    return `${this.name}-${this.boots}`;
  }

  private say(said: Said): void {
    const { agent } = this;
    if (!agent) return;
    if (this.stopped) return void this.stopped.push(said);
    const input = { ...said, atMs: this.parts.clock.monotonicMs() } as AgentInput;
    for (const effect of step(agent, input).effects) {
      if (this.agent === agent) this.performOrDie(agent, effect);
    }
  }

  private performOrDie(agent: AgentState, effect: AgentEffect): void {
    const { failpoint } = this;
    const dies = failpoint?.act === effect.kind;
    if (!dies || failpoint?.durable) this.perform(agent, effect, dies);
    if (!dies) return;
    this.killAgent();
    this.afterDeath();
  }

  private perform(agent: AgentState, effect: AgentEffect, dies = false): void {
    switch (effect.kind) {
      case 'startPart':
        return this.accept(agent, effect.id, dies);
      case 'neverStart': {
        const folder = this.createFolder(effect.id, agent.epoch);
        return this.hosts.claimUnstarted(folder, effect.why);
      }
      case 'wirePart':
        return this.onHost(effect.id, (folder) => this.hosts.wire(folder));
      case 'endPart':
        if (effect.signal !== undefined) return undefined;
        return this.onHost(effect.id, (folder) => this.hosts.order(folder));
      case 'leasePart':
        return this.onHost(effect.id, (folder) => (folder.leaseUntilMs = effect.untilMs));
      case 'setTerms':
        return this.onHost(effect.id, (folder) => this.hosts.setTerms(folder, effect.terms));
      case 'stopHost':
      case 'continueHost':
      case 'killHost':
        return this.hosts.signal(this.folders.get(partKey(effect.id)), effect.kind);
      case 'buryPart':
        return this.bury(agent, effect.id);
      case 'adoptIdentity':
        this.identity = { generation: effect.generation, epoch: effect.epoch };
        return this.parts.observer.epochTaken(this.name, effect.epoch);
      case 'sendReport':
        return this.sendReport(agent, effect.count);
      case 'wakeAt': {
        const waitMs = effect.atMs - this.parts.clock.monotonicMs();
        return this.parts.clock.later(waitMs, () => this.tell(agent, { kind: 'woken' }));
      }
      case 'warn':
        return undefined;
    }
  }

  /** Says something to the agent that asked for it, if that one still lives. */
  private tell(agent: AgentState, said: Said): void {
    if (this.agent === agent) this.say(said);
  }

  private accept(agent: AgentState, id: PartId, dies: boolean): void {
    const launch = this.ordered.get(partKey(id));
    if (!launch) return;
    const folder = this.createFolder(id, launch.part.epoch, launch);
    folder.leaseUntilMs = agent.leaseUntilMs;
    if (!dies) this.spawn(folder, launch);
  }

  private createFolder(id: PartId, epoch: number, launch?: Launch): Folder {
    const folder = emptyFolder(id, epoch, launch);
    this.folders.set(partKey(id), folder);
    return folder;
  }

  /** A job host on its way needs no agent: whoever claims the part first decides. */
  private spawn(folder: Folder, launch: Launch): void {
    const { boots } = this;
    this.parts.clock.later(this.parts.random.whole(1, 2_000), () => {
      if (boots === this.boots) this.hosts.start(folder, launch);
    });
  }

  private bury(agent: AgentState, id: PartId): void {
    const key = partKey(id);
    const grave = { ...seenOf(id, this.folders.get(key)), buried: true };
    this.folders.delete(key);
    if (this.parts.without === 'tombstones') agent.tombstones.delete(key);
    else this.tombstones.set(key, grave);
  }

  private sendReport(agent: AgentState, count: number): void {
    const { clock, facts, without, answerDeadlineMs } = this.parts;
    this.sent.set(count, clock.monotonicMs());
    clock.later(answerDeadlineMs, () => this.tell(agent, { kind: 'reportFailed', count }));
    const { folders, tombstones, bootId } = this;
    const now = { count, wallMs: clock.wallMs(), folders, tombstones };
    this.parts.send(reportOf(agent, { ...facts, bootId }, now));
    if (without !== 'acknowledge') return;
    for (const { id, stage } of agent.parts.values()) {
      if (stage.kind !== 'ended') continue;
      agent.parts.delete(partKey(id));
      agent.tombstones.add(partKey(id));
      this.bury(agent, id);
    }
  }

  private onHost(id: PartId, action: (folder: Folder) => void): void {
    const folder = this.folders.get(partKey(id));
    if (folder) this.hosts.tell(folder, () => action(folder));
  }
}
