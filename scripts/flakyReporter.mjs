/**
 * Vitest reporter: notes which tests passed only on a further try, as one JSON array of lines
 * `FILE > NAME` in the file that $PIBATCH_FLAKY_FILE names. Only scripts/ciRun.mjs gives further tries.
 */
import { writeFileSync } from 'node:fs';
import { relative } from 'node:path';

export default class FlakyReporter {
  #lucky = [];

  onTestCaseResult(test) {
    if (!test.diagnostic()?.flaky) return;
    const file = relative(process.cwd(), test.module.moduleId);
    this.#lucky.push(`${file} > ${test.fullName}`);
  }

  onTestRunEnd() {
    const path = process.env['PIBATCH_FLAKY_FILE'];
    if (path) writeFileSync(path, JSON.stringify(this.#lucky));
  }
}
