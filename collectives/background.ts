import { NO_ROOT } from './call.ts';
import { begin, checkArrival, collectiveReceive, start } from './group.ts';
import type { Group, Turn } from './group.ts';
import { isComplete, postReceive } from './inbound.ts';
import type { Arrival } from './inbound.ts';
import { combine, operandOf, operatorName, ownData, payloadOfOperand } from './operand.ts';
import { receivedOperand, resultOf } from './operand.ts';
import type { Operand } from './operand.ts';
import type { Operator } from './operators.ts';
import { hasLeft } from './outbound.ts';
import type { PendingSend } from './outbound.ts';
import type { Request } from './pointToPoint.ts';
import type { ReduceArguments } from './reduce.ts';
import { waitFor } from './waiting.ts';
import { noRepeats } from './shared/repeat.ts';

/**
 * Collectives that go on while the rank does something else: a generator that yields where the
 * blocking form would wait. Every blocking call of the rank moves all of them. They have a
 * context of their own in which messages are told apart by epoch, so several may be under way.
 */
export type Background = Iterator<void, void>;

/** The bit that marks the background messages of the communicator whose id is the rest. */
const BACKGROUND_BIT = 2 ** 27;

/** Reduce to rank 0 and broadcast along binomial trees: 2 ceil(log2 n) steps. */
export function iallreduce(group: Group, args: ReduceArguments): Request<unknown> {
  const { operator } = args;
  const operand = operandOf('allreduce', { ...args, rank: group.rank });
  ownData(operand);
  const background = (group.background ??= backgroundOf(group));
  const turn = begin(background, {
    collective: 'allreduce',
    type: operand.type,
    operator: operatorName(operator),
    count: operand.count,
    root: NO_ROOT,
  });
  const stage: Stage = { turn, needs: [] };
  return launch(stage, allreduceSteps(stage, operator, operand), () => resultOf(operand));
}

function backgroundOf(group: Group): Group {
  const { endpoint, rank, members } = group;
  const id = group.id | BACKGROUND_BIT;
  return { endpoint, rank, members, id, epoch: 0, team: undefined, repeats: noRepeats() };
}

/** Where a background call stands: the world ranks that its next step needs. */
type Stage = { readonly turn: Turn; needs: readonly number[] };

function launch<T>(stage: Stage, steps: Background, result: () => T): Request<T> {
  const { endpoint } = stage.turn.group;
  let done = false;
  let failure: unknown;
  const guarded: Background = {
    next: () => {
      try {
        const step = steps.next();
        done ||= step.done === true;
        return step;
      } catch (error) {
        failure = error;
        done = true;
        return { done: true, value: undefined };
      }
    },
  };
  if (guarded.next().done !== true) endpoint.background.push(guarded);
  const outcome = (): T => {
    if (failure !== undefined) throw failure;
    return result();
  };
  const wait = (): T => {
    if (!done) waitUntil(stage, () => done);
    return outcome();
  };
  const test = (): boolean => {
    if (!done) waitUntil(stage, () => true);
    return done;
  };
  return { wait, test };
}

function waitUntil(stage: Stage, ready: () => boolean): void {
  const { turn } = stage;
  const needs = { [Symbol.iterator]: () => stage.needs[Symbol.iterator]() };
  waitFor(turn.group.endpoint, { ready, needs, lostWhen: 'one', what: turn.name });
}

function* allreduceSteps(stage: Stage, operator: Operator<never>, operand: Operand): Background {
  const { turn } = stage;
  const { rank, members } = turn.group;
  const size = members.length;
  const sends: PendingSend[] = [];
  const payload = () => payloadOfOperand(turn.name, operand);
  let mask = 1;
  for (; mask < size && (rank & mask) === 0; mask *= 2) {
    if (rank + mask >= size) continue;
    const right = receivedOperand(operand, yield* receiveStep(stage, rank + mask));
    combine(turn, operator, { target: operand, left: operand, right });
  }
  if (rank !== 0) {
    sends.push(start(turn, rank - mask, payload()));
    yield* leaveStep(stage, sends);
    take(operand, receivedOperand(operand, yield* receiveStep(stage, rank - mask)));
  }
  for (mask /= 2; mask >= 1; mask /= 2) {
    if (rank + mask < size) sends.push(start(turn, rank + mask, payload()));
  }
  yield* leaveStep(stage, sends);
}

function take(operand: Operand, from: Operand): void {
  if (operand.vector === undefined || from.vector === undefined) operand.value = from.value;
  else operand.vector.set(from.vector as Float64Array & BigInt64Array);
}

function* receiveStep(stage: Stage, from: number): Generator<void, Arrival> {
  const { turn } = stage;
  const pending = collectiveReceive(turn, from, { tag: turn.epoch, into: undefined });
  postReceive(turn.group.endpoint, pending);
  stage.needs = [pending.source];
  while (!isComplete(pending)) yield;
  return checkArrival(turn, pending);
}

function* leaveStep(stage: Stage, sends: readonly PendingSend[]): Generator<void, void> {
  while (!sends.every(hasLeft)) {
    stage.needs = sends.filter((send) => !hasLeft(send)).map((send) => send.destination);
    yield;
  }
}
