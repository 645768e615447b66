/** pibatch up, down, status, doctor, as a user types them. */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { findBrokerBinary } from '../../cli/pibatch/broker.ts';
import { readPidFile } from '../../proto/pidFile.ts';
import { identify } from '../../proto/processIdentity.ts';
import { type Finished, type LiveCluster, startCluster } from './cluster.ts';

const NODES = [
  { name: 'a', cores: [0, 1] },
  { name: 'b', cores: [0, 1] },
];

let cluster: LiveCluster;
beforeAll(async () => {
  cluster = await startCluster({ nodes: NODES });
});
afterAll(() => cluster.stop());
/** Every test begins with a whole cluster. */
beforeEach(() => cluster.up());

type Status = {
  readonly scheduler: { readonly pid: number | null; readonly liveJobs: number };
  readonly broker: { readonly pid: number | null; readonly server: string };
  readonly nodes: readonly { readonly name: string; readonly pid: number | null }[];
};

const parse = <T>({ stdout }: Finished): T => JSON.parse(stdout) as T;

async function untilState(job: string, state: string): Promise<void> {
  await expect
    .poll(
      async () => {
        const { stdout } = await cluster.run('piacct', ['-j', job, '--json']);
        return (JSON.parse(stdout) as { state: string }[])[0]?.state;
      },
      { timeout: 90_000, interval: 200 },
    )
    .toBe(state);
}

