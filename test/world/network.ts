/**
 * The broker and the wires: messages are lost, late, doubled and reordered, nodes are cut off
 * in one or both directions, or clogged. Every delivery is one line of the trace.
 */
import type { Agenda } from '../../scheduler/sim/agenda.ts';
import type { Random } from '../../scheduler/sim/random.ts';
import type { Conditions, Way } from './faults.ts';
import { CALM } from './faults.ts';

/** `end`: a node's name, or undefined for a user. */
export type Route = { readonly end: string | undefined; readonly way: Way; readonly what: string };

const LATEST_STRAGGLER_MS = 120_000;

export class Network {
  faultCount = 0;
  private readonly agenda: Agenda;
  private readonly random: Random;
  private readonly trace: (line: string) => void;
  private conditions: Conditions;
  private readonly cuts = new Map<string, number>();
  private readonly clogs = new Map<string, number>();
  private brokerUpMs = 0;
  private extraMs: (route: Route) => number = () => 0;
  /** Counts the broker's lives: what an earlier one carried is gone. */
  private era = 0;

  constructor(parts: {
    readonly agenda: Agenda;
    readonly random: Random;
    readonly conditions: Conditions;
    readonly trace: (line: string) => void;
  }) {
    this.agenda = parts.agenda;
    this.random = parts.random;
    this.conditions = parts.conditions;
    this.trace = parts.trace;
  }

  /** For directed worlds: how much later than others some messages come. */
  holdBack(extraMs: (route: Route) => number): void {
    this.extraMs = extraMs;
  }

  heal(): void {
    this.extraMs = () => 0;
    this.conditions = CALM;
    this.cuts.clear();
    this.clogs.clear();
    this.brokerUpMs = 0;
  }

  cut(end: string, way: Way | 'both', forMs: number): void {
    for (const one of way === 'both' ? (['up', 'down'] as const) : [way]) {
      this.cuts.set(`${end} ${one}`, this.agenda.nowMs() + forMs);
    }
  }

  clog(end: string, forMs: number): void {
    this.clogs.set(end, this.agenda.nowMs() + forMs);
  }

  crashBroker(downMs: number): void {
    this.era += 1;
    this.brokerUpMs = this.agenda.nowMs() + downMs;
  }

  send(route: Route, arrive: () => void): void {
    const { random, conditions } = this;
    const copies = random.chance(conditions.duplication) ? 2 : 1;
    this.faultCount += copies - 1;
    if (this.agenda.nowMs() < this.brokerUpMs) return;
    for (let copy = 0; copy < copies; copy += 1) {
      if (random.chance(conditions.loss)) this.faultCount += 1;
      else this.carry(route, arrive);
    }
  }

  private carry(route: Route, arrive: () => void): void {
    const { era } = this;
    const free = this.clogs.get(route.end ?? '') ?? 0;
    const leavesMs = Math.max(this.agenda.nowMs(), free);
    this.agenda.at(leavesMs + this.delayMs() + this.extraMs(route), () => {
      if (era !== this.era || this.isCut(route)) return;
      this.trace(`${this.agenda.nowMs()} ${route.end ?? 'user'} ${route.way} ${route.what}`);
      arrive();
    });
  }

  private delayMs(): number {
    const { random, conditions } = this;
    if (random.chance(conditions.stragglers)) return random.whole(1_000, LATEST_STRAGGLER_MS);
    return random.whole(1, conditions.maxDelayMs);
  }

  private isCut({ end, way }: Route): boolean {
    return this.agenda.nowMs() < (this.cuts.get(`${end} ${way}`) ?? 0);
  }
}
