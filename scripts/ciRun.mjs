/**
 * npm test with a deadline, and a second try for a test that fails: those that needed it are named.
 * The last line is for machines: `N passed, N failed`.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const DEADLINE_MS = 14 * 60_000;

const folder = mkdtempSync(join(tmpdir(), 'pibatch-ci-'));
const report = join(folder, 'report.json');
const luckyFile = join(folder, 'lucky.json');
const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`].concat(
  `--reporter=${join(import.meta.dirname, 'flakyReporter.mjs')}`,
);
/** Arguments narrow the run, as vitest's do; a build server gives none. */
const status = await run('npm', [
  'test',
  '--',
  '--retry=1',
  ...reporters,
  ...process.argv.slice(2),
]);
const { passed, failed, problem } = readReport();
const lucky = readLucky();
rmSync(folder, { recursive: true, force: true });
if (lucky.length > 0) {
  const tests =
    lucky.length === 1 ? '1 test passed only on its' : `${lucky.length} tests passed only on their`;
  process.stdout.write(`${tests} second try: ${lucky.join('; ')}\n`);
}
if (problem !== '') process.stdout.write(`${problem}\n`);
process.stdout.write(`${passed} passed, ${failed} failed\n`);
process.exitCode = status === 0 && failed > 0 ? 1 : status;

async function run(command, args) {
  const env = { ...process.env, PIBATCH_FLAKY_FILE: luckyFile };
  const child = spawn(command, args, { cwd: root, stdio: 'inherit', detached: true, env });
  const end = (signal) => {
    try {
      process.kill(-child.pid, signal);
    } catch {
      // Gone already.
    }
  };
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => end(signal));
  const timer = setTimeout(() => {
    process.stdout.write(`the tests did not end within ${DEADLINE_MS / 60_000} minutes\n`);
    end('SIGTERM');
    setTimeout(() => end('SIGKILL'), 10_000).unref();
  }, DEADLINE_MS);
  return new Promise((resolve) => {
    child.once('error', () => resolve(1));
    child.once('close', (code) => {
      clearTimeout(timer);
      resolve(code ?? 1);
    });
  });
}

/** A test file that cannot be loaded counts as one failure: it has no tests to count. */
function readReport() {
  try {
    const { numPassedTests, numFailedTests, testResults } = JSON.parse(
      readFileSync(report, 'utf8'),
    );
    const unloaded = testResults.filter(
      ({ status: end, assertionResults }) => end === 'failed' && assertionResults.length === 0,
    );
    return { passed: numPassedTests, failed: numFailedTests + unloaded.length, problem: '' };
  } catch {
    return { passed: 0, failed: 1, problem: 'the tests left no report: setup or vitest failed' };
  }
}

/** Names of tests that failed at first. */
function readLucky() {
  try {
    return JSON.parse(readFileSync(luckyFile, 'utf8'));
  } catch {
    return [];
  }
}
