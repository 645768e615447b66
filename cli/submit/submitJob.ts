/** Sends one job (or recurring job) and says what became of it; a lost answer never doubles it. */
import { join } from 'node:path';
import { encodeMessage, pibatch } from '../../proto/codec.ts';
import type { ScheduleRule } from '../../scheduler/model/schedule.ts';
import { clientFolder, NoSchedulerError, RefusedError, type Session } from '../session.ts';
import type { JobSpec } from './jobSpec.ts';
import { openRequest } from './requestId.ts';

export type SubmitOptions = {
  /** Stores the job's files, those that are not there. */
  readonly makeSpec: () => Promise<JobSpec>;
  readonly requestId: string | undefined;
  readonly nowMs: number;
};

export type SubmittedJob = {
  readonly job: number;
  readonly cluster: string;
  /** The scheduler knew this request already. */
  readonly repeated: boolean;
};

const DEADLINE_MS = 30_000;

/** Errors: RefusedError, NoSchedulerError. */
export async function submitJob(session: Session, options: SubmitOptions): Promise<SubmittedJob> {
  const answer = await sendOnce(session, options, undefined, pibatch.Submitted);
  const { job, cluster, repeated } = answer;
  return { job, cluster: cluster || session.cluster, repeated };
}

export type ScheduledJob = { readonly name: string; readonly nextMs: number | undefined };

/** Errors: RefusedError, NoSchedulerError. */
export async function scheduleJob(
  session: Session,
  rule: ScheduleRule,
  options: SubmitOptions,
): Promise<ScheduledJob> {
  const { name, nextMs } = await sendOnce(session, options, rule, pibatch.Scheduled);
  return { name, nextMs: nextMs ?? undefined };
}

type AnswerType<Answer> = {
  verify(message: Record<string, unknown>): string | null;
  encode: (typeof pibatch.Submitted)['encode'];
  decode(reader: Uint8Array, length?: number): Answer;
};

async function sendOnce<Answer>(
  session: Session,
  options: SubmitOptions,
  schedule: ScheduleRule | undefined,
  answer: AnswerType<Answer>,
): Promise<Answer> {
  const send = async (): Promise<Answer> =>
    sendSpec(session, { ...options, spec: await options.makeSpec() }, { schedule, answer });
  try {
    return await send();
  } catch (error) {
    // A file that was there was removed, because no job needed it, before this one was known.
    if (!(error instanceof RefusedError) || error.refusal?.code !== 'filesGone') throw error;
    return send();
  }
}

async function sendSpec<Answer>(
  session: Session,
  { spec, requestId, nowMs }: SubmitOptions & { readonly spec: JobSpec },
  { schedule, answer }: { schedule: ScheduleRule | undefined; answer: AnswerType<Answer> },
): Promise<Answer> {
  const unsigned: pibatch.Submit.$Properties = {
    requestId: '',
    spec,
    schedule: schedule ? { ...schedule } : null,
  };
  const request = openRequest({
    folder: join(clientFolder(), 'unanswered'),
    content: encodeMessage(pibatch.Submit, unsigned),
    nowMs,
    given: requestId,
  });
  try {
    const reply = await session.ask(
      'submit',
      [pibatch.Submit, { ...unsigned, requestId: request.id }],
      answer,
      { repeatable: true, deadlineMs: DEADLINE_MS },
    );
    request.answered();
    return reply;
  } catch (error) {
    if (error instanceof NoSchedulerError && error.uncertain) throw uncertain(error, request.id);
    request.answered();
    throw error;
  }
}

function uncertain(error: NoSchedulerError, id: string): NoSchedulerError {
  const message =
    `${error.message}\nit is not known whether the job was submitted; submit it again, exactly as ` +
    `before, and it will not be doubled (request ${id})`;
  return new NoSchedulerError(message, { uncertain: true, cause: error });
}
