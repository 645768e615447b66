import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runCommand } from '../../cli/command.ts';
import { asFailure } from '../../cli/failure.ts';
import { piacct } from '../../cli/piacct.ts';

/** `piacct speedup --from`: the whole command without a cluster. */
let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'pibatch-speedup-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const AMDAHL = 'ranks,seconds\n1,100\n2,52\n4,28\n8,16\n16,10\n';

async function speedup(text: string, ...options: readonly string[]) {
  const path = join(folder, 'runs.csv');
  writeFileSync(path, text);
  let stdout = '';
  const terminal = {
    print: (part: string | Uint8Array) => void (stdout += String(part)),
    tell: () => undefined,
    cells: 100,
    tint: (_: unknown, part: string) => part,
    interactive: false,
  };
  try {
    const code = await runCommand(
      piacct,
      ['speedup', '--from', path, '--ascii', ...options],
      terminal,
    );
    return { code, stdout, stderr: '' };
  } catch (error) {
    const failure = asFailure(error);
    if (!failure) throw error;
    const stderr = failure.message.replaceAll(path, 'runs.csv');
    return { code: failure.exitCode, stdout, stderr };
  }
}

describe('piacct speedup --from', () => {
  test('--json has the keys of the schema', async () => {
    const { code, stdout } = await speedup(AMDAHL, '--json', '--predict', '32');
    const json = JSON.parse(stdout);
    expect(code).toBe(0);
    expect(json).toMatchObject({ schema: 1, algorithm: 'piacct-ref-1', verdict: 'ok', codes: [] });
    expect(json.fit.model).toBe('amdahl');
    expect(json.fit.f).toBeCloseTo(0.04, 6);
    expect(json.candidates).toHaveLength(3);
    expect(json.predictions[0].seconds).toBeCloseTo(7, 6);
    expect(json.decomposition).toBeNull();
    expect((await speedup(AMDAHL, '--json', '--predict', '32')).stdout).toBe(stdout);
  });

  test('--assert gates with exit code 3', async () => {
    expect((await speedup(AMDAHL, '--no-plot', '--assert', 'efficiency(16)>=0.6')).code).toBe(0);
    const failed = await speedup(AMDAHL, '--no-plot', '--assert', 'efficiency(16)>=0.7 and f<5%');
    expect(failed.code).toBe(3);
    expect(failed.stdout).toContain('assert   efficiency(16)>=0.7: fails (0.63 measured)');
    expect(failed.stdout).toContain('assert   f<5%: holds (0.040 fitted)');
    const beyond = await speedup(AMDAHL, '--no-plot', '--assert', 'speedup(1000)>10');
    expect(beyond).toMatchObject({ code: 3 });
    expect(beyond.stdout).toContain('speedup(1000)>10: unknown');
  });

  test('answers questions, in words and as JSON', async () => {
    const asked = ['--suggest', '--what-if', 'f=2%,p=32', '--loss', 'throughput'];
    const { stdout } = await speedup(AMDAHL, '--no-plot', '--explain', ...asked);
    expect(stdout).toContain('what if  at 32 ranks 5.06');
    expect(stdout).toContain('suggest  measure 32 ranks next');
    expect(stdout).toContain('USL by throughput: alpha 0.040');
    expect(stdout).toContain('method   piacct-ref-1');
    expect(stdout).not.toMatch(/NaN|undefined|Infinity/);
    const json = JSON.parse((await speedup(AMDAHL, '--json', ...asked)).stdout);
    expect(json.whatIf.supposed.ranks).toBe(32);
    expect(json.suggestion.ranks).toBe(32);
    expect(json.throughput.alpha.value).toBeCloseTo(0.04, 6);
  });

  test('writes --html and --svg, prints --csv', async () => {
    const html = join(folder, 'report.html');
    const svg = join(folder, 'report.svg');
    const { stdout } = await speedup(AMDAHL, '--csv', '--html', html, '--svg', svg);
    expect(stdout.split('\n')[0]).toMatch(/^ranks,equivalent,runs,seconds,/);
    expect(stdout.trimEnd().split('\n')).toHaveLength(6);
    expect(readFileSync(html, 'utf8')).toMatch(/^<!doctype html>/i);
    expect(readFileSync(svg, 'utf8')).toContain('<svg');
  });

  test('a mixed pile is refused and its groups are shown apart', async () => {
    const pile = 'ranks,seconds,size\n1,100,4\n2,52,4\n4,28,4\n1,900,7\n2,460,7\n';
    const { code, stdout } = await speedup(pile, '--no-plot');
    expect(code).toBe(3);
    expect(stdout).toContain('MIXED_SIZE several problem sizes in one group: 4, 7');
    expect(stdout).toContain('size=4');
    expect(stdout).toContain('size=7');
    const json = JSON.parse((await speedup(pile, '--json')).stdout);
    expect(json).toMatchObject({
      verdict: 'refused',
      codes: expect.arrayContaining(['MIXED_SIZE']),
      fit: null,
    });
    expect(json.groups).toHaveLength(2);
  });

  test.each([
    ['', 'runs.csv: line 1, column 1: the file is empty'],
    ['ranks,seconds\n1,abc\n2,-1\n', "runs.csv: line 2, column 3: seconds 'abc' is not a number"],
  ])('refuses %j', async (text, problem) => {
    const { code, stderr, stdout } = await speedup(text);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(problem);
  });

  test.each([
    [['--assert', 'f=3'], '--assert: not a comparison'],
    [['--what-if', 'g=3'], "--what-if: unknown 'g'"],
    [['--loss', 'square'], "--loss: 'square' is not known; known: log, throughput"],
    [['--target-efficiency', '7'], '--target-efficiency: not a share'],
    [['--size', 'x'], "--size: not a number above 0: 'x'"],
    [['--predict', '3,0'], "--predict: not a number of ranks: '0'"],
  ])('says what is wrong with %j', async (options, problem) => {
    const { code, stderr } = await speedup(AMDAHL, ...options);
    expect(code).toBe(2);
    expect(stderr).toContain(problem);
  });
});
