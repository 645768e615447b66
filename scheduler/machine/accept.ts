/** Input -> facts, or a refusal. Nothing is recorded before all that could be refused was checked. */
import { requestKey } from '../model/cluster.ts';
import type { Answer } from '../model/effect.ts';
import type { JobId } from '../model/ids.ts';
import type { Input } from '../model/input.ts';
import { acceptJobCommand } from './acceptJobCommand.ts';
import { acceptReconfigure } from './acceptReconfigure.ts';
import { acceptReport } from './acceptReport.ts';
import { acceptReservation } from './acceptReservation.ts';
import { acceptCreateSchedule, acceptScheduleCommand } from './acceptSchedule.ts';
import { acceptSuspension } from './acceptSuspension.ts';
import { acceptUpdate } from './acceptUpdate.ts';
import { checkDependency, finishedTasks } from './dependencyCheck.ts';
import { passed, settle, tellDependents } from './finish.ts';
import { existing } from './invariantError.ts';
import { refuseUse } from './permission.ts';
import { refuseReservation } from './reservationUse.ts';
import { wake } from './wake.ts';
import { isSameRequest, refuseRequest, submitJob } from './submission.ts';
import type { Turn } from './turn.ts';
import { refuseWish } from './valueCheck.ts';

export function accept(turn: Turn, input: Input): Answer | undefined {
  switch (input.kind) {
    case 'submit':
      return acceptSubmit(turn, input);
    case 'cancel':
    case 'hold':
    case 'release':
    case 'requeue':
      return acceptJobCommand(turn, input);
    case 'suspend':
    case 'resumeJob':
      return acceptSuspension(turn, input);
    case 'update':
      return acceptUpdate(turn, input);
    case 'drain':
    case 'resume':
      return acceptNodeCommand(turn, input);
    case 'createSchedule':
      return acceptCreateSchedule(turn, input);
    case 'pauseSchedule':
    case 'resumeSchedule':
    case 'removeSchedule':
    case 'runSchedule':
      return acceptScheduleCommand(turn, input);
    case 'createReservation':
    case 'updateReservation':
    case 'removeReservation':
      return acceptReservation(turn, input);
    case 'reconfigure':
      return acceptReconfigure(turn, input);
    case 'nodeReported':
      return acceptReport(turn, input);
    case 'restarted':
      turn.record({ kind: 'schedulerStarted' });
      wake(turn);
      return undefined;
    case 'woken':
      wake(turn);
      return undefined;
  }
}

function acceptSubmit(turn: Turn, input: Extract<Input, { kind: 'submit' }>): Answer {
  const { by, requestId, request } = input;
  const known = turn.view.requests.get(requestKey(by.user, requestId));
  const job = known === undefined ? undefined : turn.view.jobs.get(known);
  if (job) {
    if (isSameRequest(job.request, request)) {
      return { kind: 'submitted', job: job.id, repeated: true };
    }
    return { kind: 'refused', refusal: { code: 'requestReused', requestId } };
  }
  const refusal =
    refuseRequest(turn.view, request) ??
    refuseWish(request, { by, atMs: turn.atMs }) ??
    refuseReservation(turn.view, request, { user: by.user, atMs: turn.atMs });
  if (refusal) return { kind: 'refused', refusal };
  const asked = { request, user: by.user, parents: input.parents ?? [] };
  const barred = refuseUse(turn.view, asked);
  if (barred) return { kind: 'refused', refusal: barred };
  const checked = checkDependency(turn.view, asked);
  if (checked.kind === 'refused') return checked;
  const { waitsFor, fromMs } = checked;
  const over = finishedTasks(turn.view, asked);
  const said = { user: by.user, requestId, request, schedule: undefined, curve: input.curve };
  const id = submitJob(turn, { ...said, waitsFor, fromMs });
  if (over) startFinished(turn, id, over);
  return { kind: 'submitted', job: id, repeated: false };
}

/** Tasks whose counterparts are over already are settled at once. */
function startFinished(
  turn: Turn,
  id: JobId,
  over: NonNullable<ReturnType<typeof finishedTasks>>,
): void {
  const job = existing(turn.view.jobs.get(id), `job ${id}`);
  const { parent: family, completed, failed } = over;
  for (const [how, tasks] of [
    ['completed', completed],
    ['failed', failed],
  ] as const) {
    const one = { ...passed(job, how, tasks), family };
    if (tasks.length > 0) tellDependents(turn, settle(turn, id, one));
  }
}

function acceptNodeCommand(turn: Turn, input: Input & { kind: 'drain' | 'resume' }): Answer {
  const { by, kind, node, why } = input;
  if (by.role === 'user') {
    return { kind: 'refused', refusal: { code: 'notAllowed', verb: kind, role: by.role } };
  }
  const known = turn.view.nodes.get(node);
  if (!known) return { kind: 'refused', refusal: { code: 'noSuchNode', node } };
  if (kind === 'drain') {
    const again = known.drains.some((drain) => drain.by === by.user && drain.why === why);
    if (!again) turn.record({ kind: 'nodeDrained', node, by: by.user, why });
  } else if (known.drains.length > 0) turn.record({ kind: 'nodeResumed', node, by: by.user });
  return { kind: 'done', jobs: [] };
}
