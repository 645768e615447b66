import type { Located } from './operand.ts';
import type { Operator } from './operators.ts';
import type { Explanation } from './explain.ts';
import type { Message, Request } from './pointToPoint.ts';
import type { TypedArray, TypedArrayConstructor } from './elementType.ts';

/**
 * What kernels see: `export default function (comm: Communicator, params) { ... }`.
 *
 * Every call blocks until it is complete and must be made by all ranks of the communicator in
 * the same order (send and receive excepted). Data may be
 *  - a typed array: travels at full speed; all ranks give the same type. Counts are elements.
 *  - a number: reductions treat it as one double.
 *  - any other value that structured clone accepts (objects, strings, bigints, maps, ...).
 * Arguments are never changed unless the docstring says so; results are new arrays unless `into`
 * gives one, which must have the exact type and length. In reductions it may be the argument itself;
 * in gather, allgather and scatter the rank's own piece may already lie where it belongs in the
 * longer array; otherwise, and in alltoall altogether, the two must not overlap.
 *
 * Errors of every call: CommunicatorArgumentError (this call is wrong by itself),
 * CollectiveMismatchError (ranks made different calls), RankLostError, CollectiveTimeoutError,
 * OperatorFailedError, CollectiveAbortedError. All but the first end the attempt's collectives.
 */

export type { BuiltinOperator, Operator } from './operators.ts';
export type { Located } from './operand.ts';
export type { Explanation } from './explain.ts';
export type { Message, Request } from './pointToPoint.ts';
export type { TypedArray, TypedArrayConstructor } from './elementType.ts';
export * from './errors.ts';

/** For `recv`: a message from any rank, with any tag. */
export const anySource = -1;
export const anyTag = -1;

/** Whether T is one of the typed arrays. */
type Into<T> = T extends TypedArray ? T : never;

export type ReduceOptions<T> = {
  /** Receives the result; may be the data itself (in place). Typed arrays only. */
  readonly into?: Into<T>;
};
export type RootedReduceOptions<T> = ReduceOptions<T> & {
  /** Default 0. */ readonly root?: number;
};
export type ReceiveOptions<T = TypedArray> = {
  /** A rank of this communicator; default any. */
  readonly source?: number;
  /** Default any. */
  readonly tag?: number;
  /** Receives the data; must be of the sent type and at least as long. */
  readonly into?: Into<T>;
};
export type SendReceiveOptions<T = TypedArray> = ReceiveOptions<T> & {
  readonly destination: number;
  /** Tag of the outgoing message; default 0. */
  readonly sendTag?: number;
};

