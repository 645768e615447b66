/**
 * Ten decimals of pi that end at the given place, as published with the records of
 * Y. Kanada and A. Yee. (767 is the end of the Feynman point, six nines in a row.)
 */
export const KNOWN_DIGITS: ReadonlyMap<number, string> = new Map([
  [10, '1415926535'],
  [50, '6939937510'],
  [767, '1134999999'],
  [1_000, '2164201989'],
  [10_000, '5256375678'],
  [100_000, '5493624646'],
  [1_000_000, '5779458151'],
]);
