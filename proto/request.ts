/**
 * One request over a link that may come and go. Contract: ends by its deadline; with `retry` it is
 * sent again after silence, loss of the link or absence of the service, so it must be idempotent.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { ErrorCode, type Msg, NatsError } from 'nats';
import {
  BusClosedError,
  BusForbiddenError,
  BusTimeoutError,
  NoSuchServiceError,
} from './busError.ts';
import type { Link } from './link.ts';

export type RequestOptions = {
  readonly deadlineMs: number;
  /** Silence after which it is sent again; 3 s unless told. */
  readonly attemptMs?: number;
  /** Only for requests that are safe to repeat. */
  readonly retry: boolean;
  /** With `retry`: how long "nobody listens" is waited out; up to the deadline unless told. */
  readonly absenceMs?: number;
};

const DEFAULT_ATTEMPT_MS = 3000;
const ABSENCE_PAUSE_MS = 100;
/** A dying connection may refuse for a moment before it counts as closed. */
const LOSS_PAUSE_MS = 20;

export async function exchange(
  link: Link,
  message: { readonly subject: string; readonly data: Uint8Array },
  options: RequestOptions,
): Promise<Msg> {
  const startedMs = performance.now();
  const elapsedMs = (): number => performance.now() - startedMs;
  const { subject } = message;
  const { deadlineMs, retry } = options;
  const absenceMs = retry ? Math.min(options.absenceMs ?? deadlineMs, deadlineMs) : 0;
  let outcome: Outcome = { kind: 'lost' };
  for (let sent = 0; ; ) {
    const leftMs = deadlineMs - elapsedMs();
    const connection = leftMs > 0 ? await link.connected(leftMs) : undefined;
    if (link.closed) throw new BusClosedError();
    if (!connection || (sent > 0 && !retry)) break;
    const attemptMs = Math.min(options.attemptMs ?? DEFAULT_ATTEMPT_MS, deadlineMs - elapsedMs());
    if (attemptMs < 1) break;
    sent += 1;
    outcome = await attempt(connection, message, attemptMs);
    if (link.closed) throw new BusClosedError();
    if (outcome.kind === 'answered') return outcome.answer;
    if (outcome.kind === 'forbidden') throw new BusForbiddenError(subject);
    if (outcome.kind === 'absent') {
      if (elapsedMs() + ABSENCE_PAUSE_MS >= absenceMs) throw new NoSuchServiceError(subject);
      await sleep(ABSENCE_PAUSE_MS);
    } else if (outcome.kind === 'lost') await sleep(LOSS_PAUSE_MS);
  }
  if (outcome.kind === 'absent') throw new NoSuchServiceError(subject);
  throw new BusTimeoutError({ subject, deadlineMs, brokerAway: link.current === undefined });
}

type Outcome =
  | { readonly kind: 'answered'; readonly answer: Msg }
  | { readonly kind: 'silent' | 'lost' | 'absent' | 'forbidden' };

async function attempt(
  connection: { request: (s: string, d: Uint8Array, o: { timeout: number }) => Promise<Msg> },
  message: { readonly subject: string; readonly data: Uint8Array },
  attemptMs: number,
): Promise<Outcome> {
  try {
    const answer = await connection.request(message.subject, message.data, { timeout: attemptMs });
    return { kind: 'answered', answer };
  } catch (error) {
    if (!(error instanceof NatsError)) throw error;
    if (error.code === ErrorCode.NoResponders) return { kind: 'absent' };
    if (error.code === ErrorCode.PermissionsViolation) return { kind: 'forbidden' };
    // Everything else is the end of this connection, as nats names it today.
    return { kind: error.code === ErrorCode.Timeout ? 'silent' : 'lost' };
  }
}
