/**
 * A node's complete inventory. Facts that are new are recorded; what the node holds too much
 * is ended, what it lacks is launched again or lost (docs/protocol.md).
 */
import type { Answer } from '../model/effect.ts';
import type { PartId } from '../model/ids.ts';
import { partKey } from '../model/ids.ts';
import type { Input, NodeReport, ReportedPart } from '../model/input.ts';
import type { Node } from '../model/node.ts';
import type { Part, ReportSequence } from '../model/part.ts';
import { timeMs } from '../model/time.ts';
import { offered } from '../policy/offer.ts';
import { hearSuspension } from './acceptSuspension.ts';
import { attemptOf, endPart, endPartWithout } from './attempt.ts';
import { hearCheckpoint } from './checkpoint.ts';
import { forgetStray } from './checkpointFiles.ts';
import { existing } from './invariantError.ts';
import { fenceNode, isGivenUp, nodeDeadline, returnNode } from './nodeWatch.ts';
import { endOrder, endOrders, termsOrders, wireOrders } from './orders.ts';
import { accountNode, hearFoundEnd, hearSeen, outcomeOf } from './restore.ts';
import { yieldNode } from './scavenging.ts';
import type { Turn } from './turn.ts';
import { reportIntervals } from './reportIntervals.ts';

type NodeReported = Extract<Input, { kind: 'nodeReported' }>;

export function acceptReport(turn: Turn, said: NodeReported): Answer | undefined {
  const facts = offered(turn.view.settings, said.node, said.report.facts);
  const report = { ...said.report, facts };
  const input = { ...said, report };
  const { generation } = turn.view;
  if (report.generation > generation) {
    const given = report.generation;
    const refusal = { code: 'stale', what: 'generation', given, current: generation } as const;
    return { kind: 'refused', refusal };
  }
  // It has not heard of the restore: it says first what the backup cannot know.
  const older = report.generation < generation;
  const fence = (!older || !turn.view.nodes.has(said.node)) && mustFence(turn, input);
  if (older) hearSeen(turn, said.node, report.seen ?? []);
  else if (!fence && isNewer(report.sequence, heardSequence(turn, input))) hear(turn, input);
  answer(turn, input, { fence, older });
  return undefined;
}

const heardSequence = (turn: Turn, input: NodeReported): ReportSequence | undefined =>
  turn.view.nodes.get(input.node)?.heard?.sequence;

export const isNewer = (a: ReportSequence, b: ReportSequence | undefined): boolean =>
  b === undefined ||
  a.incarnation > b.incarnation ||
  (a.incarnation === b.incarnation && a.count > b.count);

/** Whether the node speaks of an epoch that is over: it must end what it holds and adopt ours. */
function mustFence(turn: Turn, input: NodeReported): boolean {
  const { report, node: name } = input;
  const node = turn.view.nodes.get(name);
  if (!node) {
    const epoch = report.epoch + 1;
    turn.record({ kind: 'nodeJoined', node: name, facts: report.facts, epoch });
    return true;
  }
  if (report.epoch < node.epoch) return true;
  if (report.epoch > node.epoch) {
    fenceNode(turn, name, report.epoch + 1, 'it knows a later epoch: the database was restored');
    return true;
  }
  if (report.facts.bootId === node.facts.bootId) return false;
  if (!isNewer(report.sequence, node.heard?.sequence) && !isGivenUp(turn.view, node, turn.atMs)) {
    return true;
  }
  if (node.health.kind !== 'down') turn.record({ kind: 'nodeWentDown', node: name });
  fenceNode(turn, name, node.epoch + 1, 'rebooted');
  turn.record({ kind: 'nodeChanged', node: name, facts: report.facts });
  return true;
}

function hear(turn: Turn, { node: name, report }: NodeReported): void {
  const node = existing(turn.view.nodes.get(name), `node ${name}`);
  const { sequence, telemetry, facts } = report;
  if (JSON.stringify(facts) !== JSON.stringify(node.facts)) {
    turn.record({ kind: 'nodeChanged', node: name, facts });
  }
  const firstWord = !node.heard;
  turn.record({ kind: 'nodeHeard', node: name, heard: { atMs: turn.atMs, sequence, telemetry } });
  if (node.health.kind !== 'up') returnNode(turn, name);
  for (const part of report.parts) hearPart(turn, node, part, report);
  missParts(turn, node, report);
  accountNode(turn, name, report);
  yieldNode(turn, name);
  if (!firstWord && node.health.kind === 'up') return;
  turn.wantPlan();
  const atMs = nodeDeadline(turn.view, name);
  if (atMs !== undefined) turn.tell({ kind: 'wakeAt', atMs });
}

