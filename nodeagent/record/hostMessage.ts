import type { Parsed } from './shape.ts';
import { flag, list, number, object, optional, text, union } from './shape.ts';

/** What a job host and its agent say to each other: one JSON object a line on `agent.sock`. */

const terms = object({ timeLimitMs: number, suspended: optional(flag) });
const address = object({ host: text, port: number });

export const fromHost = union({
  /** First on every connection, followed by `running` when it is. */
  hello: { part: text, process: number },
  running: {
    startedMs: number,
    listens: optional(address),
    wired: flag,
    terms,
    /** Suspended, and its ranks are threads of the host: its process shall be stopped. */
    stop: optional(flag),
  },
  progress: { fraction: number },
  /** All ranks have written their states; said again on every connection until `stored`. */
  checkpoint: { sequence: number },
  /** The captured output of a rank has grown to this many bytes. */
  output: { rank: number, sizeBytes: number },
  /** The exit record is on disk. */
  ended: {},
});
export type FromHost = Parsed<typeof fromHost>;

export const toHost = union({
  wire: { peers: list(object({ part: number, host: text, port: number })) },
  /** Answered by `running`. */
  terms: { terms },
  /** With a signal: deliver it only. Without: TERM, grace, KILL. */
  end: { signal: optional(number), why: text, graceMs: optional(number) },
  /** Until this time of CLOCK_MONOTONIC, which all processes of a boot share. */
  lease: { untilMs: number },
  /** The checkpoint is in the object store. */
  stored: { sequence: number },
});
export type ToHost = Parsed<typeof toHost>;
