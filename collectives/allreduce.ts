import { NO_ROOT } from './call.ts';
import { planBetween, reduceBetween } from './between.ts';
import { begin } from './group.ts';
import type { Group, Turn } from './group.ts';
import { operandOf, operatorName, resultOf } from './operand.ts';
import { bytesOf } from './payload.ts';
import type { Operand } from './operand.ts';
import { headsOf } from './hierarchy.ts';
import { BLOCK_SCRATCH, blockOf } from './layout.ts';
import { planBcast } from './shared/bcastTogether.ts';
import { copyArray } from './shared/place.ts';
import { inSteps, resultingIn } from './shared/plan.ts';
import type { Plan } from './shared/plan.ts';
import { remember } from './shared/repeat.ts';
import { isLocal, teamOf } from './shared/team.ts';
import { isBitwise } from './operators.ts';
import type { Operator } from './operators.ts';
import { planReduction } from './shared/reduceTogether.ts';
import type { Reduction } from './shared/reduceTogether.ts';
import { typeCodeOf } from './elementType.ts';
import type { TypedArray } from './elementType.ts';
import { levelsApply } from './reduce.ts';
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
  if (levelsApply(group, args.operator, operand)) {
    reduceVectors(turn, args, operand);
  } else {
    reduceBetween(turn, teamOf(turn), { operator: args.operator, operand });
  }
  return resultOf(operand);
}

/** The same call with the same arrays is quicker the next time. */
function reduceVectors(turn: Turn, args: ReduceArguments, operand: Operand): void {
  const { operator, data, into } = args;
  const { source, vector, kind } = operand;
  if (source === undefined || vector === undefined) return;
  if (kind === 'number' && isLocal(turn.group)) {
    reduceNumber(turn, { operator, source, vector });
    return;
  }
  const plan = isLocal(turn.group)
    ? planReduction(turn, teamOf(turn), planned({ operator, source, result: vector }))
    : planLevels(turn, operator, { operand, source, vector });
  plan.run();
  if (typeof operator === 'function') return;
  const call = { data, into, option: operator };
  if (kind === 'array' && into !== undefined) {
    remember(turn, call, resultingIn(plan, into));
  } else if (kind === 'number' && !isBitwise(operator)) {
    if (!(source instanceof Float64Array && vector instanceof Float64Array)) return;
    remember(turn, call, plan, { source, result: vector });
  }
}

/** The number and its reduction lie in shared memory, where the kernel takes them from and puts them. */
function reduceNumber(
  turn: Turn,
  of: {
    readonly operator: Operator<never>;
    readonly source: TypedArray;
    readonly vector: TypedArray;
  },
): void {
  const { operator, source, vector } = of;
  const { layout, local, memory } = turn.group.endpoint;
  const first = (blockOf(layout, local) + BLOCK_SCRATCH) / 8;
  const cells = {
    source: memory.doubles.subarray(first, first + 1),
    result: memory.doubles.subarray(first + 1, first + 2),
  };
  const plan = planReduction(turn, teamOf(turn), planned({ operator, ...cells }));
  copyArray(cells.source, source);
  plan.run();
  copyArray(vector, cells.result);
  if (typeof operator === 'function' || isBitwise(operator)) return;
  remember(turn, { data: undefined, into: undefined, option: operator }, plan, cells);
}

const planned = (of: {
  readonly operator: Operator<never>;
  readonly source: TypedArray;
  readonly result: TypedArray | undefined;
}): Reduction => ({
  operator: of.operator,
  type: typeCodeOf(of.source),
  data: of.source,
  result: of.result,
});

/** In a part at once; between parts head by head, then from the head to its part. */
function planLevels(
  turn: Turn,
  operator: Operator<never>,
  of: { readonly operand: Operand; readonly source: TypedArray; readonly vector: TypedArray },
): Plan {
  const { operand, source, vector } = of;
  const team = teamOf(turn);
  const heads = team.me === 0 ? headsOf(turn) : undefined;
  const alone = team.size === 1;
  const mine = alone ? operand : { ...operand, source: vector };
  const speak = heads && planBetween(heads, team, { operator, operand: mine });
  const between = (): void => {
    if (heads === undefined) return;
    heads.epoch = turn.epoch;
    speak?.();
  };
  if (alone) return inSteps(between);
  const result = heads && vector;
  const reduce = planReduction(turn, team, planned({ operator, source, result }));
  const into = { type: typeCodeOf(vector), bytes: bytesOf(vector) };
  const spread = planBcast(turn, team, { from: 0, mine: heads && into, into });
  return inSteps(() => {
    reduce.run();
    between();
    spread.run();
  });
}
