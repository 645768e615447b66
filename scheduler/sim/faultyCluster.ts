/**
 * A whole cluster in virtual time with everything that goes wrong: messages are lost,
 * doubled and late, agents, nodes and the scheduler die and return. Same seed, same run.
 */
import type { Settings } from '../model/cluster.ts';
import { requestKey } from '../model/cluster.ts';
import type { Effect } from '../model/effect.ts';
import type { Event } from '../model/event.ts';
import type { Input, NodeReport } from '../model/input.ts';
import type { NodeFacts } from '../model/node.ts';
import { requestId } from '../model/ids.ts';
import { timeMs } from '../model/time.ts';
import type { Agenda } from './agenda.ts';
import { createAgenda } from './agenda.ts';
import type { Faults } from './faults.ts';
import { NO_FAULTS } from './faults.ts';
import type { Observer } from './observer.ts';
import { createObserver } from './observer.ts';
import type { Random } from './random.ts';
import { SimulatedNode } from './simulatedNode.ts';
import type { SimulatedNodeOptions, WorldNode } from './simulatedNode.ts';
import { SimulatedScheduler } from './simulatedScheduler.ts';

export type FaultyClusterOptions = {
  readonly settings: Settings;
  readonly facts: readonly NodeFacts[];
  readonly random: Random;
  readonly faults: Faults;
  readonly runtimeOf: SimulatedNodeOptions['runtimeOf'];
  readonly checkEvery: number;
  /** Another node than SimulatedNode: test/world has one around the real agent. */
  createNode?(options: SimulatedNodeOptions): WorldNode;
  /** Rules that the network or the scheduler's disk break on purpose. */
  readonly withoutRule?: string | undefined;
};

/** Events that a scheduler without durable commits loses when it dies. */
const UNSAVED_EVENTS = 6;

const START_MS = Date.UTC(2026, 0, 1);

/** Distributes Omit over the union. */
type Unsent = Input extends infer One ? (One extends Input ? Omit<One, 'atMs'> : never) : never;

export class FaultyCluster {
  readonly agenda: Agenda = createAgenda(START_MS);
  readonly observer: Observer = createObserver();
  readonly scheduler: SimulatedScheduler;
  private readonly options: FaultyClusterOptions;
  private readonly nodes: readonly WorldNode[];
  /** Jobs that were acknowledged to users, by request id. */
  readonly acknowledged = new Map<string, Set<number>>();
  /** Faults that happened so far. */
  faultCount = 0;
  private readonly waiting = new Map<number, (effect: Effect) => void>();
  private readonly cutOff = new Set<string>();
  private faults: Faults;
  private schedulerUp = true;
  private tickets = 0;
  private arrivals = 0;
  private wakeMs = Infinity;

  constructor(options: FaultyClusterOptions) {
    this.options = options;
    this.faults = options.faults;
    this.scheduler = new SimulatedScheduler(options.settings, options.checkEvery);
    this.nodes = options.facts.map((facts) => this.createNode(facts));
    for (const node of this.nodes) this.agenda.at(START_MS, () => node.startAgent());
    this.breakThings();
  }

  get journal(): readonly Event[] {
    return this.scheduler.journal;
  }

  run(milliseconds: number): void {
    const untilMs = this.agenda.nowMs() + milliseconds;
    this.agenda.at(untilMs, () => undefined);
    while (this.agenda.next(untilMs));
  }

  /** Nothing breaks any more, and what is broken comes back. */
  heal(): void {
    this.faults = NO_FAULTS;
    this.cutOff.clear();
    if (!this.schedulerUp) this.startScheduler();
    for (const node of this.nodes) {
      node.restorePower();
      node.startAgent();
    }
  }

  /** A user's request over the network, repeated every two seconds until it is answered. */
  request(input: Unsent): void {
    let answered = false;
    let attempts = 0;
    const attempt = (): void => {
      if (answered) return;
      attempts += 1;
      const sent = this.sentAs(input, attempts);
      this.travel(undefined, () => {
        this.ask(sent, (effect) =>
          this.travel(undefined, () => {
            answered = true;
            this.rememberAnswer(input, effect);
          }),
        );
      });
      this.agenda.at(this.agenda.nowMs() + 2_000, attempt);
    };
    attempt();
  }

  /** Without request ids every repeat is a request of its own. */
  private sentAs(input: Unsent, attempt: number): Unsent {
    if (this.options.withoutRule !== 'requestId' || input.kind !== 'submit') return input;
    return { ...input, requestId: requestId(`${input.requestId}-${attempt}`) };
  }

  private rememberAnswer(input: Unsent, effect: Effect): void {
    if (input.kind !== 'submit' || effect.kind !== 'reply') return;
    if (effect.answer.kind !== 'submitted') return;
    const jobs = this.acknowledged.get(input.requestId) ?? new Set<number>();
    this.acknowledged.set(input.requestId, jobs.add(effect.answer.job));
  }

  private createNode(facts: NodeFacts): WorldNode {
    const { random, settings, runtimeOf } = this.options;
    const create =
      this.options.createNode ?? ((options: SimulatedNodeOptions) => new SimulatedNode(options));
    const node: WorldNode = create({
      name: facts.hostName,
      facts,
      agenda: this.agenda,
      observer: this.observer,
      random,
      heartbeatMs: settings.heartbeatMs,
      killMs: settings.killMarginMs / 4,
      runtimeOf,
      send: (report) => this.travel(facts.hostName, () => this.hearNode(node, report)),
    });
    return node;
  }

