import { expect, test } from 'vitest';
import { fitThroughput } from '../../accounting/speedup/throughputLoss.ts';

/** SPEC SDM91 on a SPARCcenter 2000 (Gunther 2007), as in the R package usl 3.0. */
const SDM91 = [
  [1, 64.9],
  [18, 995.9],
  [36, 1652.4],
  [72, 1853.2],
  [108, 1828.9],
  [144, 1775],
  [216, 1702.2],
].map(([load = 0, throughput = 0]) => ({ load, throughput }));

test('the published fit of specsdm91 is reproduced, standard errors too', () => {
  const fit = fitThroughput(SDM91);
  expect(fit?.alpha.value).toBeCloseTo(0.0277285, 7);
  expect(fit?.alpha.standardError).toBeCloseTo(0.0091217, 6);
  expect(fit?.beta.value).toBeCloseTo(0.0001044, 7);
  expect(fit?.beta.standardError).toBeCloseTo(0.0000199, 7);
  expect(fit?.gamma.value).toBeCloseTo(89.995233, 4);
  expect(fit?.gamma.standardError).toBeCloseTo(14.2134894, 4);
  expect(fit?.residualStandardError).toBeCloseTo(82.85, 1);
  expect(fit?.degreesOfFreedom).toBe(4);
  expect(Math.round(fit?.peakLoad ?? 0)).toBe(97);
});

test("the package's own unit test: alpha = beta = .02", () => {
  const data = [
    [1, 1],
    [2, 1.8868],
    [4, 3.0769],
    [6, 3.5294],
    [8, 3.5398],
    [10, 3.3557],
  ].map(([load = 0, throughput = 0]) => ({ load, throughput }));
  const fit = fitThroughput(data);
  expect(fit?.alpha.value).toBeCloseTo(0.02, 4);
  expect(fit?.beta.value).toBeCloseTo(0.02, 4);
  expect(fit?.gamma.value).toBeCloseTo(1, 4);
});

test('too few points have no fit', () => {
  expect(fitThroughput(SDM91.slice(0, 3))).toBeUndefined();
});

test('raytracer[1:6]: the interval with the right degrees of freedom is .0267, not .0169', () => {
  const data = [
    [1, 20],
    [4, 78],
    [8, 130],
    [12, 170],
    [16, 190],
    [20, 200],
  ].map(([load = 0, throughput = 0]) => ({ load, throughput }));
  const alpha = fitThroughput(data)?.alpha;
  expect((alpha?.interval.high ?? 0) - (alpha?.value ?? 0)).toBeCloseTo(0.0267, 4);
});
