/** Scavenged nodes: those on which nobody else does much, as far as their load tells. */
import type { HoldingView } from '../model/lookup.ts';
import type { Node } from '../model/node.ts';

/** Load per core of things other than our parts, from which on a node is not scavenged. */
const QUIET_BELOW = 0.3;

/**
 * The load is the system's one-minute average of a report that may be a heartbeat old, less a core
 * of load for every core that our parts hold.
 */
export function isQuiet({ facts, heard }: Node, { freeCores }: HoldingView): boolean {
  if (!heard) return false;
  const ours = facts.cores.length - freeCores.length;
  return heard.telemetry.load - ours < QUIET_BELOW * facts.cores.length;
}
