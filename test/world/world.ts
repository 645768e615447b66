/**
 * A whole cluster in virtual time with everything that goes wrong: the real machine, the real
 * agent, and a network, disks and clocks that fail by plan. Same seed, same run.
 */
import { createHash } from 'node:crypto';
import type { Effect } from '../../scheduler/model/effect.ts';
import type { Input, NodeReport } from '../../scheduler/model/input.ts';
import { nodeName } from '../../scheduler/model/ids.ts';
import type { NodeFacts } from '../../scheduler/model/node.ts';
import type { TimeMs } from '../../scheduler/model/time.ts';
import { timeMs } from '../../scheduler/model/time.ts';
import type { Agenda } from '../../scheduler/sim/agenda.ts';
import { createAgenda } from '../../scheduler/sim/agenda.ts';
import { AgentNode } from './agentNode.ts';
import { Backups } from './backups.ts';
import { breakNode } from './breakNode.ts';
import { Clients } from './clients.ts';
import { NodeClock } from './clock.ts';
import type { Fault } from './faults.ts';
import { Network } from './network.ts';
import { Observer } from './observer.ts';
import { isOrder, type Order, Tamper } from './tamper.ts';
import type { Unsent } from './unsent.ts';
import type { WorldOptions } from './worldOptions.ts';
import type { Stepped } from './worldScheduler.ts';
import { WorldScheduler } from './worldScheduler.ts';

type Question = { readonly input: Unsent; readonly answer: (effect: Effect) => void };
type AnswerNode = Extract<Effect, { kind: 'answerNode' }>;

/** Events that a scheduler without durable commits loses when it dies. */
const UNSAVED_EVENTS = 6;
/** Longer than agents wait: answers that come late are tried too. */
const LATE_ANSWER_MS = 10_000;
const START_MS = Date.UTC(2026, 0, 1);
const DAY_MS = 86_400_000;

export class World {
  readonly agenda: Agenda = createAgenda(START_MS);
  readonly observer: Observer;
  readonly scheduler: WorldScheduler;
  readonly network: Network;
  readonly nodes: readonly AgentNode[];
  readonly clients: Clients;
  private readonly options: WorldOptions;
  private readonly tamper: Tamper;
  private readonly hash = createHash('sha256');
  private readonly waiting = new Map<number, (effect: Effect) => void>();
  private state: 'up' | 'down' | 'paused' = 'up';
  private crashPoint: 'beforeCommit' | 'afterCommit' | undefined;
  private crashDownMs = 0;
  private paused: Question[] = [];
  private readonly backups: Backups;
  private healed = false;
  private plannedFaults = 0;
  private clockAheadMs = 0;
  /** The live clock says so at its next reading. */
  private hasJumped = false;
  private tickets = 0;
  private wakeMs = Infinity;

  constructor(options: WorldOptions) {
    this.options = options;
    const { random, plan, settings, facts, without } = options;
    const trace = (line: string): void => void this.hash.update(`${line}\n`);
    this.observer = new Observer(trace);
    this.scheduler = new WorldScheduler(settings, this.observer);
    this.backups = new Backups(this.scheduler, without);
    this.tamper = new Tamper(this.scheduler, without);
    this.network = new Network({ agenda: this.agenda, random, trace, ...plan });
    this.clients = new Clients({
      network: this.network,
      without,
      ask: (input, answer) => this.ask(input, answer),
      later: (ms, action) => this.later(ms, action),
    });
    this.nodes = facts.map((one) => this.createNode(one));
    for (const node of this.nodes) this.later(0, () => node.startAgent());
    for (const fault of plan.faults) this.later(fault.afterMs, () => this.break(fault));
    this.backups.plan(plan.faults, (ms, action) => this.later(ms, action));
  }

  /** Faults that happened so far. */
  get faultCount(): number {
    return this.plannedFaults + this.network.faultCount;
  }

  /** sha256 of every delivery, process and committed event. May be asked for once. */
  traceHash(): string {
    for (const event of this.scheduler.journal) this.hash.update(JSON.stringify(event));
    return this.hash.digest('hex');
  }

  run(milliseconds: number): void {
    const untilMs = this.agenda.nowMs() + milliseconds;
    this.agenda.at(untilMs, () => undefined);
    while (this.agenda.next(untilMs));
  }

  /** Nothing breaks any more, and what is broken comes back. */
  heal(): void {
    this.healed = true;
    this.crashPoint = undefined;
    this.network.heal();
    this.resume();
    this.startScheduler();
    for (const node of this.nodes) {
      node.restorePower();
      node.startAgent();
    }
  }

  private createNode(facts: NodeFacts): AgentNode {
    const { random, settings, runtimeOf, without, plan, answerDeadlineMs } = this.options;
    const rate = 1 + (random.unit() * 2 - 1) * plan.conditions.drift;
    const wallErrorMs = plan.conditions.drift > 0 ? random.whole(-DAY_MS, DAY_MS) : 0;
    const node: AgentNode = new AgentNode({
      facts,
      clock: new NodeClock(this.agenda, { rate, wallErrorMs }),
      observer: this.observer,
      random,
      without,
      killMs: settings.killMarginMs / 4,
      answerDeadlineMs: answerDeadlineMs ?? LATE_ANSWER_MS,
      runtimeOf,
      send: (report) => this.carryReport(node, report),
    });
    return node;
  }

  private carryReport(node: AgentNode, sent: NodeReport): void {
    const { name: end } = node;
    const { incarnation, count } = sent.sequence;
    const what = `report ${incarnation}.${count}`;
    const name = nodeName(end);
    this.network.send({ end, way: 'up', what }, () => {
      const report = this.tamper.heard(sent);
      const input: Unsent = { kind: 'nodeReported', replyTo: 0, node: name, report };
      this.ask(input, (effect) => {
        if (effect.kind === 'answerNode') this.carryAnswer(node, effect, sent);
      });
      for (const forged of this.tamper.missing(name, report)) this.feed(forged);
    });
  }