function hearPart(turn: Turn, node: Node, part: ReportedPart, report: NodeReport): void {
  const { id } = part;
  const { sequence: seen } = report;
  const open = openPart(turn, node, id);
  if (!open) {
    forgetStray(turn, id, part.checkpoint);
    if (part.stage !== 'ended') turn.tell(endOrder(id, node.name, 'this part is over'));
    else hearFoundEnd(turn, part);
    return;
  }
  hearCheckpoint(turn, id, part.checkpoint);
  if (part.stage === 'ended') {
    endPart(turn, id, { ...part.end, outcome: outcomeOf(turn.view, id, part.end.outcome) });
    return;
  }
  const launching = open.state.kind === 'launching';
  if (part.stage === 'accepted') {
    if (open.state.kind === 'launching' && !open.state.accepted) {
      turn.record({ kind: 'partAccepted', part: id });
    }
  } else if (launching) {
    const { listens } = part;
    // The node's wall clock may be wrong by days; how long ago something was it knows.
    const agoMs = Math.max(0, report.sentAtMs - part.startedMs);
    const earliestMs = launchedMs(turn, id, turn.atMs);
    const startedMs = timeMs(Math.min(turn.atMs, Math.max(turn.atMs - agoMs, earliestMs)));
    turn.record({ kind: 'partStarted', part: id, startedMs, seen, listens });
  }
  if (part.stage === 'running' && part.terms)
    hearSuspension(turn, id, part.terms.suspended ?? false);
  const job = turn.view.jobs.get(id.job);
  if (!job) return;
  for (const order of endOrders(job, id.part)) turn.tell(order);
  if (part.stage !== 'running') return;
  const known = part.terms && { part: id.part, known: part.terms };
  for (const order of known ? termsOrders(job, known) : []) turn.tell(order);
  if (launching) return;
  if (part.wired) {
    const isNews = open.state.kind === 'running' && open.state.listens && !open.state.wiredMs;
    if (isNews) turn.record({ kind: 'partWired', part: id });
    return;
  }
  for (const order of wireOrders(job, id.part)) turn.tell(order);
}

/** No part starts before its launch. */
const launchedMs = (turn: Turn, id: PartId, otherwise: number): number =>
  attemptOf(turn.view.jobs.get(id.job))?.startedMs ?? otherwise;

function openPart(turn: Turn, node: Node, id: PartId): Part | undefined {
  const holding = turn.view.lookup.holdings.get(node.name);
  if (!holding?.parts.has(partKey(id))) return undefined;
  return attemptOf(turn.view.jobs.get(id.job))?.parts[id.part];
}

/** A running part that a later inventory lacks is lost; a launching one never is. */
function missParts(turn: Turn, node: Node, report: NodeReport): void {
  const holding = existing(turn.view.lookup.holdings.get(node.name), `node ${node.name}`);
  if (holding.parts.size === 0) return;
  const reported = new Set(report.parts.map(({ id }) => partKey(id)));
  for (const [key, id] of holding.parts) {
    if (reported.has(key)) continue;
    const job = turn.view.jobs.get(id.job);
    const state = attemptOf(job)?.parts[id.part]?.state;
    if (state?.kind === 'running' && isNewer(report.sequence, state.seen)) {
      endPartWithout(turn, id, { kind: 'lost' });
    } else if (job) for (const order of endOrders(job, id.part)) turn.tell(order);
  }
}

function answer(
  turn: Turn,
  { node, report, replyTo }: NodeReported,
  { fence, older }: { readonly fence: boolean; readonly older: boolean },
): void {
  const { epoch } = existing(turn.view.nodes.get(node), `node ${node}`);
  const { leaseMs } = turn.view.settings;
  const { heartbeatMs, spreadMs } = reportIntervals(turn.view);
  const open = turn.view.lookup.holdings.get(node)?.parts;
  const acknowledged = report.parts.flatMap(({ id, stage }) =>
    !older && stage === 'ended' && !open?.has(partKey(id)) ? [id] : [],
  );
  turn.tell({
    kind: 'answerNode',
    replyTo,
    node,
    epoch,
    fence,
    leaseMs: fence || older ? 0 : leaseMs,
    acknowledged,
    heartbeatMs,
    spreadMs,
  });
}
