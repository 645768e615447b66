import { recover } from '../machine/recover.ts';
import { type Cluster, requestKey } from '../model/cluster.ts';
import type { Effect } from '../model/effect.ts';
import type { Event } from '../model/event.ts';
import { type Input, type Untimed, withCurves, withParents } from '../model/input.ts';
import type { TimeMs } from '../model/time.ts';
import type { Clock } from './clock.ts';
import type { History } from './history.ts';
import type { Journal } from './journal.ts';
import { isDiskFull } from './journalError.ts';
import { type Lane, Lanes, type Waiting } from './lanes.ts';
import { Presence } from './presence.ts';
import { answerAtStandstill } from './standstill.ts';
import { Upkeep } from './upkeep.ts';

/** The machine as the loop uses it: `scheduler/machine/step.ts`. */
export type Step = (
  cluster: Cluster,
  input: Input,
) => { readonly events: readonly Event[]; readonly effects: readonly Effect[] };

export type LoopParts = {
  readonly cluster: Cluster;
  readonly step: Step;
  readonly journal: Journal;
  readonly history: History;
  readonly clock: Clock;
  /** Performs effects that are committed. */
  perform(effects: readonly Effect[], atMs: TimeMs): void;
  /** The cluster is again what is on disk: nothing of the last batch happened. */
  recall(): void;
  /** The disk is full, or has room again. */
  stands(still: boolean): void;
  /** The journal or the machine is broken: nothing of the batch was acknowledged; end the process. */
  fail(error: unknown): void;
};

/** Inputs in one transaction at most, and questions answered between two. */
const BATCH_INPUTS = 256;
const TURN_QUERIES = 32;
/** Questions that took so long are enough for one turn. */
const TURN_QUERY_MS = 25;
/** When idle, a snapshot is taken after this many events; when busy, after the second number. */
const SNAPSHOT_IDLE_EVENTS = 5_000;
const SNAPSHOT_BUSY_EVENTS = 50_000;
const IDLE_AFTER_MS = 50;
/** How often a full disk is tried again. */
const ROOM_AGAIN_MS = 1_000;

export type QuestionLane = 'query' | 'spareQuery';
type Work = { readonly input: Untimed } | { readonly query: () => void };

/**
 * One loop, one writer: drain what waits -> step each -> one transaction -> effects. Nothing
 * leaves before the commit that holds it. Between two batches the event loop gets its turn, so
 * messages that arrive during a slow commit share the next one.
 */
export class Loop {
  readonly #parts: LoopParts;
  readonly #upkeep: Upkeep;
  readonly #lanes = new Lanes<Work>();
  #scheduled: NodeJS.Immediate | undefined;
  #idle: NodeJS.Timeout | undefined;
  #stopped = false;
  /** The disk is full: nothing is recorded, and nothing is promised. */
  #still = false;
  #again: NodeJS.Timeout | undefined;
  readonly #presence = new Presence();
  #counters = { turns: 0, inputs: 0, dropped: 0, longestTurnMs: 0 };

  constructor(parts: LoopParts) {
    this.#parts = parts;
    this.#upkeep = new Upkeep(parts);
  }

