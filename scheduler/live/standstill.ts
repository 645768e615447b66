import { reportIntervals } from '../machine/reportIntervals.ts';
import { type Cluster, requestKey } from '../model/cluster.ts';
import type { Effect } from '../model/effect.ts';
import type { Input, Untimed } from '../model/input.ts';

/**
 * What is said while nothing can be recorded: orders are refused, nodes keep their leases so that
 * running jobs go on, and no end is acknowledged. Undefined: nothing is said.
 */
export function answerAtStandstill(cluster: Cluster, input: Untimed): Effect | undefined {
  if (input.kind === 'nodeReported') return leaseOnly(cluster, input);
  if (!('replyTo' in input)) return undefined;
  const { replyTo } = input;
  if (input.kind === 'submit') {
    const job = cluster.requests.get(requestKey(input.by.user, input.requestId));
    if (job !== undefined)
      return { kind: 'reply', replyTo, answer: { kind: 'submitted', job, repeated: true } };
  }
  const refusal = { code: 'diskFull' } as const;
  return { kind: 'reply', replyTo, answer: { kind: 'refused', refusal } };
}

/** Only for a node that is as the journal knows it: whoever else needs an answer waits for it. */
function leaseOnly(
  cluster: Cluster,
  { node: name, replyTo, report }: Untimed<Extract<Input, { kind: 'nodeReported' }>>,
): Effect | undefined {
  const { nodes, generation, settings } = cluster;
  const node = nodes.get(name);
  const isKnown =
    node?.epoch === report.epoch &&
    report.generation === generation &&
    report.facts.bootId === node.facts.bootId;
  if (!isKnown) return undefined;
  const { heartbeatMs, spreadMs } = reportIntervals(cluster);
  return {
    kind: 'answerNode',
    replyTo,
    node: name,
    epoch: node.epoch,
    fence: false,
    leaseMs: settings.leaseMs,
    acknowledged: [],
    heartbeatMs,
    spreadMs,
  };
}
