import { NO_ROOT } from './call.ts';
import { spread } from './bcast.ts';
import { begin } from './group.ts';
import type { Group, Turn } from './group.ts';
import { operandOf, operatorName, payloadOfOperand, receivedOperand, resultOf } from './operand.ts';
import type { Operand } from './operand.ts';
import type { Operator } from './operators.ts';
import { foldToFirst } from './reduce.ts';
import type { ReduceArguments } from './reduce.ts';

/** The reduction of all ranks' data on every rank, the same bits everywhere. */
export function allreduce(group: Group, args: ReduceArguments): unknown {
  const operand = operandOf('allreduce', { ...args, rank: group.rank });
  const turn = begin(group, {
    collective: 'allreduce',
    type: operand.type,
    operator: operatorName(args.operator),
    count: operand.count,
    root: NO_ROOT,
  });
  reduceEverywhere(turn, args.operator, operand);
  return resultOf(operand);
}

/** Reduce to rank 0, then broadcast: 2 ceil(log2 n) steps. */
export function reduceEverywhere(turn: Turn, operator: Operator<never>, operand: Operand): void {
  foldToFirst(turn, operator, operand);
  if (turn.group.rank === 0) {
    spread(turn, { root: 0, mine: payloadOfOperand(turn.name, operand) });
    return;
  }
  const into = operand.vector && payloadOfOperand(turn.name, operand);
  const payload = spread(turn, { root: 0, into });
  if (operand.vector === undefined) operand.value = receivedOperand(operand, payload).value;
}
