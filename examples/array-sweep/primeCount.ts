/** How many primes lie below `limit`, by the sieve of Eratosthenes over odd numbers. */
export function primeCount(limit: number): number {
  if (limit <= 2) return 0;
  const composite = new Uint8Array(limit >> 1);
  for (let prime = 3; prime * prime < limit; prime += 2) {
    if (composite[prime >> 1] === 1) continue;
    for (let multiple = prime * prime; multiple < limit; multiple += 2 * prime) {
      composite[multiple >> 1] = 1;
    }
  }
  let count = 1;
  for (let index = 1; index < composite.length; index += 1) count += 1 - (composite[index] ?? 0);
  return count;
}
