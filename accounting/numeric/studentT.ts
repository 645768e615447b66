/**
 * Student's t distribution by the regularised incomplete beta function (Lentz's continued fraction,
 * Numerical Recipes 6.4; log gamma by Lanczos g = 7). The only F quantile the method needs is
 * F(level; 1, df) = t((1 + level) / 2; df) squared.
 */

const LANCZOS = [
  0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313,
  -176.61502916214059, 12.507343278686905, -0.13857109526572012, 9.9843695780195716e-6,
  1.5056327351493116e-7,
] as const;

export function logGamma(z: number): number {
  if (z < 0.5) return Math.log(Math.PI / Math.sin(Math.PI * z)) - logGamma(1 - z);
  const x = z - 1;
  let sum: number = LANCZOS[0];
  LANCZOS.forEach((coefficient, index) => {
    if (index > 0) sum += coefficient / (x + index);
  });
  const t = x + 7.5;
  return 0.5 * Math.log(2 * Math.PI) + (x + 0.5) * Math.log(t) - t + Math.log(sum);
}

/** I_x(a, b), 0 <= x <= 1, a and b positive. */
export function incompleteBeta(
  x: number,
  shape: { readonly a: number; readonly b: number },
): number {
  const { a, b } = shape;
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  if (x > (a + 1) / (a + b + 2)) return 1 - incompleteBeta(1 - x, { a: b, b: a });
  const logFront =
    logGamma(a + b) - logGamma(a) - logGamma(b) + a * Math.log(x) + b * Math.log1p(-x);
  return (Math.exp(logFront) * betaFraction(x, a, b)) / a;
}

function betaFraction(x: number, a: number, b: number): number {
  const tiny = 1e-300;
  const kept = (value: number): number => (Math.abs(value) < tiny ? tiny : value);
  let c = 1;
  let d = 1 / kept(1 - ((a + b) * x) / (a + 1));
  let fraction = d;
  for (let m = 1; m <= 300; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / kept(1 + even * d);
    c = kept(1 + even / c);
    fraction *= d * c;
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / kept(1 + odd * d);
    c = kept(1 + odd / c);
    const change = d * c;
    fraction *= change;
    if (Math.abs(change - 1) < 1e-16) break;
  }
  return fraction;
}

/** P(T > t) for t >= 0. */
export function upperTail(t: number, degreesOfFreedom: number): number {
  const x = degreesOfFreedom / (degreesOfFreedom + t * t);
  return 0.5 * incompleteBeta(x, { a: degreesOfFreedom / 2, b: 0.5 });
}

/**
 * The t that is exceeded with probability `tail`, 0 < tail <= 0.5. Newton from 0: the tail is convex
 * there, so the steps never overshoot.
 */
export function tQuantile(tail: number, degreesOfFreedom: number): number {
  const logHeight =
    logGamma((degreesOfFreedom + 1) / 2) -
    logGamma(degreesOfFreedom / 2) -
    0.5 * Math.log(degreesOfFreedom * Math.PI);
  const power = -(degreesOfFreedom + 1) / 2;
  let t = 0;
  for (let iteration = 0; iteration < 200; iteration++) {
    const density = Math.exp(logHeight + power * Math.log1p((t * t) / degreesOfFreedom));
    const step = (upperTail(t, degreesOfFreedom) - tail) / density;
    t += step;
    if (!(step > 1e-14 * t)) break;
  }
  return t;
}

/** F(level; 1, df). */
export function fQuantileOneDf(level: number, degreesOfFreedom: number): number {
  return tQuantile((1 - level) / 2, degreesOfFreedom) ** 2;
}
