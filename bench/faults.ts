/**
 * `npm run sim:faults -- [--seeds N] [--seed S [--drop ITEM,...]] [--ablate RULE|all] [--json]`:
 * seeded worlds where everything breaks, around the real machine and the real agent (test/world).
 * A seed that fails is shrunk, and the command that replays it is printed.
 */
import type { Rule } from '../test/world/rule.ts';
import { RULES } from '../test/world/rule.ts';
import type { SeededWorld } from '../test/world/seededWorld.ts';
import { runSeed } from '../test/world/seededWorld.ts';
import { scenarioOf } from '../test/world/scenarios.ts';
import { shrink } from '../test/world/shrink.ts';
import { wholeNumberAfter } from './wholeNumberAfter.ts';

export type FaultsBench = {
  readonly seeds: number;
  readonly faults: number;
  readonly fewestFaults: number;
  readonly jobs: number;
  readonly violations: number;
  /** By rule that was left out: who noticed first, and what; null = nobody did. */
  readonly ablations: Readonly<Record<string, Caught | null>>;
  readonly cpuMs: number;
  /** With --seed: equal on every run. */
  readonly trace?: string;
};

export type Caught = { readonly by: `seed ${number}` | 'scenario'; readonly violation: string };

const DEFAULT_SEEDS = 100;
/** Rules that so many seeds do not miss have a scenario of their own. */
const ABLATION_SEEDS = 150;
const SHRINKING_RUNS = 400;
/** Every so many seeds one runs twice, to see that nothing but the seed decides. */
const TWICE_EVERY = 100;

export async function run(argv: string[]): Promise<FaultsBench> {
  const one = wholeNumberAfter(argv, '--seed');
  const seeds = one === undefined ? (wholeNumberAfter(argv, '--seeds') ?? DEFAULT_SEEDS) : 1;
  const rules = rulesAfter(argv);
  const dropped = new Set(textAfter(argv, '--drop')?.split(',') ?? []);
  let isShrunk = dropped.size > 0;
  const began = process.cpuUsage();
  const worlds: SeededWorld[] = [];
  let violations = 0;
  const first = one ?? 1;
  for (let seed = first; rules.length === 0 && seed < first + seeds; seed += 1) {
    const world = runSeed(seed, { dropped });
    const again = seed % TWICE_EVERY === 0 ? runSeed(seed, { dropped }).trace : world.trace;
    const found = again === world.trace ? world.violations : ['a second run has another trace'];
    violations += found.length;
    if (found.length > 0) {
      complain(seed, found);
      if (!isShrunk) complainShortly(seed);
      isShrunk = true;
    }
    worlds.push({ ...world, violations: [] });
  }
  const { user, system } = process.cpuUsage(began);
  return {
    seeds: worlds.length,
    faults: worlds.reduce((sum, world) => sum + world.faults, 0),
    fewestFaults: worlds.length === 0 ? 0 : Math.min(...worlds.map(({ faults }) => faults)),
    jobs: worlds.reduce((sum, world) => sum + world.jobs, 0),
    violations,
    ablations: Object.fromEntries(rules.map((rule) => [rule, firstCaught(rule)])),
    cpuMs: Math.round((user + system) / 1_000),
    ...(one === undefined || !worlds[0] ? {} : { trace: worlds[0].trace }),
  };
}

function complain(seed: number, violations: readonly string[]): void {
  process.exitCode = 1;
  const replay = `npm run sim:faults -- --seed ${seed}`;
  const shown = violations.slice(0, 3).join('; ');
  process.stderr.write(`seed ${seed}: ${shown}\n  replay: ${replay}\n`);
}

/** The first failing seed without all that it fails without. */
function complainShortly(seed: number): void {
  const { dropped, left, violation } = shrink(seed, SHRINKING_RUNS);
  const replay = `npm run sim:faults -- --seed ${seed} --drop ${dropped.join(',')}`;
  process.stderr.write(`  shrunk to ${left.join(' ')}: ${violation}\n  replay: ${replay}\n`);
}

function firstCaught(rule: Rule): Caught | null {
  const violation = scenarioOf(rule)?.({ without: rule })[0];
  if (violation !== undefined) return { by: 'scenario', violation };
  for (let seed = 1; seed <= ABLATION_SEEDS; seed += 1) {
    const found = runSeed(seed, { without: rule }).violations[0];
    if (found !== undefined) return { by: `seed ${seed}`, violation: found };
  }
  process.exitCode = 1;
  process.stderr.write(`nobody noticed that the rule '${rule}' was left out\n`);
  return null;
}

function textAfter(argv: readonly string[], option: string): string | undefined {
  const at = argv.indexOf(option);
  return at < 0 ? undefined : argv[at + 1];
}

function rulesAfter(argv: readonly string[]): readonly Rule[] {
  if (!argv.includes('--ablate')) return [];
  const name = textAfter(argv, '--ablate');
  if (name === 'all') return RULES;
  const rule = RULES.find((known) => known === name);
  if (rule) return [rule];
  throw new RangeError(`--ablate needs one of ${RULES.join(', ')} or all, not '${name ?? ''}'`);
}
