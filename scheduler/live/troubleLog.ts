const WINDOW_MS = 60_000;
const MOST_LINES = 30;

/**
 * Lets through so many lines a minute: what strangers can make us write must not fill the disk.
 * The first line of the next minute says how many were left out.
 */
export function limitedLog(
  write: (line: { readonly trouble: string; readonly leftOut?: number }) => void,
  monotonicMs: () => number,
): (trouble: string) => void {
  let sinceMs = monotonicMs();
  let lines = 0;
  return (trouble) => {
    const nowMs = monotonicMs();
    let leftOut = 0;
    if (nowMs - sinceMs >= WINDOW_MS) {
      leftOut = Math.max(0, lines - MOST_LINES);
      sinceMs = nowMs;
      lines = 0;
    }
    lines += 1;
    if (lines <= MOST_LINES) write(leftOut > 0 ? { trouble, leftOut } : { trouble });
  };
}
