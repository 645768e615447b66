/**
 * A user's session with the scheduler: requests by verb, refusals and absence turned into errors
 * that say what to do. Loads the broker's client only when a command really connects.
 */
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { Bus } from '../proto/bus.ts';
import { decodeMessage, encodeMessage, type MessageType, pibatch } from '../proto/codec.ts';
import { type Connection, readConnection } from '../proto/connection.ts';
import { NoSuchServiceError, BusTimeoutError } from '../proto/busError.ts';
import { userSubject, type UserVerb } from '../proto/subjects.ts';
import { CommandFailure, EXIT } from './failure.ts';
import { isBadInput, refusalSentence } from './format/refusal.ts';
import { askPatiently } from './patience.ts';
import { refusalOf } from './refusalCodec.ts';
import type { Refusal } from '../scheduler/model/refusal.ts';

/** The scheduler said no. */
export class RefusedError extends CommandFailure {
  readonly refusal: Refusal | undefined;

  constructor(refusal: Refusal | undefined, code: string) {
    const exitCode = refusal && isBadInput(refusal) ? EXIT.badInput : EXIT.refused;
    super(exitCode, refusal ? refusalSentence(refusal) : `refused: ${code}`);
    this.name = 'RefusedError';
    this.refusal = refusal;
  }
}

/** No answer came; `uncertain` when the request may have been carried out. */
export class NoSchedulerError extends CommandFailure {
  readonly uncertain: boolean;

  constructor(message: string, options: { readonly uncertain: boolean; readonly cause: unknown }) {
    super(EXIT.noScheduler, message, { cause: options.cause });
    this.name = 'NoSchedulerError';
    this.uncertain = options.uncertain;
  }
}

export type AskOptions = {
  /** Only what is safe to do twice is sent again after silence. */
  readonly repeatable: boolean;
  readonly deadlineMs?: number;
};

/** The rest mends itself, or ends in an error of the request it hits. */
const TOLD_TROUBLES: ReadonlySet<string> = new Set(['forbidden', 'slowConsumer', 'forgedReply']);

const DEADLINE_MS = 15_000;
/** How long "nobody listens" is waited out: a scheduler that restarts is back in a moment. */
const ABSENCE_MS = 2_000;

export class Session {
  readonly bus: Bus;
  readonly user: string;
  readonly cluster: string;
  private readonly servers: string;
  private readonly tell: (line: string) => void;

  /** `tell` is for lines of progress. */
  constructor(bus: Bus, connection: Connection, tell: (line: string) => void) {
    this.bus = bus;
    this.tell = tell;
    this.user = connection.principal.name;
    this.cluster = connection.cluster;
    this.servers = connection.servers.join(', ');
  }

  /** Errors: RefusedError, NoSchedulerError, and those of the bus. */
  async ask<Request extends object, RequestMessage, Answer extends object, AnswerMessage>(
    verb: UserVerb,
    request: readonly [MessageType<Request, RequestMessage>, NoInfer<Request>],
    answer: MessageType<Answer, AnswerMessage>,
    options: AskOptions = { repeatable: true },
  ): Promise<AnswerMessage> {
    const { refusal, body } = await askPatiently(
      () => this.send(verb, encodeMessage(...request), options),
      this.tell,
    );
    if (refusal) throw new RefusedError(refusalOf({ refusal }), refusal.code ?? '');
    return decodeMessage(answer, body ?? new Uint8Array());
  }

  private async send(
    verb: UserVerb,
    data: Uint8Array,
    { repeatable, deadlineMs = DEADLINE_MS }: AskOptions,
  ): Promise<pibatch.Reply> {
    const absenceMs = Math.min(ABSENCE_MS, deadlineMs);
    const asked = { deadlineMs, retry: repeatable, absenceMs };
    const bytes = await this.bus
      .request(userSubject(this.user, verb), data, asked)
      .catch((error: unknown) => {
        throw this.explain(error, deadlineMs);
      });
    return decodeMessage(pibatch.Reply, bytes);
  }

  async close(): Promise<void> {
    await this.bus.close();
  }

  private explain(error: unknown, deadlineMs: number): unknown {
    const where = `cluster ${this.cluster} (${this.servers})`;
    if (error instanceof NoSuchServiceError) {
      const message = `no scheduler answers on ${where}: start one with \`pibatch up\``;
      return new NoSchedulerError(message, { uncertain: false, cause: error });
    }
    if (!(error instanceof BusTimeoutError)) return error;
    const silence = error.brokerAway ? 'the broker cannot be reached' : 'it did not answer';
    const message =
      `no answer from the scheduler of ${where} in ${deadlineMs / 1000} s: ${silence}; ` +
      'try again, or look at it with `pibatch status`';
    return new NoSchedulerError(message, { uncertain: true, cause: error });
  }
}

/** `$PIBATCH_CONNECTION`, else client/connection.json of `$PIBATCH_HOME` or ~/.pibatch. */
export function connectionPath(): string {
  const { PIBATCH_CONNECTION: path, PIBATCH_HOME: home } = process.env;
  return path || join(clientFolder(home), 'connection.json');
}

/** Where commands keep what must outlive them. */
export const clientFolder = (home = process.env['PIBATCH_HOME']): string =>
  join(home || join(homedir(), '.pibatch'), 'client');

/** Connects, runs and disconnects. Errors: ConnectionError, BrokerUnreachableError, those of `use`. */
export async function withSession<T>(
  name: string,
  use: (session: Session) => Promise<T>,
): Promise<T> {
  const connection = readConnection(connectionPath());
  if (connection.principal.kind !== 'user') {
    throw new CommandFailure(
      EXIT.badInput,
      `${connectionPath()} is the connection of a ${connection.principal.kind}, not of a user; ` +
        'set PIBATCH_CONNECTION to the connection.json of a user',
    );
  }
  const { connectBus } = await import('../proto/bus.ts');
  const bus = await connectBus({
    connection,
    name,
    waitForBroker: false,
    onTrouble: ({ kind, detail }) => {
      if (TOLD_TROUBLES.has(kind)) process.stderr.write(`${name}: ${kind}: ${detail}\n`);
    },
  });
  const session = new Session(bus, connection, (line) =>
    process.stderr.write(`${name}: ${line}\n`),
  );
  try {
    return await use(session);
  } finally {
    await session.close();
  }
}
