/** Questions of `pibatch` itself to the scheduler, over the user's connection. */
import { type Bus, connectBus } from '../../proto/bus.ts';
import { decodeMessage, encodeMessage, type MessageType, pibatch } from '../../proto/codec.ts';
import { readConnection } from '../../proto/connection.ts';
import { refusalSentence } from '../format/refusal.ts';
import { askPatiently } from '../patience.ts';
import { readRefusal } from '../refusalCodec.ts';
import { userSubject, type UserVerb } from '../../proto/subjects.ts';

/** The scheduler said no. */
export class QuestionRefusedError extends Error {
  override readonly name = 'QuestionRefusedError';
  constructor(sentence: string, options?: ErrorOptions) {
    super(`the scheduler refused: ${sentence}`, options);
  }
}

export class ClusterQuestions {
  private readonly bus: Bus;
  private readonly user: string;

  private constructor(bus: Bus, user: string) {
    this.bus = bus;
    this.user = user;
  }

  /** Returns at once; questions wait for the broker. Throws ConnectionError. */
  static async connect(connectionPath: string): Promise<ClusterQuestions> {
    const connection = readConnection(connectionPath);
    const bus = await connectBus({
      connection,
      name: 'pibatch',
      waitForBroker: true,
      onTrouble: () => undefined,
    });
    return new ClusterQuestions(bus, connection.principal.name);
  }

  /** Throws QuestionRefusedError and the errors of Bus.request. */
  async ask<Properties extends object, Request, Answer>(
    verb: UserVerb,
    question: readonly [MessageType<Properties, Request>, NoInfer<Properties>],
    answer: MessageType<never, Answer>,
    deadlineMs: number,
  ): Promise<Answer> {
    const options = { deadlineMs, retry: true, attemptMs: 2000 };
    const data = encodeMessage(question[0], question[1]);
    const send = async (): Promise<pibatch.Reply> =>
      decodeMessage(
        pibatch.Reply,
        await this.bus.request(userSubject(this.user, verb), data, options),
      );
    const reply = await askPatiently(send, () => undefined);
    if (reply.refusal) throw new QuestionRefusedError(sentenceOf(reply.refusal));
    return decodeMessage(answer, reply.body ?? new Uint8Array());
  }

  async close(): Promise<void> {
    await this.bus.close();
  }
}

function sentenceOf({ code, detailsJson }: pibatch.Refusal.$Properties): string {
  const refusal = readRefusal(code ?? '', detailsJson ?? '');
  return refusal ? refusalSentence(refusal) : (code ?? 'without a reason');
}
