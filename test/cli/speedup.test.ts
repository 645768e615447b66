import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runCommand } from '../../cli/command.ts';
import { piacct } from '../../cli/piacct.ts';
import type { Terminal } from '../../cli/terminal.ts';

/** `piacct speedup --from`: the whole path from a file to report, pages and exit code, no cluster. */
let folder: string;
let file: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'pibatch-speedup-'));
  file = join(folder, 'runs.csv');
  const rows = [1, 2, 4, 8, 16].flatMap((ranks) =>
    [0.99, 1, 1.01].map((noise) => `render,4096,${ranks},${600 * (0.04 + 0.96 / ranks) * noise}`),
  );
  writeFileSync(file, ['app,size,ranks,seconds', ...rows, ''].join('\n'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function run(...options: readonly string[]) {
  let stdout = '';
  let stderr = '';
  const terminal: Terminal = {
    print: (text) => void (stdout += String(text)),
    tell: (line) => void (stderr += `${line}\n`),
    cells: 80,
    tint: (_, text) => text,
    interactive: false,
  };
  const argv = ['speedup', '--from', file, '--ascii', ...options];
  const code = await runCommand(piacct, argv, terminal);
  return { code, stdout, stderr };
}

describe('piacct speedup --from', () => {
  test('recovers the serial fraction and fits 80 columns', async () => {
    const { code, stdout } = await run('--what-if', 'f=2%,p=32', '--suggest', '--predict', '32');
    expect(code).toBe(0);
    expect(stdout).toMatch(/serial fraction 4\.0%/);
    expect(stdout).toMatch(/^what if {2}32 ranks: /m);
    expect(stdout).toMatch(/^suggest {2}measure \d+ ranks next/m);
    expect(stdout.split('\n').filter((line) => line.length > 80)).toEqual([]);
  });

  test('an assertion is a gate', async () => {
    expect((await run('--no-plot', '--assert', 'efficiency(16)>=0.6')).code).toBe(0);
    const failed = await run('--no-plot', '--assert', 'efficiency(16)>=0.9');
    expect(failed).toMatchObject({
      code: 3,
      stderr: 'piacct: efficiency(16)>=0.9 fails: it is 0.625\n',
    });
    await expect(run('--assert', 'efficiency>=0.9')).rejects.toThrow(/--assert: not a comparison/);
  });

  test('JSON, CSV and pages', async () => {
    expect(JSON.parse((await run('--json')).stdout)).toMatchObject([{ verdict: 'ok' }]);
    expect((await run('--csv')).stdout.split('\n')[0]).toMatch(/^ranks,/);
    const page = join(folder, 'page.html');
    await run('--no-plot', '--html', page);
    expect(readFileSync(page, 'utf8')).toContain('</html>');
  });

  test('faults of the file carry their place', async () => {
    const bad = join(folder, 'bad.csv');
    writeFileSync(bad, 'ranks,seconds\ntwo,3\n');
    await expect(run('--from', bad)).rejects.toThrow(`${bad}: line 2, column 1: ranks 'two'`);
    await expect(run('--from', join(folder, 'none'))).rejects.toThrow(/cannot be read/);
  });
});
