import type { Bus } from '../../proto/bus.ts';
import { encodeMessage, MessageTooLargeError, pibatch } from '../../proto/codec.ts';
import { feedSubject, orderSubject } from '../../proto/subjects.ts';
import type { Effect } from '../model/effect.ts';
import type { TimeMs } from '../model/time.ts';
import type { Alarm } from './alarm.ts';
import type { BlobRemover } from './blobRemover.ts';
import { launchOrder } from './launchOrder.ts';
import { attemptSecret } from './secret.ts';
import type { Tickets } from './tickets.ts';

export type OutletParts = {
  readonly bus: Pick<Bus, 'publish'>;
  readonly remover: BlobRemover;
  readonly tickets: Tickets;
  readonly alarm: Alarm;
  readonly clusterName: string;
  readonly generation: number;
  readonly secret: Uint8Array;
  /** An order that cannot be sent; the machine will give the launch up. */
  readonly onTrouble: (problem: string) => void;
};

/**
 * Effects -> orders, answers, feed and alarm; called after the commit that holds their events.
 * Orders are hints: what is lost while the broker is away is sent again by the machine.
 */
export function performEffects(parts: OutletParts, effects: readonly Effect[], atMs: TimeMs): void {
  for (const effect of effects) {
    try {
      perform(parts, effect, atMs);
    } catch (error) {
      if (!(error instanceof MessageTooLargeError)) throw error;
      parts.onTrouble(`${effect.kind}: ${error.message}`);
    }
  }
}

function perform(parts: OutletParts, effect: Effect, atMs: TimeMs): void {
  const { bus, generation } = parts;
  switch (effect.kind) {
    case 'launchPart': {
      const secret = attemptSecret(parts.secret, { generation, id: effect.part });
      const facts = { generation, name: parts.clusterName, secret };
      const order = launchOrder(effect.part, effect.launch, facts);
      const subject = orderSubject(effect.launch.part.node, 'launch');
      return bus.publish(subject, encodeMessage(pibatch.LaunchOrder, order));
    }
    case 'wirePart':
      return bus.publish(
        orderSubject(effect.node, 'wire'),
        encodeMessage(pibatch.WireOrder, {
          generation,
          id: effect.part,
          peers: effect.peers.map((peer) => ({ ...peer })),
        }),
      );
    case 'setTerms':
      return bus.publish(
        orderSubject(effect.node, 'terms'),
        encodeMessage(pibatch.TermsOrder, {
          generation,
          id: effect.part,
          terms: { ...effect.terms, suspended: effect.terms.suspended ?? false },
        }),
      );
    case 'endPart':
      return bus.publish(
        orderSubject(effect.node, 'end'),
        encodeMessage(pibatch.EndOrder, {
          generation,
          id: effect.part,
          ...(effect.signal !== undefined && { signal: effect.signal }),
          why: effect.why,
          ...(effect.graceMs !== undefined && { graceMs: effect.graceMs }),
        }),
      );
    case 'answerNode':
    case 'reply':
      return parts.tickets.answer(effect);
    case 'announceJob':
      return bus.publish(
        feedSubject(effect.user, effect.job),
        encodeMessage(pibatch.JobNews, { job: effect.job, state: effect.state }),
      );
    case 'forgetFiles':
      return parts.remover.remove(effect.sha256s);
    case 'wakeAt':
      return parts.alarm.set(effect.atMs, atMs);
  }
}
