import { BadMessageError, decodeMessage, pibatch } from '../../proto/codec.ts';
import type { PartId } from '../../scheduler/model/ids.ts';
import { jobId } from '../../scheduler/model/ids.ts';
import type { AgentInput } from '../agent/agentInput.ts';

/** The scheduler's messages as inputs of the agent. All throw BadMessageError. */
type Of<K extends AgentInput['kind']> = Omit<Extract<AgentInput, { kind: K }>, 'atMs'>;

export function readPartId(id: pibatch.PartId.$Properties | null | undefined): PartId {
  const { job = 0, attempt = 0, part = 0 } = id ?? {};
  if (!job || !attempt) throw new BadMessageError('a message without its part');
  return { job: jobId(job), attempt, part: part ?? 0 };
}

export function readLaunch(order: pibatch.LaunchOrder): Of<'launchOrdered'> {
  const { generation, epoch } = order;
  return { kind: 'launchOrdered', generation, epoch, id: readPartId(order.id) };
}

export function readWire(bytes: Uint8Array): Of<'wireOrdered'> {
  const order = decodeMessage(pibatch.WireOrder, bytes);
  const peers = order.peers.map(({ part, host, port }) => {
    if (!host || !port) throw new BadMessageError('a peer without its address');
    return { part: part ?? 0, host, port };
  });
  return { kind: 'wireOrdered', generation: order.generation, id: readPartId(order.id), peers };
}

export function readTerms(bytes: Uint8Array): Of<'termsOrdered'> {
  const { generation, id, terms } = decodeMessage(pibatch.TermsOrder, bytes);
  if (!terms) throw new BadMessageError('an order without its terms');
  const { timeLimitMs = 0, suspended = false } = terms;
  return {
    kind: 'termsOrdered',
    generation,
    id: readPartId(id),
    terms: { timeLimitMs: timeLimitMs ?? 0, suspended: suspended ?? false },
  };
}

export function readEnd(bytes: Uint8Array): Of<'endOrdered'> {
  const { generation, id, why, ...rest } = decodeMessage(pibatch.EndOrder, bytes);
  const [signal, graceMs] = [rest.signal ?? undefined, rest.graceMs ?? undefined];
  return { kind: 'endOrdered', generation, id: readPartId(id), signal, why, graceMs };
}

export function readAnswer(
  bytes: Uint8Array,
  sent: { readonly count: number; readonly sentAtMs: number },
): Of<'reportAnswered'> {
  const answer = decodeMessage(pibatch.ReportAnswer, bytes);
  if (answer.refusal)
    throw new BadMessageError(`refused: ${answer.refusal.code} ${answer.refusal.detailsJson}`);
  return {
    kind: 'reportAnswered',
    ...sent,
    generation: answer.generation,
    epoch: answer.epoch,
    fence: answer.fence,
    leaseMs: answer.leaseMs,
    heartbeatMs: answer.heartbeatMs,
    spreadMs: answer.spreadMs,
    acknowledged: answer.acknowledged.map(readPartId),
  };
}
