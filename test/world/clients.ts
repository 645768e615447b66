/** Users' programs: each request is repeated under its id until it is answered. */
import type { Effect } from '../../scheduler/model/effect.ts';
import { requestId } from '../../scheduler/model/ids.ts';
import type { Network } from './network.ts';
import type { Rule } from './rule.ts';
import type { Unsent } from './unsent.ts';

export type ClientParts = {
  readonly network: Network;
  readonly without: Rule | undefined;
  ask(input: Unsent, answer: (effect: Effect) => void): void;
  later(milliseconds: number, action: () => void): void;
};

const REPEAT_MS = 2_000;

export class Clients {
  /** Jobs that were acknowledged to users, by request id. */
  readonly acknowledged = new Map<string, Set<number>>();
  /** Ids that were given out twice. */
  readonly reused: string[] = [];
  private readonly lost: ((job: number) => boolean)[] = [];
  private readonly owners = new Map<number, string>();
  private readonly parts: ClientParts;

  constructor(parts: ClientParts) {
    this.parts = parts;
  }

  request(input: Unsent): void {
    const { network, ask, later } = this.parts;
    const what = input.kind;
    let answered = false;
    let attempts = 0;
    const attempt = (): void => {
      if (answered) return;
      attempts += 1;
      const sent = this.sentAs(input, attempts);
      network.send({ end: undefined, way: 'up', what }, () =>
        ask(sent, (effect) =>
          network.send({ end: undefined, way: 'down', what }, () => {
            answered = true;
            this.rememberAnswer(input, effect);
          }),
        ),
      );
      later(REPEAT_MS, attempt);
    };
    attempt();
  }

  /** Of jobs that a restored backup does not hold. */
  forget(isLost: (job: number) => boolean): void {
    this.lost.push(isLost);
    for (const [request, jobs] of this.acknowledged) {
      for (const job of jobs) if (isLost(job)) jobs.delete(job);
      if (jobs.size === 0) this.acknowledged.delete(request);
    }
  }

  /** Without request ids every repeat is a request of its own. */
  private sentAs(input: Unsent, attempt: number): Unsent {
    if (this.parts.without !== 'requestId' || input.kind !== 'submit') return input;
    return { ...input, requestId: requestId(`${input.requestId}-${attempt}`) };
  }

  private rememberAnswer(input: Unsent, effect: Effect): void {
    if (input.kind !== 'submit' || effect.kind !== 'reply') return;
    if (effect.answer.kind !== 'submitted') return;
    const { job } = effect.answer;
    if (this.lost.some((isLost) => isLost(job))) return;
    const owner = this.owners.get(job) ?? input.requestId;
    if (owner !== input.requestId) this.reused.push(`job ${job}: ${owner}, ${input.requestId}`);
    this.owners.set(job, owner);
    const jobs = this.acknowledged.get(input.requestId) ?? new Set<number>();
    this.acknowledged.set(input.requestId, jobs.add(job));
  }
}
