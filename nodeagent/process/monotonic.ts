/** Milliseconds of CLOCK_MONOTONIC: one scale for every process since boot, never set back. */
export const monotonicMs = (): number => Number(process.hrtime.bigint() / 1_000n) / 1_000;
