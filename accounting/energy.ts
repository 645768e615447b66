/**
 * Joules from a table of watts per board, where nothing meters them (docs/speedup.md
 * 4.5): a node draws its idle watts as long as it is held and the rest in proportion to busy cores. Such
 * joules are estimates (the same 100 % CPU differs by 40 % between programs) and are labelled `modelled`.
 */
import type { Energy, PartUsage } from './usage.ts';

export type BoardWatts = {
  readonly cores: number;
  /** Undefined until `pictl calibrate-power` sets it: idle watts depend on the site. */
  readonly idleW: number | undefined;
  /** All cores busy, at the wall, High-Performance Linpack. */
  readonly busyW: number;
};

/**
 * By the name that a node's model begins with. Full-load watts of geerlingguy/top500-benchmark; idle
 * watts are for the site to measure.
 */
export const BOARD_WATTS: Readonly<Record<string, BoardWatts>> = {
  'Raspberry Pi 5': { cores: 4, idleW: undefined, busyW: 11 },
  'Raspberry Pi Compute Module 5': { cores: 4, idleW: undefined, busyW: 10 },
  'Raspberry Pi 500': { cores: 4, idleW: undefined, busyW: 11.5 },
  'Raspberry Pi 4 Model B': { cores: 4, idleW: undefined, busyW: 7.2 },
  'Raspberry Pi Compute Module 4': { cores: 4, idleW: undefined, busyW: 5.2 },
  'Raspberry Pi 400': { cores: 4, idleW: undefined, busyW: 6.4 },
  'Raspberry Pi Zero 2 W': { cores: 4, idleW: undefined, busyW: 2.1 },
};

/** Rough idle watts by board (sbc-reviews, headless), to be compared with what a meter says. */
export const TYPICAL_IDLE_W: Readonly<Record<string, number>> = {
  'Raspberry Pi Zero 2 W': 0.6,
  'Raspberry Pi 3 Model B Plus': 3.1,
  'Raspberry Pi 4 Model B': 1.6,
  'Raspberry Pi Compute Module 4': 2.5,
  'Raspberry Pi Compute Module 5': 2.4,
  'Raspberry Pi 500': 3.1,
};

/** The entry for a node's model: of the names that it begins with, up to a space, the longest. */
export function boardOf<T>(table: Readonly<Record<string, T>>, model: string): T | undefined {
  const names = Object.keys(table).filter((name) => `${model} `.startsWith(`${name} `));
  const longest = names.reduce((most, name) => (name.length > most.length ? name : most), '');
  return longest === '' ? undefined : table[longest];
}

export type PowerOptions = {
  /** By the beginning of the nodes' model. */
  readonly boards: Readonly<Record<string, BoardWatts>>;
  /** Switch, fans and supplies, shared by all nodes, per node. */
  readonly overheadWPerNode: number;
};

/**
 * The part's own measurement when it has one; else T idle share + CPU seconds x watts per busy core.
 * Undefined when the board, its idle watts or the CPU time are not known.
 */
export function partEnergy(part: PartUsage, options: PowerOptions): Energy | undefined {
  if (part.energy) return part.energy;
  const board = boardOf(options.boards, part.nodeModel ?? '');
  const cpuMs = part.cpuMs ?? knownSum(part.ranks.map((rank) => rank.cpuMs));
  if (board?.idleW === undefined || cpuMs === undefined) return undefined;
  const heldS = Math.max(0, part.endMs - part.startMs) / 1000;
  const share = Math.min(1, part.cores / board.cores);
  const resting = heldS * share * (board.idleW + options.overheadWPerNode);
  const working = ((cpuMs / 1000) * Math.max(0, board.busyW - board.idleW)) / board.cores;
  return { joules: resting + working, how: 'modelled' };
}

/** Sum over the parts; undefined unless every part has one. The weakest label of them counts. */
export function totalEnergy(
  parts: readonly PartUsage[],
  options: PowerOptions,
): Energy | undefined {
  const known = parts.map((part) => partEnergy(part, options));
  const joules = knownSum(known.map((energy) => energy?.joules));
  if (joules === undefined) return undefined;
  const hows = new Set(known.map((energy) => energy?.how));
  const how = hows.has('modelled') ? 'modelled' : hows.has('pmic') ? 'pmic' : 'metered';
  return { joules, how };
}

function knownSum(values: readonly (number | undefined)[]): number | undefined {
  let sum = 0;
  for (const value of values) {
    if (value === undefined) return undefined;
    sum += value;
  }
  return values.length === 0 ? undefined : sum;
}

/** Pi 5: watts from its power chip's rails (jfikar/RPi5-power), without USB and NVMe. */
export function pmicWatts(
  rails: readonly { readonly volts: number; readonly amperes: number }[],
): number {
  const sum = rails.reduce((total, { volts, amperes }) => total + volts * amperes, 0);
  return 1.1451 * sum + 0.5879;
}
