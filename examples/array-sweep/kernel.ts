import type { Communicator } from 'pibatch';
import { ParameterError } from '../parameter.ts';
import { mustEqual } from '../wrongAnswer.ts';
import { legendreCount } from './legendre.ts';
import { primeCount } from './primeCount.ts';

/**
 * One task of a job array. `array: 1-8` starts eight jobs of this kernel, which differ only in
 * PIBATCH_ARRAY_TASK_ID: task k counts the primes below 10^k.
 */
const LARGEST_TASK = 9;

export default function arraySweep(_comm: Communicator, _params: unknown): unknown {
  const task = Number(process.env['PIBATCH_ARRAY_TASK_ID']);
  if (!Number.isInteger(task) || task < 1 || task > LARGEST_TASK) {
    const given = process.env['PIBATCH_ARRAY_TASK_ID'] ?? 'not set';
    throw new ParameterError(
      `PIBATCH_ARRAY_TASK_ID is ${given}; submit with array indexes from 1 to ${LARGEST_TASK}`,
    );
  }
  const limit = 10 ** task;
  const answer = primeCount(limit);
  mustEqual(`primes below ${limit}`, { computed: answer, expected: legendreCount(limit) });
  console.log(`task ${task}: ${answer} primes below ${limit}`);
  return {
    answer,
    verified: true,
    task,
    learn: 'Array tasks share a job file and nothing else; any free core takes the next.',
  };
}
