/** Input -> facts, or a refusal. Nothing is recorded before all that could be refused was checked. */
import { requestKey } from '../model/cluster.ts';
import type { Answer } from '../model/effect.ts';
import type { Input } from '../model/input.ts';
import { acceptJobCommand } from './acceptJobCommand.ts';
import { acceptReport } from './acceptReport.ts';
import { acceptCreateSchedule, acceptScheduleCommand } from './acceptSchedule.ts';
import { wake } from './wake.ts';
import { refuseRequest, submitJob } from './submission.ts';
import type { Turn } from './turn.ts';

export function accept(turn: Turn, input: Input): Answer | undefined {
  switch (input.kind) {
    case 'submit':
      return acceptSubmit(turn, input);
    case 'cancel':
    case 'hold':
    case 'release':
    case 'requeue':
      return acceptJobCommand(turn, input);
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
    if (JSON.stringify(job.request) === JSON.stringify(request)) {
      return { kind: 'submitted', job: job.id, repeated: true };
    }
    return { kind: 'refused', refusal: { code: 'requestReused', requestId } };
  }
  const refusal = refuseRequest(turn.view, request);
  if (refusal) return { kind: 'refused', refusal };
  const id = submitJob(turn, { user: by.user, requestId, request, schedule: undefined });
  return { kind: 'submitted', job: id, repeated: false };
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
