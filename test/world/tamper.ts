/**
 * How a rule is left out on the scheduler's side without a switch in the product: reports are
 * renumbered or forged, orders withheld, attempts renamed. With no rule left out it does nothing.
 */
import { attemptOf } from '../../scheduler/machine/attempt.ts';
import type { Effect } from '../../scheduler/model/effect.ts';
import type { NodeName, PartId } from '../../scheduler/model/ids.ts';
import { partKey } from '../../scheduler/model/ids.ts';
import type { NodeReport, ReportedPart } from '../../scheduler/model/input.ts';
import type { PartOutcome } from '../../scheduler/model/outcome.ts';
import { timeMs } from '../../scheduler/model/time.ts';
import { NOTHING_LEFT } from './reportedPart.ts';
import type { Rule } from './rule.ts';
import type { Unsent } from './unsent.ts';
import type { WorldScheduler } from './worldScheduler.ts';

export type Order = Extract<Effect, { kind: 'launchPart' | 'wirePart' | 'setTerms' | 'endPart' }>;
export const isOrder = (effect: Effect): effect is Order =>
  ['launchPart', 'wirePart', 'setTerms', 'endPart'].includes(effect.kind);

export class Tamper {
  private readonly scheduler: WorldScheduler;
  private readonly without: Rule | undefined;
  private arrivals = 0;

  constructor(scheduler: WorldScheduler, without: Rule | undefined) {
    this.scheduler = scheduler;
    this.without = without;
  }

  /** sequence: reports are believed in the order in which they come. attempt: see orderedId. */
  heard(report: NodeReport): NodeReport {
    if (this.without === 'sequence') {
      this.arrivals += 1;
      return { ...report, sequence: { incarnation: 1_000_000, count: this.arrivals } };
    }
    if (this.without !== 'attempt') return report;
    return { ...report, parts: report.parts.map((part) => ({ ...part, id: this.now(part.id) })) };
  }

  private now(id: PartId): PartId {
    const attempt = attemptOf(this.scheduler.view.jobs.get(id.job));
    return attempt ? { ...id, attempt: attempt.number } : id;
  }

  answer(
    answer: Extract<Effect, { kind: 'answerNode' }>,
    report: NodeReport,
  ): Extract<Effect, { kind: 'answerNode' }> {
    if (this.without !== 'attempt' || answer.acknowledged.length === 0) return answer;
    const ended = report.parts.filter(({ stage }) => stage === 'ended').map(({ id }) => id);
    return { ...answer, acknowledged: ended };
  }

  /** attempt: to the nodes every attempt is the first. */
  orderedId(id: PartId): PartId {
    return this.without === 'attempt' ? { ...id, attempt: 1 } : id;
  }

  /** gang: the peers of a bad part are left alone. */
  isSent(order: Order): boolean {
    return !(this.without === 'gang' && this.endingOf(order) === 'partFailed');
  }

  /** release, allOver: an order to end a part counts as its end. */
  released(order: Order): readonly Unsent[] {
    const ending = this.endingOf(order);
    const ordered = ending === 'cancelled' || ending === 'requeued';
    const forged =
      (this.without === 'release' && ordered) ||
      (this.without === 'allOver' && ending !== undefined && !ordered);
    if (!forged || order.kind !== 'endPart') return [];
    return this.forge(order.node, order.part, { kind: 'killed' });
  }

  /** launching: what a report lacks is lost, also if it was never there. */
  missing(node: NodeName, report: NodeReport): readonly Unsent[] {
    if (this.without !== 'launching') return [];
    const said = new Set(report.parts.map(({ id }) => partKey(id)));
    const held = this.scheduler.view.lookup.holdings.get(node)?.parts ?? new Map();
    for (const [key, id] of held) {
      if (!said.has(key)) return this.forge(node, id, { kind: 'nodeFailed' });
    }
    return [];
  }

  private endingOf(order: Order): string | undefined {
    if (order.kind !== 'endPart') return undefined;
    return attemptOf(this.scheduler.view.jobs.get(order.part.job))?.ending?.kind;
  }

  /** A report in the node's name that says what it said last, and that this part is over. */
  private forge(node: NodeName, over: PartId, outcome: PartOutcome): readonly Unsent[] {
    const { view, generation } = this.scheduler;
    const known = view.nodes.get(node);
    if (!known?.heard) return [];
    const { incarnation, count } = known.heard.sequence;
    this.arrivals += 1;
    const parts = [...(view.lookup.holdings.get(node)?.parts.values() ?? [])].map(
      (id): ReportedPart => {
        if (partKey(id) !== partKey(over)) return this.asBefore(id);
        const end = { ...NOTHING_LEFT, outcome, elapsedMs: 0 };
        return { id, stage: 'ended', endedMs: timeMs(0), end };
      },
    );
    const report: NodeReport = {
      generation,
      epoch: known.epoch,
      sequence: { incarnation, count: count + this.arrivals / 1_000_000 },
      sentAtMs: timeMs(0),
      facts: known.facts,
      telemetry: known.heard.telemetry,
      parts,
    };
    return [{ kind: 'nodeReported', replyTo: 0, node, report }];
  }

  private asBefore(id: PartId): ReportedPart {
    const state = attemptOf(this.scheduler.view.jobs.get(id.job))?.parts[id.part]?.state;
    if (state?.kind !== 'running') return { id, stage: 'accepted' };
    const { startedMs, listens } = state;
    return { id, stage: 'running', startedMs, listens, wired: true, progress: undefined };
  }
}
