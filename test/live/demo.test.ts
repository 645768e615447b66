import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { processesOf, removeHome } from '../../cli/demo/privateHome.ts';

/**
 * The demo as a user runs it: to its end once, and stopped at several moments. Whatever happens,
 * nothing that it made is left: no process and no file.
 */
const program = join(import.meta.dirname, '../../dist/cli/demo.js');
const FULL_RUN_MS = 480_000;
const STOPPED_RUN_MS = 240_000;
const EXIT_CODES = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 };

let temporary: string;
let running: ChildProcess | undefined;
beforeEach(() => {
  temporary = mkdtempSync(join(tmpdir(), 'pibatch-demo-test-'));
});
afterEach(() => {
  running?.kill('SIGKILL');
  removeHome({ folder: temporary, environment: {} });
});

/** When the demo has said something, or when a program of its cluster runs. */
type Moment = { readonly said: string } | { readonly runs: string };

function isNow(moment: Moment, said: string): boolean {
  if ('said' in moment) return said.includes(moment.said);
  return processesOf(temporary).some(({ commandLine }) => commandLine.includes(moment.runs));
}

function startDemo(options: { readonly args?: string[]; readonly env?: NodeJS.ProcessEnv }) {
  const child = spawn(process.execPath, [program, ...(options.args ?? [])], {
    env: { ...process.env, ...options.env, TMPDIR: temporary },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running = child;
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (said += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
  // `close`, not `exit`: its last words may still be in the pipe when it has ended.
  const exit = once(child, 'close').then(([code, signal]: unknown[]) => code ?? signal);
  const until = async (moment: Moment): Promise<void> => {
    while (!isNow(moment, said)) {
      if (child.exitCode !== null || child.signalCode !== null)
        throw new Error(`the demo ended too early:\n${said}`);
      await sleep(10);
    }
  };
  return { child, exit, until, said: () => said };
}

/** The demo itself has ended, so whoever names its folder was left behind. */
function expectNothingLeft(): void {
  expect(processesOf(temporary)).toEqual([]);
  expect(readdirSync(temporary)).toEqual([]);
}

test(
  'verifies every example and leaves nothing behind',
  async () => {
    const demo = startDemo({ args: ['--json'] });
    const code = await demo.exit;
    const lines = demo.said().trim().split('\n');
    expect(code, demo.said()).toBe(0);
    expect(demo.said()).toContain('No process and no folder is left.');
    expect(demo.said()).not.toContain('\u001b');
    const summary: unknown = JSON.parse(lines.at(-1) ?? '');
    expect(summary).toMatchObject({ verified: true });
    const names = ['hello', 'pi-digits', 'monte-carlo', 'mandelbrot', 'matmul', 'fibonacci'];
    const more = ['heat', 'array-sweep', 'plain-command', 'nightly'];
    expect(summary).toMatchObject({
      examples: [...names, ...more].map((example) => ({ example, verified: true })),
    });
    expectNothingLeft();
  },
  FULL_RUN_MS,
);

describe('stopped at any moment, it leaves nothing behind', () => {
  const moments: readonly (readonly [string, Moment, keyof typeof EXIT_CODES])[] = [
    ['at its first command', { said: '$ pibatch up' }, 'SIGINT'],
    ['with a broker alone', { runs: 'nats-server' }, 'SIGTERM'],
    ['with a scheduler that starts', { runs: 'scheduler/live/main.js' }, 'SIGINT'],
    ['with agents that start', { runs: 'nodeagent/main.js' }, 'SIGTERM'],
    ['at the first job', { said: '$ pisub' }, 'SIGINT'],
    ['with a job host that starts', { runs: 'jobhost/main.js' }, 'SIGTERM'],
    ['with jobs waiting and running', { said: 'Submitted batch job 4' }, 'SIGINT'],
    ['by a terminal that was closed', { said: 'Submitted batch job 2' }, 'SIGHUP'],
  ];

  test.each(moments)(
    '%s',
    async (_when, moment, signal) => {
      const demo = startDemo({});
      await demo.until(moment);
      demo.child.kill(signal);
      expect(await demo.exit, demo.said()).toBe(EXIT_CODES[signal]);
      expect(demo.said()).toMatch(/Stopped: no process and no folder is left\.\n$/);
      expectNothingLeft();
    },
    STOPPED_RUN_MS,
  );

  test(
    'by an impatient user',
    async () => {
      const demo = startDemo({});
      await demo.until({ said: '$ pisub' });
      for (let press = 0; press < 5; press += 1) {
        demo.child.kill('SIGINT');
        await sleep(30);
      }
      /** Node.js forgets its listeners as it exits: a press in that moment ends it by the signal, which a shell reports as 130 too. */
      expect([130, 'SIGINT'], demo.said()).toContain(await demo.exit);
      expect(demo.said()).toMatch(/Stopped: no process and no folder is left\.\n$/);
      expectNothingLeft();
    },
    STOPPED_RUN_MS,
  );

  test(
    'when nobody reads its output any more',
    async () => {
      const demo = startDemo({});
      await demo.until({ said: '$ pisub' });
      demo.child.stdout.destroy();
      demo.child.stderr.destroy();
      expect(await demo.exit).not.toBe(0);
      expectNothingLeft();
    },
    STOPPED_RUN_MS,
  );

  test(
    'when the cluster cannot start',
    async () => {
      const demo = startDemo({ env: { NATS_URL: '', NATS_SERVER_BIN: '/no/such/nats-server' } });
      expect(await demo.exit).toBe(1);
      expect(demo.said()).toContain('/no/such/nats-server');
      expectNothingLeft();
    },
    STOPPED_RUN_MS,
  );
});
