/** Time zones by their IANA names, as the platform knows them. */

/** What a formatter costs is paid once per zone; a table of constants, not state. */
const formatters = new Map<string, Intl.DateTimeFormat>();

function formatterOf(zone: string): Intl.DateTimeFormat {
  const known = formatters.get(zone);
  if (known) return known;
  const formatter = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    hourCycle: 'h23',
    era: 'short',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
  formatters.set(zone, formatter);
  return formatter;
}

/** Whether the platform knows the zone. */
export function isZone(zone: string): boolean {
  try {
    formatterOf(zone);
    return zone !== '';
  } catch {
    return false;
  }
}

/** Wall clock minus UTC in the zone at this moment, in whole seconds as milliseconds. */
export function offsetMs(zone: string, atMs: number): number {
  if (zone === 'UTC') return 0;
  const part: Record<string, number> = {};
  for (const { type, value } of formatterOf(zone).formatToParts(atMs)) part[type] = Number(value);
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = part;
  return Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(atMs / 1000) * 1000;
}

const dayOffsets = new Map<string, number>();
const DAY_OFFSETS_KEPT = 4_096;

/** The same, remembered: for moments that many runs share, such as a midnight. */
export function dayOffsetMs(zone: string, atMs: number): number {
  const key = `${zone} ${atMs}`;
  const known = dayOffsets.get(key);
  if (known !== undefined) return known;
  if (dayOffsets.size >= DAY_OFFSETS_KEPT) dayOffsets.clear();
  const offset = offsetMs(zone, atMs);
  dayOffsets.set(key, offset);
  return offset;
}
