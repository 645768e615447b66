/** Wall-clock milliseconds since 1970 as the shell read them; decisions see no other clock. */
declare const brand: unique symbol;
export type TimeMs = number & { readonly [brand]: 'TimeMs' };

export const timeMs = (value: number): TimeMs => value as TimeMs;
export const later = (time: TimeMs, milliseconds: number): TimeMs => timeMs(time + milliseconds);

export const SECOND_MS = 1_000;
export const MINUTE_MS = 60_000;
export const HOUR_MS = 3_600_000;
export const DAY_MS = 86_400_000;