  get counters() {
    return { ...this.#counters, waiting: this.#lanes.length };
  }

  /** Whether an input or question of this sender would be dropped now. */
  isFull(lane: Lane, sender: string): boolean {
    return this.#stopped || this.#lanes.isFull(lane, sender);
  }

  /** False when too much waits: the input was dropped, and its sender will repeat it. */
  offer(lane: Exclude<Lane, QuestionLane>, sender: string, input: Untimed): boolean {
    return this.#put(lane, { sender, item: { input } });
  }

  /** A question, run between batches when nothing more urgent waits. */
  ask(lane: QuestionLane, sender: string, query: () => void): boolean {
    return this.#put(lane, { sender, item: { query } });
  }

  /** Works off what waits, then takes nothing more. */
  stop(): void {
    while (!this.#stopped && this.#lanes.length > 0) this.#turn();
    this.#stopped = true;
    clearImmediate(this.#scheduled);
    clearTimeout(this.#idle);
    clearTimeout(this.#again);
  }

  #put(lane: Lane, waiting: Waiting<Work>): boolean {
    if (lane !== 'report') this.#presence.heard(waiting.sender, performance.now());
    if (this.#stopped || !this.#lanes.put(lane, waiting)) {
      this.#counters.dropped += 1;
      return false;
    }
    this.#schedule();
    return true;
  }

  #schedule(): void {
    if (this.#stopped || this.#scheduled) return;
    clearTimeout(this.#idle);
    this.#scheduled = setImmediate(() => {
      this.#scheduled = undefined;
      this.#turn();
      if (this.#lanes.length > 0) this.#schedule();
      else this.#idle = setTimeout(() => this.#maintain(SNAPSHOT_IDLE_EVENTS), IDLE_AFTER_MS);
    });
  }

  #turn(): void {
    const began = performance.now();
    try {
      if (this.#still) this.#refuse();
      else this.#batch();
      if (this.#stopped) return;
      this.#answer();
      if (this.#parts.journal.counters.eventsSinceSnapshot > SNAPSHOT_BUSY_EVENTS)
        this.#maintain(SNAPSHOT_BUSY_EVENTS);
    } catch (error) {
      this.#failed(error);
    }
    this.#counters.turns += 1;
    this.#counters.longestTurnMs = Math.max(
      this.#counters.longestTurnMs,
      Math.ceil(performance.now() - began),
    );
  }

  #answer(): void {
    const untilMs = performance.now() + TURN_QUERY_MS;
    const { queries } = this.#presence.spare(performance.now());
    for (let answered = 0; answered < TURN_QUERIES && performance.now() < untilMs; answered++) {
      const [waiting] = this.#lanes.take(['query'], 1);
      const [spare] = waiting || answered >= queries ? [] : this.#lanes.take(['spareQuery'], 1);
      const next = waiting ?? spare;
      if (!next) return;
      if ('query' in next.item) next.item.query();
    }
  }

  #batch(): void {
    const { cluster, step, journal, clock, perform } = this.#parts;
    const inputs = this.#takeInputs();
    if (inputs.length === 0) return;
    const { atMs, jumped } = clock.read();
    const events: Event[] = [];
    const effects: Effect[] = [];
    const run = (input: Input): void => {
      const outcome = step(cluster, input);
      events.push(...outcome.events);
      effects.push(...outcome.effects);
    };
    // After a forward jump of the wall clock every node would seem silent: grant a new start.
    if (jumped) run({ kind: 'restarted', atMs });
    for (const input of inputs) {
      const repeated = this.#repeatedSubmit(input);
      if (repeated) effects.push(repeated);
      else run(this.#informed({ ...input, atMs }, events));
    }
    journal.commit(events);
    this.#counters.inputs += inputs.length;
    perform(
      effects.map((effect) => this.#withHistory(effect, inputs)),
      atMs,
    );
  }

  /**
   * A job that waits for others is told how those ended that have left memory, a moldable one how
   * long its like ran; ends of this batch are committed first, so that the history knows them.
   */
  #informed(input: Input, events: Event[]): Input {
    const { journal, history } = this.#parts;
    const settled = (): History => {
      const ends = events.some(({ kind }) => kind === 'jobFinished');
      if (ends) journal.commit(events.splice(0));
      return history;
    };
    const parents = withParents(input, (dependency) => settled().finishedParents(dependency));
    const schedules = this.#parts.cluster.schedules.values();
    return withCurves(parents, schedules, (user, request) => settled().curve(user, request));
  }

  /** Two submits of one request never share a batch: the second must see the first committed. */
  #takeInputs(): Untimed[] {
    const inputs: Untimed[] = [];
    const seen = new Set<string>();
    const later: Waiting<Work>[] = [];
    const urgent = this.#lanes.take(['report', 'cancel', 'submit'], BATCH_INPUTS);
    const spare = this.#lanes.take(
      ['spare'],
      Math.max(0, this.#presence.spare(performance.now()).inputs - urgent.length),
    );
    for (const waiting of [...urgent, ...spare]) {
      if (!('input' in waiting.item)) continue;
      const { input } = waiting.item;
      if (input.kind === 'submit') {
        const key = requestKey(input.by.user, input.requestId);
        if (seen.has(key)) {
          later.push(waiting);
          continue;
        }
        seen.add(key);
      }
      inputs.push(input);
    }
    for (const waiting of later.toReversed()) this.#lanes.putBack('submit', waiting);
    return inputs;
  }

  /** The machine knows the requests of live jobs; those of finished ones are in the history. */
  #repeatedSubmit(input: Untimed): Effect | undefined {
    if (input.kind !== 'submit') return undefined;
    const { user } = input.by;
    if (this.#parts.cluster.requests.has(requestKey(user, input.requestId))) return undefined;
    const job = this.#parts.history.jobOfRequest(user, input.requestId);
    if (job === undefined) return undefined;
    const answer = { kind: 'submitted', job, repeated: true } as const;
    return { kind: 'reply', replyTo: input.replyTo, answer };
  }

  /** The machine forgets finished jobs; the history knows how they ended. */
  #withHistory(effect: Effect, inputs: readonly Untimed[]): Effect {
    if (effect.kind !== 'reply' || effect.answer.kind !== 'refused') return effect;
    const { refusal } = effect.answer;
    if (refusal.code !== 'jobFinished') return effect;
    const input = inputs.find((each) => 'replyTo' in each && each.replyTo === effect.replyTo);
    const task = input && 'target' in input ? input.target.task : undefined;
    const finished = this.#parts.history.finalState(refusal.job, task);
    return { ...effect, answer: { kind: 'refused', refusal: { ...refusal, ...finished } } };
  }

  #maintain(afterEvents: number): void {
    if (this.#stopped || this.#still) return;
    try {
      if (this.#upkeep.run(afterEvents))
        this.#idle = setTimeout(() => this.#maintain(SNAPSHOT_IDLE_EVENTS), IDLE_AFTER_MS);
    } catch (error) {
      this.#failed(error);
    }
  }

  #failed(error: unknown): void {
    try {
      if (!isDiskFull(error)) throw error;
      this.#parts.recall();
      if (!this.#still) this.#parts.stands(true);
      this.#still = true;
      clearTimeout(this.#again);
      this.#again = setTimeout(() => this.#goOn(), ROOM_AGAIN_MS);
    } catch (broken) {
      this.#stopped = true;
      this.#parts.fail(broken);
    }
  }

  /** As after a restart: what was owed is said again, and nobody is judged by the time between. */
  #goOn(): void {
    const { journal, cluster, clock, perform, stands } = this.#parts;
    try {
      if (!journal.hasRoom()) {
        this.#again = setTimeout(() => this.#goOn(), ROOM_AGAIN_MS);
        return;
      }
      this.#still = false;
      stands(false);
      perform(recover(cluster), clock.now());
      this.offer('report', '.disk', { kind: 'restarted' });
    } catch (error) {
      this.#failed(error);
    }
  }

  #refuse(): void {
    const { cluster, clock, perform } = this.#parts;
    const answers = this.#takeInputs().flatMap(
      (input) => this.#repeatedSubmit(input) ?? answerAtStandstill(cluster, input) ?? [],
    );
    perform(answers, clock.now());
  }
}
