import { NO_ROOT } from './call.ts';
import { reduceBetween } from './between.ts';
import { begin } from './group.ts';
import type { Group, Turn } from './group.ts';
import { operandOf, operatorName, ownData, payloadOfOperand, resultOf } from './operand.ts';
import type { Operand } from './operand.ts';
import { headsOf } from './hierarchy.ts';
import { bcastTogether } from './shared/bcastTogether.ts';
import { remember, repeatOf } from './shared/repeat.ts';
import { isLocal, teamOf } from './shared/team.ts';
import type { Operator } from './operators.ts';
import { foldInPart, levelsApply } from './reduce.ts';
import type { ReduceArguments } from './reduce.ts';

/** The reduction of all ranks' data on every rank, the same bits everywhere. */
export function allreduce(group: Group, args: ReduceArguments): unknown {
  const repeat = repeatOf(group, args.data, args.operator, args.into);
  if (repeat !== undefined) return repeat.run(typeof args.data === 'number' ? args.data : 0);
  const operand = operandOf('allreduce', { ...args, rank: group.rank });
  const turn = begin(group, {
    collective: 'allreduce',
    type: operand.type,
    operator: operatorName(args.operator),
    count: operand.count,
    root: NO_ROOT,
  });
  if (levelsApply(group, args.operator, operand)) {
    reduceInLevels(turn, args.operator, operand);
  } else {
    ownData(operand);
    reduceBetween(turn, teamOf(turn), { operator: args.operator, operand });
  }
  remember(turn, { data: args.data, operator: args.operator, into: args.into });
  return resultOf(operand);
}

/** In a part at once; between parts head by head, then from the head to its part. */
function reduceInLevels(turn: Turn, operator: Operator<never>, operand: Operand): void {
  const team = teamOf(turn);
  if (isLocal(turn.group)) {
    foldInPart(turn, operator, { operand, only: undefined });
    return;
  }
  foldInPart(turn, operator, { operand, only: 0 });
  if (team.me === 0) reduceBetween(headsOf(turn), team, { operator, operand });
  if (team.size === 1) return;
  const payload = payloadOfOperand(turn.name, operand);
  const mine = team.me === 0 ? payload : undefined;
  bcastTogether(turn, team, { from: 0, mine, into: payload });
}
