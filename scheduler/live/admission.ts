import type { Refusal } from '../model/refusal.ts';
import type { Lane } from './lanes.ts';
import { type Rate, RateMeter } from './rateMeter.ts';

/** What becomes of a user's message before anything is done for it. */
export type Admittance<L extends Lane = Lane> =
  | { readonly kind: 'taken'; readonly lane: L }
  | { readonly kind: 'refused'; readonly refusal: Refusal }
  /** Even refusing costs too much now: whoever asks will ask again. */
  | { readonly kind: 'dropped' };

export type AdmissionParts = {
  isFull(lane: Lane, sender: string): boolean;
  lagMs(): number;
  nowMs(): number;
  rate(): Rate;
};

/** The event loop is this late before questions, and before submits, are refused. */
const QUERY_LAG_MS = 200;
const SUBMIT_LAG_MS = 1_000;
const BUSY_MS = 1_000;
/** Refusals in a second to one user. */
const REFUSALS: Rate = { perSecond: 20, burst: 60 };
const COST_OF_ALL = 5;
const TASKS_PER_TOKEN = 100;

/**
 * Who is served when there is too much. A user's rate decides the lane, not the refusal: within it
 * requests go to the lane of their kind, beyond it to one that is served while nothing else waits.
 * So one user alone has the whole scheduler, and whoever else comes does not notice him.
 */
export class Admission {
  readonly #parts: AdmissionParts;
  readonly #requests = new RateMeter();
  readonly #refusals = new RateMeter();

  constructor(parts: AdmissionParts) {
    this.#parts = parts;
  }

  query(user: string, cost: number): Admittance<'query' | 'spareQuery'> {
    if (this.#parts.lagMs() > QUERY_LAG_MS) return this.#busy(user);
    return this.#admit(user, cost, ['query', 'spareQuery']);
  }

  submit(user: string): Admittance<'submit' | 'spare'> {
    if (this.#parts.lagMs() > SUBMIT_LAG_MS) return this.#busy(user);
    return this.#admit(user, 1, ['submit', 'spare']);
  }

  /** Whatever else changes something: never refused for the scheduler's own sake. */
  command(user: string): Admittance<'cancel' | 'spare'> {
    return this.#admit(user, 1, ['cancel', 'spare']);
  }

  /** A submit that was taken turns out to be an array. */
  tasks(user: string, tasks: number): void {
    const cost = Math.floor(tasks / TASKS_PER_TOKEN);
    if (cost > 0) this.#requests.add(user, cost, this.#now());
  }

  /** A list of jobs that was taken turns out to be of all. */
  wholeList(user: string): void {
    this.#requests.add(user, COST_OF_ALL - 1, this.#now());
  }

  #admit<L extends Lane>(user: string, cost: number, [own, spare]: readonly [L, L]): Admittance<L> {
    const lane = this.#requests.charge(user, cost, this.#now()) ? own : spare;
    if (!this.#parts.isFull(lane, user)) return { kind: 'taken', lane };
    if (lane === own) return this.#busy(user);
    const now = this.#now();
    const retryMs = Math.max(BUSY_MS, this.#requests.waitMs(user, cost, now));
    return this.#refuse(user, { code: 'tooManyRequests', ...now.rate, retryMs });
  }

  #busy(user: string): Admittance<never> {
    const retryMs = Math.max(BUSY_MS, Math.ceil(2 * this.#parts.lagMs()));
    return this.#refuse(user, { code: 'busy', retryMs });
  }

  #refuse(user: string, refusal: Refusal): Admittance<never> {
    const now = { rate: REFUSALS, atMs: this.#parts.nowMs() };
    return this.#refusals.charge(user, 1, now) ? { kind: 'refused', refusal } : { kind: 'dropped' };
  }

  #now() {
    return { rate: this.#parts.rate(), atMs: this.#parts.nowMs() };
  }
}

/** A question about everything costs more than one about a few jobs. */
export const queryCost = (aboutAll: boolean): number => (aboutAll ? COST_OF_ALL : 1);
