import type { Communicator } from '../../../collectives/kernel.ts';
import { countedCalls } from './countedCalls.ts';
import { everyCollective } from './everyCollective.ts';
import { faults } from './faults.ts';
import { matrix } from './matrix.ts';
import type { MatrixParams } from './matrix.ts';
import { TYPES } from './reference.ts';
import { repeatedCalls } from './repeatedCalls.ts';
import { sameBits } from './sameBits.ts';
import { pointPrograms } from './pointPrograms.ts';
import { sharedResults } from './sharedResults.ts';

/** Kernels by name; a kernel that checks itself returns a list of what was wrong. */
export type TestKernel = (comm: Communicator, params: never) => unknown;

export const KERNELS: Record<string, (comm: Communicator, params: unknown) => unknown> = {
  everyCollective: (comm) => everyCollective(comm, TYPES),
  doubles: (comm) => everyCollective(comm, [Float64Array]),
  pointPrograms: (comm, params) => pointPrograms(comm, params),
  matrix: (comm, params) => matrix(comm, params as MatrixParams),
  sameBits: (comm) => sameBits(comm),
  repeatedCalls: (comm, params) => repeatedCalls(comm, params as { lengths: number[] }),
  /** In a communicator whose memory lies where addresses are no longer positive words. */
  repeatedHighUp: (comm, params) => {
    if (comm.rank === 0) comm.alloc(Uint8Array, 2 ** 31);
    comm.barrier();
    return repeatedCalls(comm.dup(), params as { lengths: number[] });
  },
  countedCalls: (comm, params) => countedCalls(comm, params as { rounds: number; again: boolean }),
  sharedResults: (comm, params) => sharedResults(comm, params as { lengths: number[] }),
  ...faults,
};
