import { encodeMessage, pibatch } from '../../proto/codec.ts';
import type { Effect } from '../model/effect.ts';
import { answerReply, refusalMessage } from './reply.ts';

/** Who waits for an answer, and how it gets there. */
export type Asker = { readonly kind: 'user' | 'node'; send(bytes: Uint8Array): void };

/** More than can wait at once; beyond it the oldest have long given up. */
const MOST = 50_000;

/** `replyTo` numbers of inputs: each is answered once, after the commit. */
export class Tickets {
  readonly #askers = new Map<number, Asker>();
  readonly #facts: { readonly clusterName: string; readonly generation: number };
  #last = 0;

  constructor(facts: { readonly clusterName: string; readonly generation: number }) {
    this.#facts = facts;
  }

  issue(asker: Asker): number {
    this.#last += 1;
    this.#askers.set(this.#last, asker);
    if (this.#askers.size > MOST)
      for (const oldest of this.#askers.keys()) {
        this.#askers.delete(oldest);
        break;
      }
    return this.#last;
  }

  /** The input was dropped: nobody will answer it. */
  withdraw(ticket: number): void {
    this.#askers.delete(ticket);
  }

  answer(effect: Extract<Effect, { kind: 'reply' | 'answerNode' }>): void {
    const asker = this.#askers.get(effect.replyTo);
    if (!asker) return;
    this.#askers.delete(effect.replyTo);
    if (asker.kind === 'node') asker.send(this.#reportAnswer(effect));
    else if (effect.kind === 'reply')
      asker.send(answerReply(effect.answer, this.#facts.clusterName));
  }

  #reportAnswer(effect: Extract<Effect, { kind: 'reply' | 'answerNode' }>): Uint8Array {
    const { generation } = this.#facts;
    if (effect.kind === 'answerNode')
      return encodeMessage(pibatch.ReportAnswer, {
        generation,
        epoch: effect.epoch,
        fence: effect.fence,
        leaseMs: effect.leaseMs,
        acknowledged: [...effect.acknowledged],
        heartbeatMs: effect.heartbeatMs,
        spreadMs: effect.spreadMs,
      });
    return encodeMessage(pibatch.ReportAnswer, {
      generation,
      ...(effect.answer.kind === 'refused' && { refusal: refusalMessage(effect.answer.refusal) }),
    });
  }
}
