import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { LiveCluster } from '../test/live/cluster.ts';

/** A kernel at several rank counts through the whole real stack: what to run, and where files may lie. */
export type SpeedupSweep = {
  readonly folder: string;
  readonly name: string;
  /** File of the kernel. */
  readonly kernel: string;
  readonly params: unknown;
  /** Nodes that every run lies on. */
  readonly nodes: number;
  readonly scale: readonly number[];
  readonly repeat: number;
  readonly signal: AbortSignal;
};

const POLLS = 400;
const POLL_MS = 1_000;

/** Returns what `piacct speedup --json` says once all runs have ended. Errors: Error when runs were left out. */
export async function speedupSweep(cluster: LiveCluster, sweep: SpeedupSweep): Promise<unknown> {
  const { folder, name, kernel, nodes, params, scale, repeat, signal } = sweep;
  const path = join(folder, `${name}.yaml`);
  const lines = [
    `name: ${name}`,
    `kernel: ${JSON.stringify(kernel)}`,
    'time: 5m',
    `nodes: ${nodes}`,
    `params: ${JSON.stringify(params)}`,
  ];
  writeFileSync(path, `${lines.join('\n')}\n`);
  const options = ['--scale', scale.join(','), '--repeat', String(repeat), '--json', path];
  const sent = await cluster.run('pisub', options, { cwd: folder });
  if (sent.code !== 0) throw new Error(`pisub ended with ${sent.code}: ${sent.stderr}`);
  const group = String(member(JSON.parse(sent.stdout), '0', 'group'));
  for (let poll = 0; poll < POLLS; poll++) {
    await sleep(POLL_MS, undefined, { signal });
    const { stdout } = await cluster.run('piacct', ['speedup', '--group', group, '--json']);
    const said: unknown = stdout === '' ? {} : JSON.parse(stdout);
    if (Number(member(said, 'runs', 'used')) >= scale.length * repeat) return said;
    const excluded = member(said, 'runs', 'excluded');
    if (Array.isArray(excluded) && excluded.length > 0)
      throw new Error(`runs were left out: ${JSON.stringify(excluded)}`);
  }
  throw new Error(`the sweep ${name} did not end`);
}

/** What lies at the end of a path of keys; undefined where there is nothing. */
export function member(value: unknown, ...keys: readonly string[]): unknown {
  return keys.reduce<unknown>((inner, key) => Reflect.get(Object(inner), key), value);
}