  private hearNode(node: WorldNode, sent: NodeReport): void {
    const report = this.options.withoutRule === 'sequence' ? this.renumbered(sent) : sent;
    this.ask({ kind: 'nodeReported', replyTo: 0, node: node.nodeName, report }, (effect) => {
      if (effect.kind !== 'answerNode') return;
      this.travel(node.name, () => node.answered(effect, sent));
    });
  }

  /** Without sequences the scheduler believes reports in the order in which they come. */
  private renumbered(report: NodeReport): NodeReport {
    this.arrivals += 1;
    return { ...report, sequence: { incarnation: 1_000_000, count: this.arrivals } };
  }

  private ask(input: Unsent, answer: (effect: Effect) => void): void {
    if (!this.schedulerUp) return;
    this.tickets += 1;
    const repeated = this.repeatedSubmit(input);
    if (repeated) return answer(repeated);
    this.waiting.set(this.tickets, answer);
    this.feed({ ...input, replyTo: this.tickets } as Unsent);
    this.waiting.delete(this.tickets);
  }

  /** Like the live loop: the request of a job that has left the machine is found on disk. */
  private repeatedSubmit(input: Unsent): Effect | undefined {
    if (input.kind !== 'submit') return undefined;
    const key = requestKey(input.by.user, input.requestId);
    if (this.scheduler.view.requests.has(key)) return undefined;
    const job = this.scheduler.jobOfRequest(key);
    if (job === undefined) return undefined;
    const answer = { kind: 'submitted', job, repeated: true } as const;
    return { kind: 'reply', replyTo: this.tickets, answer };
  }

  private feed(input: Unsent): void {
    if (!this.schedulerUp) return;
    const atMs = timeMs(this.agenda.nowMs());
    this.perform(this.scheduler.step({ ...input, atMs } as Input));
  }

  private perform(effects: readonly Effect[]): void {
    for (const effect of effects) {
      if (effect.kind === 'wakeAt') this.wakeAt(effect.atMs);
      else if (effect.kind === 'reply' || effect.kind === 'answerNode') {
        this.waiting.get(effect.replyTo)?.(effect);
      } else if (effect.kind !== 'announceJob') this.order(effect);
    }
  }

  /** Like the live alarm: only the earliest wake-up counts, the next is asked for when it comes. */
  private wakeAt(atMs: number): void {
    if (atMs >= this.wakeMs) return;
    this.wakeMs = atMs;
    this.agenda.at(atMs, () => {
      if (this.wakeMs !== atMs) return;
      this.wakeMs = Infinity;
      this.feed({ kind: 'woken' });
    });
  }

  private order(effect: Extract<Effect, { kind: 'launchPart' | 'wirePart' | 'endPart' }>): void {
    const name = effect.kind === 'launchPart' ? effect.launch.part.node : effect.node;
    const node = this.nodes.find((one) => one.name === name);
    this.travel(name, () => {
      if (effect.kind === 'launchPart') node?.launch(effect.launch, effect.part);
      else if (effect.kind === 'wirePart') node?.wire(effect.part);
      else node?.endPart(effect.part, effect.signal);
    });
  }

  /** A message to or from a node (undefined: a user) is lost, late or doubled. */
  private travel(node: string | undefined, arrive: () => void): void {
    const { random } = this.options;
    const copies = random.chance(this.faults.duplication) ? 2 : 1;
    this.faultCount += copies - 1;
    for (let copy = 0; copy < copies; copy += 1) {
      if (random.chance(this.faults.loss)) {
        this.faultCount += 1;
        continue;
      }
      const delayMs = random.whole(1, this.faults.maxDelayMs);
      this.agenda.at(this.agenda.nowMs() + delayMs, () => {
        if (node === undefined || !this.cutOff.has(node)) arrive();
      });
    }
  }

  private breakThings(): void {
    const { random } = this.options;
    this.every(this.faults.schedulerCrashMs, () => {
      this.schedulerUp = false;
      if (this.options.withoutRule === 'commit') this.scheduler.loseEvents(UNSAVED_EVENTS);
      this.later(random.whole(100, 40_000), () => this.startScheduler());
    });
    this.every(this.faults.agentCrashMs, () => {
      const node = random.pick(this.nodes);
      node?.killAgent();
      this.later(random.whole(100, 30_000), () => node?.startAgent());
    });
    this.every(this.faults.powerCutMs, () => {
      const node = random.pick(this.nodes);
      node?.cutPower();
      this.later(random.whole(5_000, 200_000), () => node?.restorePower());
    });
    this.every(this.faults.partitionMs, () => {
      const name = random.pick(this.nodes)?.name ?? '';
      this.cutOff.add(name);
      this.later(random.whole(1_000, 150_000), () => this.cutOff.delete(name));
    });
  }

  private startScheduler(): void {
    if (this.schedulerUp) return;
    this.schedulerUp = true;
    this.wakeMs = Infinity;
    this.perform(this.scheduler.restart());
    this.feed({ kind: 'restarted' });
  }

  private every(meanMs: number, fault: () => void): void {
    if (meanMs === Infinity) return;
    const gapMs = this.options.random.whole(1, 2 * meanMs);
    this.later(gapMs, () => {
      if (this.faults === NO_FAULTS) return;
      this.faultCount += 1;
      fault();
      this.every(meanMs, fault);
    });
  }

  private later(milliseconds: number, action: () => void): void {
    this.agenda.at(this.agenda.nowMs() + milliseconds, action);
  }
}