  private carryAnswer(node: AgentNode, effect: AnswerNode, sent: NodeReport): void {
    const { generation } = this.scheduler;
    const answer = this.tamper.answer(effect, sent);
    this.network.send({ end: node.name, way: 'down', what: `answer ${effect.epoch}` }, () =>
      node.answered(answer, sent, generation),
    );
  }

  private ask(input: Unsent, answer: (effect: Effect) => void): void {
    if (this.state === 'paused') this.paused.push({ input, answer });
    if (this.state !== 'up') return;
    this.tickets += 1;
    const ticket = this.tickets;
    const repeated = this.scheduler.repeatedSubmit(input, ticket);
    if (repeated) return answer(repeated);
    this.waiting.set(ticket, answer);
    this.feed({ ...input, replyTo: ticket } as Unsent);
    this.waiting.delete(ticket);
  }

  /** One turn: step, commit, perform. */
  private feed(input: Unsent): void {
    if (this.state !== 'up') return;
    if (this.hasJumped) {
      this.hasJumped = false;
      this.wakeMs = Infinity;
      this.feed(this.firstInput());
    }
    const atMs = this.nowMs();
    const stepped = this.scheduler.step({ ...input, atMs } as Input);
    const point = stepped.events.length > 0 ? this.crashPoint : undefined;
    const saidTooSoon = point === 'beforeCommit' && this.options.without === 'commit';
    if (point !== 'beforeCommit') this.scheduler.commit(stepped, atMs);
    if (point === undefined || saidTooSoon) this.perform(stepped);
    if (point !== undefined) this.crashScheduler(this.crashDownMs);
  }

  private perform({ effects }: Pick<Stepped, 'effects'>): void {
    for (const effect of effects) {
      if (effect.kind === 'wakeAt') this.wakeAt(effect.atMs - this.clockAheadMs);
      else if (effect.kind === 'reply' || effect.kind === 'answerNode') {
        this.waiting.get(effect.replyTo)?.(effect);
      } else if (isOrder(effect)) this.order(effect);
    }
  }

  /** Like the live alarm: only the earliest wake-up counts, the next is asked for when it comes. */
  private wakeAt(atMs: number): void {
    if (atMs >= this.wakeMs) return;
    this.wakeMs = atMs;
    this.agenda.at(atMs, () => {
      if (this.wakeMs !== atMs) return;
      this.wakeMs = Infinity;
      if (this.state === 'paused') {
        this.paused.push({ input: { kind: 'woken' }, answer: () => undefined });
      } else this.feed({ kind: 'woken' });
    });
  }

  private order(effect: Order): void {
    if (!this.tamper.isSent(effect)) return;
    const name = effect.kind === 'launchPart' ? effect.launch.part.node : effect.node;
    const node = this.nodes.find((one) => one.name === name);
    const { generation } = this.scheduler;
    const part = this.tamper.orderedId(effect.part);
    const what = `${effect.kind} ${effect.part.job}.${effect.part.attempt}.${effect.part.part}`;
    this.network.send({ end: name, way: 'down', what }, () => {
      node?.obey(effect, part, generation);
    });
    for (const forged of this.tamper.released(effect)) this.later(0, () => this.feed(forged));
  }

  private break(fault: Fault): void {
    if (this.healed) return;
    this.plannedFaults += 1;
    switch (fault.kind) {
      case 'schedulerCrash':
        if (fault.point === 'idle') return this.crashScheduler(fault.downMs);
        this.crashDownMs = fault.downMs;
        this.crashPoint = fault.point;
        return undefined;
      case 'restore':
        this.resume();
        this.crashScheduler(fault.downMs);
        return this.backups.restore(fault, this.clients, this.nowMs());
      case 'schedulerPause':
        if (this.state !== 'up') return undefined;
        this.state = 'paused';
        return this.later(fault.forMs, () => this.resume());
      case 'clockJump':
        this.clockAheadMs += fault.byMs;
        this.hasJumped = true;
        return this.feed({ kind: 'woken' });
      case 'brokerCrash':
        return this.network.crashBroker(fault.downMs);
      default: {
        const node = this.nodes[fault.node];
        if (node)
          breakNode(fault, {
            node,
            network: this.network,
            later: (ms, act) => this.later(ms, act),
          });
      }
    }
  }

  private crashScheduler(downMs: number): void {
    if (this.state === 'down') return;
    this.state = 'down';
    this.paused = [];
    this.crashPoint = undefined;
    if (this.options.without === 'commit') this.scheduler.loseEvents(UNSAVED_EVENTS);
    this.later(downMs, () => this.startScheduler());
  }

  private resume(): void {
    if (this.state !== 'paused') return;
    this.state = 'up';
    const waiting = this.paused;
    this.paused = [];
    for (const { input, answer } of waiting) this.ask(input, answer);
  }

  private startScheduler(): void {
    if (this.state !== 'down') return;
    this.state = 'up';
    this.wakeMs = Infinity;
    this.perform({ effects: this.scheduler.restart() });
    this.feed(this.firstInput());
  }

  private nowMs(): TimeMs {
    return timeMs(this.agenda.nowMs() + this.clockAheadMs);
  }

  private firstInput(): Unsent {
    return { kind: this.options.without === 'grace' ? 'woken' : 'restarted' };
  }

  private later(milliseconds: number, action: () => void): void {
    this.agenda.at(this.agenda.nowMs() + milliseconds, action);
  }
}
