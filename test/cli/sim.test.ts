import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { runCommand } from '../../cli/command.ts';
import { sim } from '../../cli/pibatch/sim.ts';

const folder = mkdtempSync(join(tmpdir(), 'pibatch-sim-'));
afterAll(() => rmSync(folder, { recursive: true }));

const row = (number: number, submitS: number, runS: number, processors: number): string =>
  `${number} ${submitS} -1 ${runS} ${processors} -1 -1 ${processors} ${runS} -1 1 7 1 2 0 -1 -1 -1`;

function traceFile(name: string, lines: readonly string[]): string {
  const path = join(folder, name);
  writeFileSync(path, `${lines.join('\n')}\n`);
  return path;
}

/** Slurm's own backfill example, with one second between the submissions. */
const EXAMPLE = traceFile('example.swf', [
  '; MaxProcs: 32',
  row(10, 0, 600, 1),
  row(20, 1, 600, 32),
  row(30, 2, 300, 31),
]);

async function run(argv: readonly string[]) {
  const printed: string[] = [];
  const told: string[] = [];
  const code = await runCommand(sim, argv, {
    print: (text) => void printed.push(String(text)),
    tell: (line) => void told.push(line),
    cells: 100,
    tint: (_, text) => text,
    interactive: false,
  });
  return { code, printed: printed.join(''), told };
}

describe('pibatch sim', () => {
  test('--json has one object a policy with the published keys', async () => {
    const { code, printed } = await run([EXAMPLE, '--policy', 'fifo,easy', '--json']);
    expect(code).toBe(0);
    const results = JSON.parse(printed) as Record<string, unknown>[];
    expect(results.map(({ policy, meanWaitS }) => [policy, meanWaitS])).toEqual([
      ['fifo', (599 + 1_198) / 3],
      ['easy', 599 / 3],
    ]);
    const keys =
      'policy jobs meanWaitS p95WaitS maxWaitS meanBoundedSlowdown p95BoundedSlowdown utilisation makespanS backfilledShare';
    expect(Object.keys(results[0] ?? {})).toEqual(keys.split(' '));
  });

  test('the table compares the policies', async () => {
    const { printed } = await run([EXAMPLE, '-p', 'fifo', '-p', 'easy']);
    const [head = '', fifo = '', easy = ''] = printed.split('\n');
    expect(head).toMatch(/^POLICY +JOBS +WAIT +P95 +MAX +SLOWDOWN/);
    expect(fifo).toMatch(/^fifo +3 +00:09:59 +00:19:58/);
    expect(easy).toMatch(/^easy +3 +00:03:19 +00:09:59/);
  });

  test('--starts writes job and second, --nodes and --cores make the machine', async () => {
    const path = join(folder, 'starts.txt');
    await run([EXAMPLE, '-p', 'easy', '--starts', path]);
    expect(readFileSync(path, 'utf8')).toBe('10 0\n20 600\n30 2\n');
    await run([EXAMPLE, '-p', 'easy', '--starts', path, '--nodes', '16', '--cores', '4']);
    expect(readFileSync(path, 'utf8')).toBe('10 0\n20 1\n30 2\n');
  });

  test('--svg draws each job of a short workload under every policy', async () => {
    const path = join(folder, 'both.svg');
    await run([EXAMPLE, '-p', 'fifo,easy', '--svg', path]);
    const svg = readFileSync(path, 'utf8');
    expect(svg.startsWith('<svg xmlns=') && svg.endsWith('</svg>')).toBe(true);
    const bars = [...svg.matchAll(/<title>(job 30: [^<]*)/g)].map(([, words]) => words);
    expect(svg.match(/class="job /g)).toHaveLength(6);
    const what = 'job 30: 31 processors for 5m00s, waited';
    expect(bars).toEqual([`${what} 19m58s`, `${what} 0s`]);
    expect(svg.includes('prefers-color-scheme:dark')).toBe(true);
  });

  test('--svg of a long workload stays small', async () => {
    const path = join(folder, 'long.svg');
    await run(['--jobs', '1500', '-p', 'easy', '--nodes', '4', '--cores', '4', '--svg', path]);
    const svg = readFileSync(path, 'utf8');
    expect(svg.includes('class="job ')).toBe(false);
    expect(svg.length).toBeLessThan(200_000);
  });

  test('without a trace one is made up, the same for equal seeds', async () => {
    const argv = ['--jobs', '60', '-p', 'easy', '--json', '--nodes', '4', '--cores', '4'];
    const first = await run([...argv, '--seed', '3']);
    expect(first.told).toEqual(['60 made-up jobs on 16 cores, seed 3']);
    expect((await run([...argv, '--seed', '3'])).printed).toBe(first.printed);
    expect((await run([...argv, '--seed', '4'])).printed).not.toBe(first.printed);
  });

  test('says what it leaves out', async () => {
    const { told } = await run([EXAMPLE, '-p', 'easy', '--cores', '8']);
    expect(told).toEqual(['2 of 3 jobs are left out (see --help)']);
  });

  test.each([
    [['/nowhere.swf'], '/nowhere.swf cannot be read: there is no such file'],
    [[EXAMPLE, '--policy', 'eazy'], "--policy: 'eazy' is not a policy; did you mean 'easy'?"],
    [[EXAMPLE, '--nodes', '0'], "--nodes: '0' is not a whole number from 1 to 1000000"],
    [[EXAMPLE, '--jobs', '1e9'], "--jobs: '1e9' is not a whole number"],
    [[EXAMPLE, '--starts', 'x'], '--starts is for one policy, not'],
    [[EXAMPLE, '--seed', '1'], '--seed is for a made-up workload'],
    [[EXAMPLE, 'other.swf'], "one trace at a time: 'other.swf' is one too many"],
    [[traceFile('text.swf', ['; MaxProcs: 8', 'hello world'])], 'line 2: field 1 is not a number'],
    [[traceFile('empty.swf', [''])], 'line 1: no MaxProcs in the header'],
    [[traceFile('large.swf', ['; MaxProcs: 8', row(1, 1, 1, 9)])], 'no job of 1 can be replayed'],
    [[EXAMPLE, '-p', 'easy', '--starts', folder], 'cannot be written'],
    [[EXAMPLE, '-p', 'easy', '--svg', folder], 'cannot be written'],
    [[EXAMPLE, '--add-nodes', '2'], "--add-nodes is for the cluster's own jobs: add --history"],
    [[EXAMPLE, '--history'], "--history replays the cluster's own jobs: leave"],
    [['--history', '--seed', '3'], '--seed is for a made-up workload'],
    [['--history', '--since', 'noonish'], '--since:'],
    [['--history', '--nodes', '3', '--add-nodes', '2'], '--add-nodes adds to the nodes there are'],
  ])('refuses %j in one line', async (argv, problem) => {
    const error = await run(argv).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ exitCode: 2, message: expect.stringContaining(problem) });
    expect((error as Error).message).not.toContain('\n');
  });
});
