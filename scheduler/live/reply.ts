import { encodeMessage, type MessageType, pibatch } from '../../proto/codec.ts';
import type { Answer } from '../model/effect.ts';
import type { Refusal } from '../model/refusal.ts';

/** Answers to users: a Reply that holds a refusal or the encoded message of the verb. */
export function bodyReply<Properties extends object, Message>(
  type: MessageType<Properties, Message>,
  value: NoInfer<Properties>,
): Uint8Array {
  return encodeMessage(pibatch.Reply, { body: encodeMessage(type, value) });
}

export const refusalReply = (refusal: Refusal): Uint8Array =>
  encodeMessage(pibatch.Reply, { refusal: refusalMessage(refusal) });

export function refusalMessage(refusal: Refusal): pibatch.Refusal.$Properties {
  const { code, ...details } = refusal;
  return { code, detailsJson: JSON.stringify(details) };
}

export function answerReply(answer: Answer, cluster: string): Uint8Array {
  switch (answer.kind) {
    case 'submitted':
      return bodyReply(pibatch.Submitted, {
        job: answer.job,
        repeated: answer.repeated,
        cluster,
      });
    case 'done':
      return bodyReply(pibatch.Done, { jobs: [...answer.jobs] });
    case 'scheduled':
      return bodyReply(pibatch.Scheduled, {
        name: answer.name,
        ...(answer.nextMs !== undefined && { nextMs: answer.nextMs }),
      });
    case 'reserved':
      return bodyReply(pibatch.Reserved, {
        name: answer.name,
        nodes: [...answer.nodes],
        ...(answer.startMs !== undefined && { startMs: answer.startMs }),
      });
    case 'reconfigured':
      return bodyReply(pibatch.Reconfigured, {
        changes: answer.changes.map(({ path, before, after }) => ({
          path,
          ...(before !== undefined && { before: JSON.stringify(before) }),
          ...(after !== undefined && { after: JSON.stringify(after) }),
        })),
      });
    case 'refused':
      return refusalReply(answer.refusal);
  }
}
