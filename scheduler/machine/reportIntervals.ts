/**
 * How often nodes report. In a large cluster more seldom, so that all together they send no more
 * than REPORTS_PER_S; what counts as silent and down is stretched with it.
 */
import type { ClusterView } from '../model/cluster.ts';

const REPORTS_PER_S = 50;

export type ReportIntervals = {
  readonly heartbeatMs: number;
  readonly silentAfterMs: number;
  readonly downAfterMs: number;
  /** All nodes that have something to say at once spread it over this time. */
  readonly spreadMs: number;
};

export function reportIntervals({
  settings,
  nodes,
}: {
  readonly settings: ClusterView['settings'];
  readonly nodes: { readonly size: number };
}): ReportIntervals {
  const { heartbeatMs, silentAfterMs, downAfterMs } = settings;
  const spreadMs = Math.ceil((nodes.size * 1_000) / REPORTS_PER_S);
  const stretched = (ms: number): number =>
    spreadMs <= heartbeatMs ? ms : Math.ceil((ms * spreadMs) / heartbeatMs);
  return {
    heartbeatMs: stretched(heartbeatMs),
    silentAfterMs: stretched(silentAfterMs),
    downAfterMs: stretched(downAfterMs),
    spreadMs,
  };
}
