import { decodeMessage, pibatch } from '../../proto/codec.ts';
import type { UserVerb } from '../../proto/subjects.ts';
import type { Settings } from '../model/cluster.ts';
import { jobId, nodeName, requestId, scheduleName, userName } from '../model/ids.ts';
import type { Principal, Untimed } from '../model/input.ts';
import { withDefaults } from '../policy/access.ts';
import { SettingsError } from './configuration/settingsError.ts';
import * as check from './fieldCheck.ts';
import { jobChanges } from './jobChanges.ts';
import { jobRequest } from './jobRequest.ts';
import type { QueryVerb } from './query.ts';
import { reservationChange, reservationName, reservationOrder } from './reservationMessage.ts';
import { scheduleRule } from './scheduleRow.ts';

/** A user's order as an input of the machine. */
export type CommandVerb = Exclude<UserVerb, QueryVerb | 'prune'>;

/** Room for the list of parts in a launch order of 256 KiB. */
const MOST_SUBMIT_BYTES = 192 * 1024;

/** Throws RefusedError naming the field, BadMessageError. */
export function userInput(
  ask: {
    readonly by: Principal;
    readonly verb: CommandVerb;
    readonly data: Uint8Array;
    readonly replyTo: number;
  },
  configuration: Configuration,
): Untimed {
  const { verb, data, ...from } = ask;
  switch (verb) {
    case 'submit':
      return submitInput(from, data, configuration.inForce);
    case 'reconfigure':
      return reconfigureInput(from, configuration);
    case 'cancel': {
      const wire = decodeMessage(pibatch.JobCommand, data);
      const signal = check.optionalInteger('signal', wire.signal, { least: 1, most: 64 });
      return { kind: verb, ...from, target: target(wire), signal };
    }
    case 'hold':
    case 'release':
    case 'requeue':
    case 'suspend':
    case 'resumeJob':
      return { kind: verb, ...from, target: target(decodeMessage(pibatch.JobCommand, data)) };
    case 'update': {
      const wire = decodeMessage(pibatch.UpdateJob, data);
      const changes = jobChanges(wire, configuration.inForce);
      return { kind: verb, ...from, target: target(wire), changes };
    }
    case 'drain':
    case 'resume': {
      const wire = decodeMessage(pibatch.NodeCommand, data);
      const node = nodeName(check.line('node', wire.node, 64));
      return { kind: verb, ...from, node, why: check.line('why', wire.why, 512) };
    }
    case 'createReservation':
      return {
        kind: verb,
        ...from,
        order: reservationOrder(decodeMessage(pibatch.ReserveNodes, data)),
      };
    case 'updateReservation': {
      const wire = decodeMessage(pibatch.ReserveNodes, data);
      const [name, change] = [reservationName(wire), reservationChange(wire)];
      return { kind: verb, ...from, name, change, ignoreJobs: wire.ignoreJobs ?? false };
    }
    case 'removeReservation': {
      const wire = decodeMessage(pibatch.RemoveReservation, data);
      return { kind: verb, ...from, name: reservationName(wire) };
    }
    case 'pauseSchedule':
    case 'resumeSchedule':
    case 'removeSchedule':
    case 'runSchedule': {
      const wire = decodeMessage(pibatch.ScheduleCommand, data);
      const owner = userName(check.line('user', wire.user, 64) || from.by.user);
      return { kind: verb, ...from, owner, name: scheduleName(check.line('name', wire.name, 128)) };
    }
  }
}

/** What applies now, and what the file says now. */
export type Configuration = { readonly inForce: Settings; readFile(): Settings };

/** Only who may put it in force learns what is wrong with the file. */
function reconfigureInput(
  from: { readonly by: Principal; readonly replyTo: number },
  { readFile }: Configuration,
): Untimed {
  const { role } = from.by;
  if (role === 'user')
    throw new check.RefusedError({ code: 'notAllowed', verb: 'reconfigure', role });
  try {
    return { kind: 'reconfigure', ...from, settings: readFile() };
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    throw new check.RefusedError({ code: 'badConfiguration', faults: error.message });
  }
}

function submitInput(
  from: { readonly by: Principal; readonly replyTo: number },
  data: Uint8Array,
  settings: Settings,
): Untimed {
  if (data.length > MOST_SUBMIT_BYTES)
    check.refuse(
      'job',
      `${data.length} bytes`,
      `at most ${MOST_SUBMIT_BYTES} bytes; ship as input`,
    );
  const wire = decodeMessage(pibatch.Submit, data);
  const id = check.matching(
    'request id',
    wire.requestId,
    /^[A-Za-z0-9._:-]{1,128}$/,
    '1 to 128 of A-Z a-z 0-9 . _ : -',
  );
  const { user } = from.by;
  const named = { account: Boolean(wire.spec?.account) };
  const request = withDefaults(settings, { user, request: jobRequest(wire.spec, settings) }, named);
  const common = { ...from, requestId: requestId(id), request };
  if (!wire.schedule) return { kind: 'submit', ...common };
  const rule = scheduleRule(wire.schedule);
  return { kind: 'createSchedule', ...common, name: scheduleName(request.name), rule };
}

function target(wire: Pick<pibatch.JobCommand.$Properties, 'job' | 'task'>) {
  const job = check.integer('job', wire.job, { least: 1, most: Number.MAX_SAFE_INTEGER });
  const task = check.optionalInteger('task', wire.task, { least: 0, most: 0xffff_ffff });
  return { job: jobId(job), task };
}