export type Communicator = {
  /** This rank, 0 to size - 1. */
  readonly rank: number;
  readonly size: number;
  /** Measured relative speed of every rank (1 = reference core), for uneven splits. */
  readonly weights: readonly number[];
  /** Part (node) of every rank. */
  readonly parts: readonly number[];
  /** The ranks of this communicator that share memory with this one, in the same order. */
  readonly node: Communicator;

  /** Returns when every rank has called it. */
  barrier(): void;

  /**
   * The root's data on every rank. A typed array passed by the others is filled (same type and
   * length as the root's); pass undefined to get a new one, or for values.
   */
  bcast<T>(data: T, root?: number): T;
  bcast<T>(data: T | undefined, root?: number): T;

  /**
   * Element-wise reduction over the ranks, in rank order; on the root (others: undefined).
   * A function gets (lower ranks, higher ranks) and must be associative: elements of typed
   * arrays, else whole values. minloc, maxloc: arrays of pairs (value, index), or numbers.
   */
  reduce(
    data: number,
    operator: 'minloc' | 'maxloc',
    options?: { root?: number },
  ): Located | undefined;
  reduce<T>(
    data: T,
    operator: Operator<Element<T>>,
    options?: RootedReduceOptions<T>,
  ): T | undefined;
  /** As reduce, on every rank: the same bits everywhere. */
  allreduce(data: number, operator: 'minloc' | 'maxloc'): Located;
  allreduce<T>(data: T, operator: Operator<Element<T>>, options?: ReduceOptions<T>): T;
  /**
   * As allreduce, but returns at once; the reduction goes on whenever this rank makes a blocking
   * call, and is complete after `wait`. `into`, or the data when it is the same, must stay
   * untouched until then. All ranks start their background calls in the same order.
   */
  iallreduce<T>(data: T, operator: Operator<Element<T>>, options?: ReduceOptions<T>): Request<T>;
  /** Rank r gets the reduction over ranks 0..r. */
  scan<T>(data: T, operator: Operator<Element<T>>, options?: ReduceOptions<T>): T;
  /** Rank r gets the reduction over ranks 0..r-1; rank 0 undefined. */
  scanExclusive<T>(
    data: T,
    operator: Operator<Element<T>>,
    options?: ReduceOptions<T>,
  ): T | undefined;
  /** Reduces arrays; rank r gets piece r (counts, default equal pieces). */
  reduceScatter<T extends TypedArray>(
    data: T,
    operator: Operator<Element<T>>,
    options?: { readonly counts?: readonly number[]; readonly into?: T },
  ): T;

  /**
   * Equal amounts from every rank, on the root (others: undefined): typed arrays joined in rank
   * order, other values as an array of them.
   */
  gather<T extends TypedArray>(
    data: T,
    root?: number,
    options?: { readonly into?: T },
  ): T | undefined;
  gather<T>(data: T, root?: number): T[] | undefined;
  /** Typed arrays of different lengths joined in rank order; `counts` (root) checks them. */
  gatherv<T extends TypedArray>(
    data: T,
    root?: number,
    options?: { readonly counts?: readonly number[]; readonly into?: T },
  ): T | undefined;
  /** As gather and gatherv, on every rank. */
  allgather<T extends TypedArray>(data: T, options?: { readonly into?: T }): T;
  allgather<T>(data: T): T[];
  allgatherv<T extends TypedArray>(
    data: T,
    options?: { readonly counts?: readonly number[]; readonly into?: T },
  ): T;

  /** Piece r of the root's array (equal pieces), or value r of its list, to rank r. */
  scatter<T extends TypedArray>(
    data: T | undefined,
    root?: number,
    options?: { readonly into?: T },
  ): T;
  scatter<T>(data: readonly T[] | undefined, root?: number): T;
  /** `counts[r]` elements of the root's array to rank r; only the root gives data and counts. */
  scatterv<T extends TypedArray>(
    data: T | undefined,
    counts: readonly number[] | undefined,
    root?: number,
    options?: { readonly into?: T },
  ): T;

  /** Piece j of rank i becomes piece i of rank j. */
  alltoall<T extends TypedArray>(data: T, options?: { readonly into?: T }): T;
  alltoall<T>(data: readonly T[]): T[];
  /** `counts[j]` elements to rank j; `expected[i]`, when given, checks what rank i sends. */
  alltoallv<T extends TypedArray>(
    data: T,
    counts: readonly number[],
    options?: { readonly expected?: readonly number[]; readonly into?: T },
  ): T;

  /** Returns when the data may be changed; messages between two ranks keep their order. */
  send(data: unknown, destination: number, tag?: number): void;
  /** The oldest message that fits. */
  recv<T = unknown>(options?: ReceiveOptions<T>): Message<T>;
  /** Both at once, without deadlock. */
  sendrecv<T = unknown>(data: unknown, options: SendReceiveOptions<T>): Message<T>;
  /** Non-blocking forms: the data must stay as it is, or unused, until `wait` returns. */
  isend(data: unknown, destination: number, tag?: number): Request<void>;
  irecv<T = unknown>(options?: ReceiveOptions<T>): Request<Message<T>>;

  /** Ranks with equal color form a new communicator, ordered by key then rank. */
  split(color: number, key?: number): Communicator;
  split(color: number | undefined, key?: number): Communicator | undefined;
  /** The same ranks with messages of their own. */
  dup(): Communicator;

  /** The same for kernels that keep an event loop: promises, polled once per turn of the loop. */
  readonly async: {
    allreduce<T>(data: T, operator: Operator<Element<T>>, options?: ReduceOptions<T>): Promise<T>;
    send(data: unknown, destination: number, tag?: number): Promise<void>;
    recv<T = unknown>(options?: ReceiveOptions<T>): Promise<Message<T>>;
  };

  /** Who shares memory, how the parts are reached and which algorithm a size gets. */
  explain(): Explanation;

  /**
   * Zero-filled memory shared by the ranks of the node: collectives on it copy least. `shared`: one
   * array for all of them, who make this call together; `into` it a result is written once instead
   * of once per rank. Nobody may change it while others may still read it or are in a call.
   */
  alloc<T extends TypedArray>(
    constructor: TypedArrayConstructor<T>,
    length: number,
    options?: { readonly shared?: boolean },
  ): T;

  /** Names what follows, for the accounting. */
  phase(name: string): void;
  /** How far the job is, 0 to 1. */
  progress(fraction: number): void;

  /**
   * Keeps this rank's state, any value that structured clone accepts, for the next attempt should
   * a node fail. All ranks of the job call it together, on its first communicator. True: written,
   * and delivered in the background; it counts once every rank's state is stored. False, on every
   * rank: the one before is still on its way (or a disk is full), and this one was left out. At
   * most 256 MiB a rank. `piacct efficiency` tells how often it pays.
   */
  checkpoint(state: unknown): boolean;
  /** This rank's state of the newest checkpoint of all ranks; undefined in a first attempt. */
  restored<T = unknown>(): T | undefined;
  /**
   * The last signal that the job was sent (`signal: USR1@60`, picancel --signal), 0 for none, told
   * once. Nodes may learn of it at different times: agree with an allreduce before you act.
   */
  signalled(): number;
};

/** What an operator function works on: elements of typed arrays, else the value itself. */
export type Element<T> = T extends BigInt64Array | BigUint64Array
  ? bigint
  : T extends TypedArray
    ? number
    : T;
