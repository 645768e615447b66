import type { Communicator } from 'pibatch';
import { wholeNumber } from '../parameter.ts';
import { startStopwatch } from '../stopwatch.ts';
import { mustEqual } from '../wrongAnswer.ts';
import { fibonacciNumbers, slowFibonacci, speedupBound } from './fibonacci.ts';
import { takeLargest, takeSmallest, type TaskBag } from './taskBag.ts';

/**
 * The map fib(0) ... fib(last) as a bag of tasks. Workers pull: each asks rank 0, which
 * receives from any source and answers with the largest task left. Between requests rank 0
 * works at the small end of the bag.
 */
type Done = { readonly task: number; readonly value: number; readonly rank: number };
/** What a worker says when it wants work: the task it has done, if any. */
type Request = { readonly done: Done | undefined };
/** The answer; undefined means that nothing is left. */
type Order = { readonly task: number | undefined };

export default function fibonacci(comm: Communicator, params: unknown): unknown {
  const last = wholeNumber(params, 'last', { otherwise: 35, least: 1, most: 60 });
  const stopwatch = startStopwatch();
  comm.phase('map');
  const done = comm.rank === 0 ? dispatch(comm, last) : work(comm);
  if (comm.rank !== 0) return undefined;
  const mapSeconds = stopwatch.lap('map');

  comm.phase('verify');
  verify(done, last);
  const bound = speedupBound(last);
  const answer = done.find(({ task }) => task === last)?.value;
  console.log(
    `fib(${last}) = ${answer}. The largest of the ${done.length} tasks is ` +
      `${(100 / bound).toFixed(1)} % of all work (1/phi^2) and cannot be divided: ` +
      `no number of ranks is faster than ${bound.toFixed(3)} times one.`,
  );
  return {
    answer,
    verified: true,
    tasks: done.length,
    bound: Number(bound.toFixed(6)),
    measured: { mapSeconds, tasksOfRank: tasksOfRanks(done, comm.size) },
    learn: 'The largest task bounds the speedup of a bag; here at phi^2 = 2.618.',
  };
}

/** Rank 0: answers requests while workers live, and works in between. */
function dispatch(comm: Communicator, last: number): Done[] {
  const bag: TaskBag = { smallest: 0, largest: last };
  const done: Done[] = [];
  let workers = comm.size - 1;
  let request = workers > 0 ? comm.irecv<Request>() : undefined;
  while (request !== undefined || bag.smallest <= bag.largest) {
    const isIdle = bag.smallest > bag.largest;
    if (request !== undefined && (isIdle || request.test())) {
      const { value, source } = request.wait();
      if (value.done !== undefined) done.push(value.done);
      const order: Order = { task: takeLargest(bag) };
      comm.send(order, source);
      if (order.task === undefined) workers -= 1;
      request = workers > 0 ? comm.irecv<Request>() : undefined;
    } else {
      const task = takeSmallest(bag);
      if (task !== undefined) done.push({ task, value: slowFibonacci(task), rank: 0 });
    }
    comm.progress(done.length / (last + 1));
  }
  return done;
}

/** Every other rank: asks, computes, hands in with the next question. */
function work(comm: Communicator): Done[] {
  let done: Done | undefined;
  for (;;) {
    const request: Request = { done };
    comm.send(request, 0);
    const { task } = comm.recv<Order>({ source: 0 }).value;
    if (task === undefined) return [];
    done = { task, value: slowFibonacci(task), rank: comm.rank };
  }
}

/** Every value, that none is missing, and their sum. Errors: WrongAnswerError. */
function verify(done: readonly Done[], last: number): void {
  const expected = fibonacciNumbers(last + 2);
  mustEqual('tasks done', { computed: done.length, expected: last + 1 });
  for (const { task, value, rank } of done) {
    mustEqual(`fib(${task}) by rank ${rank}`, { computed: value, expected: expected[task] ?? -1 });
  }
  const sum = done.reduce((total, { value }) => total + value, 0);
  mustEqual('sum of all values', { computed: sum, expected: (expected[last + 2] ?? 0) - 1 });
}

function tasksOfRanks(done: readonly Done[], size: number): number[] {
  return Array.from({ length: size }, (_, at) => done.filter(({ rank }) => rank === at).length);
}
