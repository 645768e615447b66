/** `--dry-run`: the resolved request, as it would be sent but with names for what travels by hash. */
import { constraintText } from '../../scheduler/model/constraint.ts';
import type { KernelBundle } from '../jobFile/bundle.ts';
import { sha256Of } from '../jobFile/inputs.ts';
import type { ResolvedJob } from '../jobFile/resolve.ts';

export function dryRunJson(job: ResolvedJob, bundle: KernelBundle | undefined): object {
  const { name, program, array, inputs, wishes, ...rest } = job;
  const { constraint, ...others } = wishes;
  return {
    name,
    program: bundle
      ? {
          kind: 'kernel',
          file: bundle.file,
          sha256: sha256Of(bundle.code),
          sizeBytes: bundle.code.length,
        }
      : program,
    ...rest,
    ...others,
    ...(constraint && { constraint: constraintText(constraint) }),
    array: array && { tasks: array.indexes.length, ...array },
    inputs: inputs.map(({ path, sizeBytes, executable }) => ({ path, sizeBytes, executable })),
  };
}