async function submit(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await cluster.run('pisub', ['--parsable', ...args]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return stdout.trim();
}

describe('pibatch up', () => {
  test('keeps what runs, starts again what died, and state survives', async () => {
    const job = await submit('--wrap', 'true');
    await untilState(job, 'COMPLETED');
    const before = parse<Status>(await cluster.run('pibatch', ['status', '--json']));
    await cluster.killAgent('a');
    await cluster.killScheduler();
    const up = await cluster.run('pibatch', ['up', '--json']);
    expect(up.code, up.stderr).toBe(0);
    const after = parse<Status>(await cluster.run('pibatch', ['status', '--json']));
    expect(after.broker).toEqual(before.broker);
    expect(after.nodes[1]).toEqual(before.nodes[1]);
    expect(after.nodes[0]?.pid).not.toBe(before.nodes[0]?.pid);
    expect(after.scheduler.pid).not.toBe(before.scheduler.pid);
    await untilState(job, 'COMPLETED');
  });

  test('does not change a running cluster, and refuses numbers that cannot be', async () => {
    const other = await cluster.run('pibatch', ['up', '--nodes', '3']);
    expect(other.code).toBe(3);
    expect(other.stderr).toContain("run 'pibatch down' first");
    for (const bad of ['0', '1.5', 'two', '65', '']) {
      const { code, stderr } = await cluster.run('pibatch', ['up', `--nodes=${bad}`]);
      expect({ code, said: stderr.includes('whole number from 1 to 64') }).toEqual({
        code: 2,
        said: true,
      });
    }
    expect((await cluster.run('pibatch', ['up', '--nods', '3'])).stderr).toContain('--nodes');
    expect((await cluster.run('pibatch', ['upp'])).stderr).toContain("did you mean 'up'");
  });

  test('interrupted leaves nothing running', async () => {
    expect((await cluster.run('pibatch', ['down'])).code).toBe(0);
    for (const afterMs of [250, 400, 600]) {
      const interrupt = { signal: 'SIGINT', afterMs } as const;
      const { code, stdout, stderr } = await cluster.run('pibatch', ['up'], { interrupt });
      // Or it was quicker than the signal, which may even have met it while it was leaving.
      if (stdout.includes(' is up: ')) await cluster.run('pibatch', ['down']);
      else expect(stderr).toContain(code === 130 ? 'interrupted' : '');
      expect(everyPid()).toEqual([]);
    }
  });
});

describe('a broker of the user', () => {
  test('is used, needs nothing but JetStream, and is left running', async () => {
    const folder = join(cluster.home, 'external');
    mkdirSync(folder);
    const config = `listen: "127.0.0.1:-1"\nports_file_dir: "${folder}"\njetstream: { store_dir: "${folder}" }\nauthorization: { user: pi, password: "p@ss" }\n`;
    writeFileSync(join(folder, 'nats.conf'), config);
    const binary = findBrokerBinary(process.env);
    const server = spawn(binary, ['-c', join(folder, 'nats.conf')], { stdio: 'ignore' });
    try {
      const portsFile = join(folder, `nats-server_${server.pid}.ports`);
      const ports = (): string => (existsSync(portsFile) ? readFileSync(portsFile, 'utf8') : '');
      await expect.poll(ports).toMatch(/nats:[^"]+"/);
      const address = /nats:..([^"]+)/.exec(ports())?.[1] ?? '';
      const home = join(cluster.home, 'guest');
      const env = { NATS_URL: `nats://pi:p%40ss@${address}`, PIBATCH_HOME: home };
      const up = await cluster.run('pibatch', ['up', '--nodes', '1'], { env });
      expect({ code: up.code, said: up.stdout.includes('p%40ss') }, up.stderr).toEqual({
        code: 0,
        said: false,
      });
      const job = await cluster.run('pisub', ['--wait', '--wrap', 'true'], { env });
      expect(job.code, job.stderr).toBe(0);
      const down = await cluster.run('pibatch', ['down'], { env });
      expect(down.code, down.stderr).toBe(0);
      expect(server.exitCode).toBe(null);
    } finally {
      server.kill('SIGKILL');
    }
  });

  test('that is not there is named, and nothing stays', async () => {
    const home = join(cluster.home, 'nobody');
    const env = { NATS_URL: 'nats://127.0.0.1:1', PIBATCH_HOME: home };
    const up = await cluster.run('pibatch', ['up'], { env });
    expect(up.code).toBe(4);
    expect(up.stderr).toContain('no broker answers at nats://127.0.0.1:1');
    const bad = { NATS_URL: 'http://x', PIBATCH_HOME: home };
    expect((await cluster.run('pibatch', ['up'], { env: bad })).code).toBe(2);
  });
});

describe('pibatch down', () => {
  test('ends running jobs, says how many, keeps the queue, and up goes on with it', async () => {
    const running = [];
    for (let job = 0; job < 2; job += 1)
      running.push(await submit('-n', '2', '--wrap', 'sleep 1000'));
    const queued = await submit('-n', '2', '--wrap', 'true');
    for (const job of running) await untilState(job, 'RUNNING');
    const down = await cluster.run('pibatch', ['down']);
    expect(down.stdout).toBe('The cluster is down. Ended 2 running jobs.\n');
    expect(everyPid()).toEqual([]);
    const none = await cluster.run('pibatch', ['down']);
    expect(none).toMatchObject({ code: 0, stdout: 'Nothing was running.\n' });
    expect((await cluster.run('pibatch', ['status'])).code).toBe(4);
    await cluster.up();
    await untilState(queued, 'COMPLETED');
    for (const job of running) await untilState(job, 'CANCELLED');
  });

  test('--keep-jobs leaves jobs running, and up finds them', async () => {
    const flag = join(cluster.home, 'flag');
    const job = await submit('--wrap', `while [ ! -e ${flag} ]; do sleep 0.1; done`);
    await untilState(job, 'RUNNING');
    const down = await cluster.run('pibatch', ['down', '--keep-jobs']);
    expect(down.stdout).toBe('The cluster is down. Kept 1 running job.\n');
    await cluster.up();
    writeFileSync(flag, '');
    await untilState(job, 'COMPLETED');
  });

  test('never signals a stranger who has the pid now', async () => {
    await cluster.killAgent('a');
    const stranger = spawn('sleep', ['1000'], { stdio: 'ignore' });
    const found = identify(stranger.pid ?? 0);
    const pidFile = join(cluster.nodeHome('a'), 'agent.pid');
    const forged = `${found?.pid} ${(found?.startTicks ?? 0) - 1} ${found?.bootId}\n`;
    writeFileSync(pidFile, forged);
    await cluster.run('pibatch', ['down']);
    expect(identify(stranger.pid ?? 0)).toEqual(found);
    stranger.kill();
  });
});

describe('pibatch status and doctor', () => {
  test('a healthy cluster has no fault', async () => {
    const { code, stdout } = await cluster.run('pibatch', ['doctor', '--json']);
    const findings = JSON.parse(stdout) as { health: string; check: string }[];
    expect(findings.filter(({ health }) => health === 'broken')).toEqual([]);
    expect(code).toBe(0);
    expect(findings.map(({ check }) => check)).toEqual(
      expect.arrayContaining(['node', 'nats-server', 'broker', 'scheduler', 'files', 'a', 'b']),
    );
  });

  test('each fault is named with its cure', async () => {
    await cluster.killScheduler();
    await cluster.killAgent('b');
    const { code, stdout } = await cluster.run('pibatch', ['doctor']);
    expect(code).toBe(1);
    expect(stdout).toMatch(/BAD +scheduler +it does not run\n +-> run 'pibatch up'/);
    expect(stdout).toMatch(/BAD +b +its agent does not run\n +-> run 'pibatch up'/);
    const status = await cluster.run('pibatch', ['status']);
    expect(status.code).toBe(4);
    expect(status.stdout).toContain('scheduler  not running');
  });

  test('without a cluster each command says what to do', async () => {
    const env = { PIBATCH_HOME: '/nowhere/pibatch' };
    const status = await cluster.run('pibatch', ['status'], { env });
    expect(status.code).toBe(4);
    expect(status.stderr).toContain("start one with 'pibatch up'");
    expect((await cluster.run('pibatch', ['down'], { env })).code).toBe(2);
    const queue = await cluster.run('piqueue', [], { env });
    expect(queue.code).toBe(4);
    expect(queue.stderr).toContain('pibatch up');
  });
});

/** Of all pid files below the home, those whose process lives. */
function everyPid(): number[] {
  if (!existsSync(cluster.home)) return [];
  return readdirSync(cluster.home, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.pid') && existsSync(join(cluster.home, name)))
    .flatMap((name) => {
      const path = join(cluster.home, name);
      const bare = /^(\d+)\s*$/.exec(readFileSync(path, 'utf8'))?.[1];
      const pid = bare === undefined ? readPidFile(path)?.pid : identify(Number(bare))?.pid;
      return pid === undefined ? [] : [pid];
    });
}
