/** npm test with a deadline; then one line for machines: `N passed, N failed`. */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const DEADLINE_MS = 14 * 60_000;

const folder = mkdtempSync(join(tmpdir(), 'pibatch-ci-'));
const report = join(folder, 'report.json');
const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
/** Arguments narrow the run, as vitest's do; a build server gives none. */
const status = await run('npm', ['test', '--', ...reporters, ...process.argv.slice(2)]);
const { passed, failed, problem } = readReport();
rmSync(folder, { recursive: true, force: true });
if (problem !== '') process.stdout.write(`${problem}\n`);
process.stdout.write(`${passed} passed, ${failed} failed\n`);
process.exitCode = status === 0 && failed > 0 ? 1 : status;

async function run(command, args) {
  const child = spawn(command, args, { cwd: root, stdio: 'inherit', detached: true });
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
