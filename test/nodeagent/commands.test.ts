import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { processesWithEnvironment } from '../../nodeagent/process/procfs.ts';
import { inlineText, TestCluster } from './testCluster.ts';

/** What users' commands do, good and bad, and how it is told to them. */
const cluster = new TestCluster();
beforeAll(() => cluster.start(['n1']));
afterAll(() => cluster.stop());
afterEach(() => cluster.until('nothing is left', () => cluster.leftovers().length === 0));

const sh = (script: string) => ({ command: { args: ['/bin/sh', '-c', script] } });

test('a command ends with its exit code, its output and what it used', async () => {
  const burn = 'i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done';
  const script = `echo out; echo err >&2; echo out again; ${burn}`;
  const [end] = await cluster.run(cluster.order(sh(script)));
  expect(end?.exited).toMatchObject({ code: 0, signal: 0 });
  expect(end?.failure).toBeFalsy();
  expect(inlineText(end?.output?.[0])).toBe('out\nerr\nout again\n');
  expect(end?.usage?.[0]?.cpuMs).toBeGreaterThan(0);
  expect(end?.usage?.[0]?.peakMemoryBytes).toBeGreaterThan(0);
});

test('every rank runs the command, in the same folder, with its own number', async () => {
  const script = 'echo $PIBATCH_RANK of $PIBATCH_SIZE, $SLURM_PROCID; cat; exit 0';
  const [end] = await cluster.run(cluster.order(sh(script), { ranks: 3 }));
  const said = end?.output?.map(inlineText);
  expect(said).toEqual(['0 of 3, 0\n', '1 of 3, 1\n', '2 of 3, 2\n']);
});

test('a failing rank is named, and its siblings are ended', async () => {
  const script = 'if [ $PIBATCH_RANK = 1 ]; then exit 7; fi; exec sleep 100';
  const [end] = await cluster.run(cluster.order(sh(script), { ranks: 3 }));
  expect(end?.exited).toMatchObject({ code: 7, signal: 0 });
  expect(end?.failure).toMatchObject({ rank: 1, message: 'exited with code 7' });
  expect(end?.usage?.map(({ exit }) => exit)).toMatchObject([
    { code: 0, signal: 15 },
    { code: 7, signal: 0 },
    { code: 0, signal: 15 },
  ]);
});

test('a signal is told as exit:signal', async () => {
  const [end] = await cluster.run(cluster.order(sh('kill -SEGV $$')));
  expect(end?.exited).toMatchObject({ code: 0, signal: 11 });
  expect(end?.failure?.message).toBe('was killed by signal 11 (SIGSEGV)');
});

test.each([
  ['is not there', ['no-such-program'], 127, /'no-such-program' was not found in .*inputs:/],
  ['is a path to nothing', ['./nothing'], 127, /'.\/nothing' does not exist/],
  ['is a folder', ['/etc'], 126, /'\/etc' is a directory/],
  ['is not executable', ['/etc/passwd'], 126, /not executable.*chmod \+x/],
])('a command that %s', async (_, args, code, message) => {
  const [end] = await cluster.run(cluster.order({ command: { args } }));
  expect(end?.exited).toMatchObject({ code, signal: 0 });
  expect(end?.failure?.message).toMatch(message);
  expect(inlineText(end?.output?.[0])).toMatch(message);
});

test('a program for another processor is told apart', async () => {
  const machine = process.arch === 'arm64' ? 62 : 183;
  const header = Buffer.alloc(64);
  header.write('\x7fELF\x02\x01\x01', 'latin1');
  header.writeUInt16LE(machine, 18);
  const inputs = [{ path: 'prog', sha256: await cluster.bus.putBlob(header), executable: true }];
  const order = cluster.order({ command: { args: ['./prog'] }, inputs });
  const [end] = await cluster.run(order);
  expect(end?.exited).toMatchObject({ code: 126 });
  expect(end?.failure?.message).toContain("'./prog' was built for");
});

test('a command that the system cannot even be asked for is a failure like others', async () => {
  const order = cluster.order({ command: { args: ['/bin/echo', 'a\0b'] } });
  const [end] = await cluster.run(order);
  expect(end?.failure?.message).toMatch(/^could not start: .*null bytes/);
});

test('a script runs once, whatever the number of ranks', async () => {
  const text = '#!/bin/sh\necho "$1 on $SLURM_NTASKS"\n';
  const order = cluster.order({ script: { text, args: ['hello'] } }, { ranks: 4 });
  const [end] = await cluster.run(order);
  expect(end?.output?.map(inlineText)).toEqual(['hello on 4\n']);
});

