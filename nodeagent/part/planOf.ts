import type { pibatch } from '../../proto/codec.ts';
import { BadMessageError } from '../../proto/codec.ts';
import { askedVariables } from './askedVariables.ts';
import type { PartPlan } from '../record/partPlan.ts';
import { partPlan } from '../record/partPlan.ts';

/** Translates a launch order into the plan of its job host. Throws BadMessageError. */
export function planOf(
  order: pibatch.LaunchOrder,
  place: { readonly node: string; readonly listenHost: string },
): PartPlan {
  const { spec, id } = order;
  const part = id?.part ?? 0;
  if (!spec || !id) throw new BadMessageError('a launch order without its part or its job');
  if (order.parts[part]?.node !== place.node)
    throw new BadMessageError(`part ${part} of a launch order is not for ${place.node}`);
  return partPlan(
    {
      id: { job: id.job, attempt: id.attempt, part },
      node: place.node,
      user: order.user,
      cluster: order.clusterName,
      name: spec.name,
      partition: spec.partition,
      account: spec.account,
      program: programOf(spec),
      parts: order.parts,
      cyclic: spec.wishes?.distribution === 'cyclic',
      coresPerRank: spec.coresPerRank,
      memoryPerRankBytes: spec.memoryPerRankBytes,
      timeLimitMs: spec.timeLimitMs,
      requeue: spec.requeue,
      paramsJson: spec.paramsJson,
      environment: spec.environment,
      secretHex: Buffer.from(order.secret).toString('hex'),
      submittedMs: order.submittedMs,
      startedMs: order.startedMs,
      submitDirectory: spec.submitDirectory,
      submitHost: spec.submitHost,
      arrayJob: order.arrayJob,
      arrayTask: order.arrayTask,
      restarts: order.restarts,
      asked: askedVariables(spec),
      restored: order.restored?.sequence,
      signal: spec.endSignal,
      listenHost: place.listenHost,
    },
    'launch order',
  );
}

function programOf(spec: pibatch.JobSpec.$Properties): unknown {
  if (spec.kernel) return { kind: 'kernel', file: spec.kernel.file ?? '' };
  if (spec.command) return { kind: 'command', args: spec.command.args ?? [] };
  if (spec.script) return { kind: 'script', args: spec.script.args ?? [] };
  throw new BadMessageError('a launch order without a program');
}
