/** The slow definition, on purpose: it makes 2 fib(n+1) - 1 calls. */
export function slowFibonacci(n: number): number {
  return n < 2 ? n : slowFibonacci(n - 1) + slowFibonacci(n - 2);
}

/** fib(0) to fib(last) by the recurrence: the answers to check with. */
export function fibonacciNumbers(last: number): number[] {
  const numbers = [0, 1];
  while (numbers.length <= last) numbers.push((numbers.at(-1) ?? 0) + (numbers.at(-2) ?? 0));
  return numbers.slice(0, last + 1);
}

/**
 * The largest speedup that any number of ranks can reach on the map over 0 to `last`: all work
 * over the largest task, counted in calls. It tends to phi squared, 2.618: a task costs phi
 * times the one before, so the largest is 1/phi^2 of the sum.
 */
export function speedupBound(last: number): number {
  const numbers = fibonacciNumbers(last + 1);
  const callsOf = (n: number): number => 2 * (numbers[n + 1] ?? 0) - 1;
  let allCalls = 0;
  for (let n = 0; n <= last; n += 1) allCalls += callsOf(n);
  return allCalls / callsOf(last);
}
