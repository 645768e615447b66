/**
 * `npm run sim:faults -- [--seeds N] [--seed S] [--ablate RULE|all] [--json]`: seeded worlds where
 * everything breaks, around the real machine and the real agent (test/world).
 */
import type { Rule } from '../test/world/rule.ts';
import { RULES } from '../test/world/rule.ts';
import type { SeededWorld } from '../test/world/seededWorld.ts';
import { runSeed } from '../test/world/seededWorld.ts';
import { wholeNumberAfter } from './wholeNumberAfter.ts';

export type FaultsBench = {
  readonly seeds: number;
  readonly faults: number;
  readonly fewestFaults: number;
  readonly jobs: number;
  readonly violations: number;
  /** By rule that was left out: the first seed that noticed, and what; null = nobody did. */
  readonly ablations: Readonly<Record<string, { seed: number; violation: string } | null>>;
  readonly cpuMs: number;
  /** With --seed: equal on every run. */
  readonly trace?: string;
};

const DEFAULT_SEEDS = 100;
const LONGEST_ABLATION_SEEDS = 1_500;
/** Every so many seeds one runs twice, to see that nothing but the seed decides. */
const TWICE_EVERY = 100;

export async function run(argv: string[]): Promise<FaultsBench> {
  const one = wholeNumberAfter(argv, '--seed');
  const seeds = one === undefined ? (wholeNumberAfter(argv, '--seeds') ?? DEFAULT_SEEDS) : 1;
  const rules = rulesAfter(argv);
  const began = process.cpuUsage();
  const worlds: SeededWorld[] = [];
  let violations = 0;
  const first = one ?? 1;
  for (let seed = first; rules.length === 0 && seed < first + seeds; seed += 1) {
    const world = runSeed(seed, undefined);
    const again = seed % TWICE_EVERY === 0 ? runSeed(seed, undefined).trace : world.trace;
    const found = again === world.trace ? world.violations : ['a second run has another trace'];
    violations += found.length;
    if (found.length > 0) complain(seed, found);
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

function firstCaught(rule: Rule): { seed: number; violation: string } | null {
  for (let seed = 1; seed <= LONGEST_ABLATION_SEEDS; seed += 1) {
    const violation = runSeed(seed, rule).violations[0];
    if (violation !== undefined) return { seed, violation };
  }
  process.stderr.write(`nobody noticed that the rule '${rule}' was left out\n`);
  return null;
}

function rulesAfter(argv: readonly string[]): readonly Rule[] {
  const at = argv.indexOf('--ablate');
  if (at < 0) return [];
  const name = argv[at + 1];
  if (name === 'all') return RULES;
  const rule = RULES.find((known) => known === name);
  if (rule) return [rule];
  throw new RangeError(`--ablate needs one of ${RULES.join(', ')} or all, not '${name ?? ''}'`);
}
