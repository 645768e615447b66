import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { makeHome, processesOf, removeHome } from '../../../cli/demo/privateHome.ts';

let temporary: string;
beforeEach(() => {
  temporary = mkdtempSync(join(tmpdir(), 'pibatch-home-test-'));
  vi.stubEnv('TMPDIR', temporary);
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(temporary, { recursive: true });
});

/** A process of its own session that does nothing until it is killed. */
async function idle(options: { readonly cwd?: string; readonly env?: NodeJS.ProcessEnv }) {
  const child = spawn(process.execPath, ['-e', 'console.log(1); setInterval(() => {}, 1000)'], {
    ...options,
    env: { PATH: process.env['PATH'], ...options.env },
    detached: true,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  await once(child.stdout, 'data');
  return child;
}

test('the environment hides every other cluster and the settings of the user', () => {
  const home = makeHome({ PATH: '/bin', PISUB_RANKS: '7', PIBATCH_HOME: '/elsewhere' });
  expect(home.environment).toEqual({
    PATH: '/bin',
    PIBATCH_HOME: join(home.folder, 'home'),
    TMPDIR: join(home.folder, 'tmp'),
    COLUMNS: expect.any(String),
  });
  removeHome(home);
});

test('ends whoever works in the folder or knows it, and nobody else', async () => {
  const home = makeHome({});
  writeFileSync(join(home.folder, 'tmp', 'left'), 'behind');
  const byFolder = await idle({ cwd: home.folder });
  const byEnvironment = await idle({ env: home.environment });
  const stranger = await idle({ cwd: temporary });
  expect(processesOf(home.folder).map(({ pid }) => pid)).toEqual(
    [byFolder.pid, byEnvironment.pid].toSorted((a, b) => (a ?? 0) - (b ?? 0)),
  );

  const ends = [once(byFolder, 'exit'), once(byEnvironment, 'exit')];
  expect(removeHome(home)).toHaveLength(2);
  await Promise.all(ends);
  expect(existsSync(home.folder)).toBe(false);
  expect(readdirSync(temporary)).toEqual([]);
  expect(stranger.exitCode).toBeNull();

  stranger.kill('SIGKILL');
  await once(stranger, 'exit');
});

test('may be done twice', () => {
  const home = makeHome({});
  expect(removeHome(home)).toEqual([]);
  expect(removeHome(home)).toEqual([]);
});