test('a flood of output is cut, and waited for', async () => {
  const script = 'head -c 200000000 /dev/zero; echo done >&2';
  const order = cluster.order(sh(script));
  cluster.answer.acknowledge = false;
  const [end] = await cluster.run(order);
  const kept = statSync(join(cluster.partFolder(order), 'out/rank.0')).size;
  cluster.answer.acknowledge = true;
  expect(end?.exited).toMatchObject({ code: 0 });
  expect(end?.output?.[0]).toMatchObject({ truncated: true, sizeBytes: kept });
  expect(kept).toBeLessThan(11 * 2 ** 20);
  const stored = await cluster.bus.getBlob(end?.output?.[0]?.sha256 ?? '');
  expect(Buffer.from(stored).subarray(-50).toString()).toContain('output is cut here');
});

test('inputs are placed by path, outputs are collected by pattern, links are not', async () => {
  const sha256 = await cluster.bus.putBlob(Buffer.from('1,2\n'));
  const script =
    'mkdir -p result && wc -c < data/in.csv > result/n.txt && ln -s /etc/passwd result/p.txt &&' +
    ' head -c 20000 /dev/zero > result/big.txt && touch result/other.bin';
  const inputs = [{ path: 'data/in.csv', sha256 }];
  const [end] = await cluster.run(
    cluster.order({ ...sh(script), inputs, outputs: ['result/*.txt'] }),
  );
  expect(end?.exited).toMatchObject({ code: 0 });
  expect(end?.files?.map(({ name }) => name)).toEqual(['result/big.txt', 'result/n.txt']);
  expect(inlineText(end?.files?.[1]).trim()).toBe('4');
  expect(await cluster.bus.getBlob(end?.files?.[0]?.sha256 ?? '')).toHaveLength(20_000);
});

test.each([['../out'], ['/etc/cron.d/x'], ['a/../../b']])(
  'an input at %s is refused',
  async (path) => {
    const sha256 = await cluster.bus.putBlob(Buffer.from('x'));
    const [end] = await cluster.run(cluster.order({ ...sh('true'), inputs: [{ path, sha256 }] }));
    expect(end?.neverStarted).toContain(`'${path}' cannot be placed`);
  },
);

test('an input that nobody stored is told by name', async () => {
  const inputs = [{ path: 'in', sha256: 'ab'.repeat(32) }];
  const [end] = await cluster.run(cluster.order({ ...sh('true'), inputs }));
  expect(end?.neverStarted).toContain("could not fetch 'in'");
});

test('the time limit ends a command that ignores TERM', async () => {
  const order = cluster.order({
    ...sh('trap "" TERM; while :; do sleep 1; done'),
    timeLimitMs: 500,
  });
  const [end] = await cluster.run(order);
  expect(end?.timeLimit).toBeTruthy();
  expect(end?.usage?.[0]?.exit).toMatchObject({ signal: 9 });
});

test('an end order ends the whole session, and what escaped from it', async () => {
  const order = cluster.order(sh('setsid sleep 1000 & sleep 1000 & echo ready; wait'));
  cluster.send(order);
  await cluster.running(order);
  cluster.end(order, { why: 'cancelled by alice' });
  const [end] = await cluster.endsOf(order);
  expect(end?.killed).toBeTruthy();
  const folder = cluster.partFolder(order);
  expect(processesWithEnvironment(`PIBATCH_PART_FOLDER=${folder}`)).toEqual([]);
});

test('a signal order is delivered and ends nothing by itself', async () => {
  const order = cluster.order(
    sh('trap "echo got it; exit 3" USR1; echo up; while :; do sleep 0.05; done'),
  );
  cluster.send(order);
  await cluster.running(order);
  await cluster.until(
    'it is up',
    () => statSync(join(cluster.partFolder(order), 'out/rank.0')).size > 0,
  );
  cluster.end(order, { why: 'signal', signal: 10 });
  const [end] = await cluster.endsOf(order);
  expect(end?.exited).toMatchObject({ code: 3 });
  expect(inlineText(end?.output?.[0])).toMatch(/^up\n[^]*got it\n$/);
});

/** Of 300 MB that are really used. */
const HOG = `${process.execPath} -e "const x = Buffer.alloc(3e8, 1); setTimeout(() => x, 1e5)"`;

test.each([
  ['at once', `exec ${HOG}`],
  ['in a child that left the session', `setsid ${HOG} & wait; exit 1`],
])('a command that takes too much memory %s is ended as such', async (_, script) => {
  const order = cluster.order({ ...sh(script), memoryPerRankBytes: 100 * 2 ** 20 });
  const [end] = await cluster.run(order);
  expect(end?.outOfMemory).toBeTruthy();
  expect(end?.failure?.message).toContain('used more memory than the 100 MiB');
});

test('nothing of an acknowledged part stays but its tombstone', async () => {
  const order = cluster.order(sh('echo done'));
  await cluster.run(order);
  const home = cluster.home('n1');
  const key = cluster.key(order, 0);
  await cluster.until('it is buried', () => readdirSync(join(home, 'tombstones')).includes(key));
  await cluster.until('its folder is gone', () =>
    readdirSync(join(home, 'parts')).every((name) => !name.endsWith(key)),
  );
});
