/**
 * How many primes lie below a power of ten, by another road than the sieve: the counting
 * recursion of Legendre in the form of Lucy Hedgehog, which never looks at a single number
 * above the square root. It checks primeCount.ts.
 */
export function legendreCount(limit: number): number {
  const top = limit - 1;
  const root = Math.floor(Math.sqrt(top));
  const small = new Float64Array(root + 1).map((_, n) => n - 1);
  const large = new Float64Array(root + 1).map((_, n) => Math.floor(top / n) - 1);
  for (let p = 2; p * p <= top; p += 1) {
    const before = small[p - 1] ?? 0;
    if (small[p] === before) continue;
    for (let n = 1; n <= root && n * p * p <= top; n += 1) {
      const rest = n * p <= root ? large[n * p] : small[Math.floor(top / (n * p))];
      large[n] = (large[n] ?? 0) - (rest ?? 0) + before;
    }
    for (let n = root; n >= p * p; n -= 1) {
      small[n] = (small[n] ?? 0) - (small[Math.floor(n / p)] ?? 0) + before;
    }
  }
  return large[1] ?? 0;
}
