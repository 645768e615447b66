/**
 * Usage that is forgotten with a half-life, in integers: the same on every machine, so that replaying a
 * journal gives the same priorities. 2^-x by the binary digits of x (16 of them), each a constant of
 * 40 binary places.
 */

/** round(2^(-1 / 2^i) x 2^40), i = 1 to 16. */
const FACTORS: readonly bigint[] = [
  777472127994n,
  924575386327n,
  1008256608221n,
  1052895941925n,
  1075951360882n,
  1087667703029n,
  1093573631100n,
  1096538610001n,
  1098024112669n,
  1098767618497n,
  1099139560184n,
  1099325578239n,
  1099418599072n,
  1099465112440n,
  1099488369862n,
  1099499998758n,
];
const PLACES = 40n;
const DIGITS = 16;

/**
 * floor of usage x 2^(-elapsed / halfLife). `usage` is a non-negative integer (core-milliseconds), times
 * are integer milliseconds; elapsed is cut to halfLife / 65536.
 */
export function decayUsage(
  usage: number,
  time: { readonly elapsedMs: number; readonly halfLifeMs: number },
): number {
  const { elapsedMs, halfLifeMs } = time;
  if (elapsedMs <= 0 || usage <= 0 || halfLifeMs <= 0) return Math.max(0, usage);
  const halvings = Math.floor(elapsedMs / halfLifeMs);
  if (halvings > 60) return 0;
  const rest = BigInt(elapsedMs - halvings * halfLifeMs);
  const digits = Number((rest << BigInt(DIGITS)) / BigInt(halfLifeMs));
  let value = BigInt(usage) << PLACES;
  for (let place = 1; place <= DIGITS; place++) {
    if (Math.floor(digits / 2 ** (DIGITS - place)) % 2 === 1) {
      value = (value * (FACTORS[place - 1] ?? 0n)) >> PLACES;
    }
  }
  return Number((value >> BigInt(halvings)) >> PLACES);
}
