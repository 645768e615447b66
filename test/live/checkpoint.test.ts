import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { liveJobHosts } from '../../cli/pibatch/jobHosts.ts';
import { until } from '../scheduler/live/stage.ts';
import { type LiveCluster, startCluster } from './cluster.ts';

/**
 * Three nodes of one core; whoever is silent for some seconds is given up. A machine that is busy
 * with other things may make a node silent that is not dead: its job then goes on once more.
 */
let cluster: LiveCluster;
let folder: string;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'pibatch-checkpoint-'));
  cluster = await startCluster({
    nodes: [0, 1, 0].map((core, index) => ({ name: `node${index + 1}`, cores: [core] })),
    settings: {
      heartbeatMs: 300,
      silentAfterMs: 1_500,
      downAfterMs: 2_500,
      leaseMs: 6_000,
      killMarginMs: 1_000,
    },
  });
}, 120_000);

afterEach(async () => {
  await cluster.stop();
  rmSync(folder, { recursive: true });
}, 60_000);

/**
 * Adds up over 2 ranks, 200 steps that take their time; says from where it goes on. In the middle
 * it waits until the test has done its harm.
 */
const KERNEL = `
export default function sum(comm, { folder }) {
  const state = comm.restored() ?? { step: 0, total: 0, parts: new Float64Array(3) };
  const first = state.step;
  if (comm.rank === 0) require('node:fs').appendFileSync(folder + '/starts', first + '\\n');
  const pause = new Int32Array(new SharedArrayBuffer(4));
  let made = 0;
  while (state.step < 200) {
    state.step += 1;
    state.total += comm.allreduce(state.step * (comm.rank + 1), 'sum');
    state.parts[comm.rank] += 1;
    Atomics.wait(pause, 0, 0, 10);
    while (state.step === 100 && !require('node:fs').existsSync(folder + '/go'))
      Atomics.wait(pause, 0, 0, 25);
    if (state.step % 20 !== 0 || !comm.checkpoint(state)) continue;
    made += 1;
    if (comm.rank === 0) require('node:fs').appendFileSync(folder + '/kept', state.step + '\\n');
  }
  return { total: state.total, first, mine: state.parts[0], made };
}
`.replaceAll("require('node:fs')", 'fs');

async function submit(kernel: string, more = ''): Promise<string> {
  writeFileSync(join(folder, 'kernel.js'), `import * as fs from 'node:fs';\n${kernel}`);
  writeFileSync(
    join(folder, 'job.yaml'),
    `kernel: ./kernel.js\nranks: 2\nparams: {folder: ${JSON.stringify(folder)}}\n${more}`,
  );
  const { stdout, stderr } = await cluster.run('pisub', ['--parsable', join(folder, 'job.yaml')]);
  expect(stderr).toBe('');
  return stdout.trim();
}

const lines = (name: string): number[] => {
  try {
    return readFileSync(join(folder, name), 'utf8').trim().split('\n').map(Number);
  } catch {
    return [];
  }
};

/** Where the last rank runs. */
async function lastNode(): Promise<string> {
  const { stdout } = await cluster.run('piqueue', ['--json']);
  const nodes: string[] = JSON.parse(stdout)[0].nodes;
  return nodes.at(-1) ?? '';
}

/** As a power cut does it: agent and job hosts at once, and nobody comes back. */
async function losePower(node: string): Promise<void> {
  await cluster.killAgent(node);
  for (const { pid } of liveJobHosts(cluster.nodeHome(node))) process.kill(pid, 'SIGKILL');
}

test('a job whose node dies goes on from its last checkpoint, to the same answer', async () => {
  const job = await submit(KERNEL, 'time: 10m\n');
  await until('two checkpoints are written', async () => lines('kept').length >= 2);
  await losePower(await lastNode());
  writeFileSync(join(folder, 'go'), '');
  await until('it has ended', async () => {
    const { stdout } = await cluster.run('piqueue', ['--json']);
    return JSON.parse(stdout).length === 0;
  });
  const { stdout } = await cluster.run('pictl', ['show', 'job', job, '--json']);
  const shown = JSON.stringify(JSON.parse(stdout));
  expect(shown).toContain('COMPLETED');
  const [first, ...more] = lines('starts');
  const again = more.at(-1) ?? -1;
  expect(first).toBe(0);
  expect(again).toBeGreaterThan(0);
  expect(again % 20).toBe(0);
  const result = await cluster.run('pilogs', ['--result', job]);
  // 3 x (1 + ... + 200), whatever was lost in between.
  const { made, ...answer } = JSON.parse(result.stdout);
  expect(answer).toEqual({ total: 60_300, first: again, mine: 200 });
  const used = await cluster.run('piacct', ['efficiency', job, '--json']);
  const [{ checkpoints, collectives }] = JSON.parse(used.stdout);
  expect(made).toBeGreaterThan(0);
  expect(checkpoints.made).toBe(made);
  expect(checkpoints.costS).toBeGreaterThan(0);
  expect(checkpoints.costS).toBeLessThan(checkpoints.everyS);
  expect(checkpoints.seen.losses).toBeGreaterThan(0);
  expect(checkpoints.seen.nodeS).toBeGreaterThan(0);
  expect(checkpoints.advice).toBeNull();
  expect(collectives.map(({ kind }: { kind: string }) => kind)).toEqual(['allreduce']);
  const words = await cluster.run('piacct', ['efficiency', job]);
  expect(words.stdout).toMatch(/^Checkpoints +\d+ of .*, one every .* of the time\)$/m);
  expect(words.stdout).toMatch(/^Interval +.* lost in .* too little to say/m);
}, 180_000);

/** Computes until it is told to save its work. */
const PATIENT = `
export default function patient(comm) {
  const pause = new Int32Array(new SharedArrayBuffer(4));
  for (let told = 0; ; told = comm.allreduce(comm.signalled(), 'max')) {
    if (told > 0) return { told };
    Atomics.wait(pause, 0, 0, 20);
  }
}
`;

test('ranks are told before their time limit', async () => {
  const job = await submit(PATIENT, 'time: 1m\nsignal: USR1@58\n');
  await until('it has ended', async () => {
    const { stdout } = await cluster.run('piqueue', ['--json']);
    return JSON.parse(stdout).length === 0;
  });
  const result = await cluster.run('pilogs', ['--result', job]);
  expect(JSON.parse(result.stdout)).toEqual({ told: 10 });
}, 180_000);
