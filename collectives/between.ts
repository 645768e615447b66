import { spread } from './bcast.ts';
import { planDoubling } from './doubling.ts';
import type { TypedArray } from './elementType.ts';
import type { Endpoint } from './endpoint.ts';
import type { Turn } from './group.ts';
import { ownData, payloadOfOperand, receivedOperand } from './operand.ts';
import type { Operand } from './operand.ts';
import type { Operator } from './operators.ts';
import { foldToFirst } from './reduce.ts';
import { reduceAroundRing, reduceInPair } from './ringReduce.ts';
import { placeOf } from './shared/place.ts';
import type { Team } from './shared/team.ts';

/**
 * Allreduce among ranks of different parts, by messages. The order of operations depends on the ranks alone.
 *
 *   tree               reduce to the first, broadcast: 2 ceil(log2 n) steps; any operator
 *   recursiveDoubling  log2 n exchanges of everything, n a power of two; few bytes
 *   pair               two exchange everything and reduce what comes while it comes; n = 2
 *   ring               n - 1 steps of reduce-scatter, n - 1 of allgather, 2 (n - 1) / n of the
 *                      bytes on the wire, in segments that are passed on as soon as they are done
 */
export type BetweenAlgorithm = 'tree' | 'recursiveDoubling' | 'pair' | 'ring';

export const DOUBLING_BYTES = 16 * 1024;
/** Up to here a step less is worth reducing all instead of half: loopback, 64 KiB 36 us instead of 47. */
export const PAIR_BYTES = 256 * 1024;

export function chooseBetween(
  heads: number,
  bytes: number | undefined,
  operator: Operator<never>,
): BetweenAlgorithm {
  if (bytes === undefined || heads === 1) return 'tree';
  if (bytes <= DOUBLING_BYTES) return (heads & (heads - 1)) === 0 ? 'recursiveDoubling' : 'tree';
  if (typeof operator === 'function') return 'tree';
  return heads === 2 && bytes <= PAIR_BYTES ? 'pair' : 'ring';
}

/** Reduces the operand's source into its vector. `team`: where this part keeps its stages. */
export const reduceBetween = (turn: Turn, team: Team, work: Work): void =>
  planBetween(turn, team, work)();

type Work = { readonly operator: Operator<never>; readonly operand: Operand };

/** What there is to do, every time that the call is made. */
export function planBetween(turn: Turn, team: Team, work: Work): () => void {
  const { operator, operand } = work;
  const { source, vector } = operand;
  const algorithm = chooseBetween(turn.group.members.length, vector?.byteLength, operator);
  if (algorithm === 'recursiveDoubling' && source && vector) {
    return planDoubling(turn, team, { operator, source, vector });
  }
  if (algorithm === 'tree' || source === undefined || vector === undefined) {
    return () => {
      ownData(operand);
      tree(turn, operator, operand);
    };
  }
  const reduce = algorithm === 'pair' ? reduceInPair : reduceAroundRing;
  if (!overlaps(team.endpoint, source, vector)) {
    return () => reduce(turn, team, { operator, source, vector });
  }
  return () => {
    ownData(operand);
    reduce(turn, team, { operator, source: vector, vector });
  };
}

/** Whether writing one array of a length changes other elements of the other. */
function overlaps(endpoint: Endpoint, one: TypedArray, other: TypedArray): boolean {
  // The shared memory has a new buffer object whenever it has grown.
  const shared = placeOf(endpoint, one) !== 0 && placeOf(endpoint, other) !== 0;
  if (!shared && one.buffer !== other.buffer) return false;
  const distance = Math.abs(one.byteOffset - other.byteOffset);
  return distance > 0 && distance < one.byteLength;
}

function tree(turn: Turn, operator: Operator<never>, operand: Operand): void {
  foldToFirst(turn, operator, operand);
  if (turn.group.rank === 0) {
    spread(turn, { root: 0, mine: payloadOfOperand(turn.name, operand) });
    return;
  }
  const into = operand.vector && payloadOfOperand(turn.name, operand);
  const payload = spread(turn, { root: 0, into });
  if (operand.vector === undefined) operand.value = receivedOperand(operand, payload).value;
}
