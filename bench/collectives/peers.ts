import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import type { Measured } from './measure.ts';

/** The programs that we compare with, compiled from the C beside this file when they can be. */

export type Peer = {
  readonly name: string;
  measure(operations: readonly string[], seconds: number, maximum: number): readonly Measured[];
};

const MPI_ENVIRONMENT = {
  OMPI_ALLOW_RUN_AS_ROOT: '1',
  OMPI_ALLOW_RUN_AS_ROOT_CONFIRM: '1',
};

function output(command: string, args: readonly string[]): string | undefined {
  const env = { ...process.env, ...MPI_ENVIRONMENT };
  const { status, stdout } = spawnSync(command, args, { encoding: 'utf8', env, timeout: 120_000 });
  return status === 0 ? stdout : undefined;
}

const here = (source: string, file: string): string => join(source, 'bench/collectives', file);

/** Open MPI with `ranks` processes; `tcp`: made to talk over loopback TCP. */
export function openMpi(
  source: string,
  directory: string,
  options: { readonly ranks: number; readonly tcp: boolean },
): Peer | undefined {
  const binary = join(directory, 'mpibench');
  if (output('mpicc', ['-O2', '-o', binary, here(source, 'mpibench.c')]) === undefined) {
    return undefined;
  }
  const transport = options.tcp
    ? ['--mca', 'btl', 'tcp,self', '--mca', 'btl_tcp_if_include', 'lo']
    : [];
  const mpirun = ['--bind-to', 'none', '--oversubscribe', '-np', String(options.ranks)];
  return {
    name: options.tcp ? 'Open MPI tcp' : 'Open MPI',
    measure: (operations, seconds, maximum) => {
      const program = [binary, 'ompi', String(seconds), operations.join(','), String(maximum)];
      return parse(output('mpirun', [...mpirun, ...transport, ...program]) ?? '');
    },
  };
}

export function mpi4py(source: string, ranks: number): Peer | undefined {
  if (output('/usr/bin/python3', ['-c', 'import mpi4py, numpy']) === undefined) return undefined;
  const mpirun = ['--bind-to', 'none', '--oversubscribe', '-np', String(ranks), '/usr/bin/python3'];
  return {
    name: 'mpi4py',
    measure: (operations, seconds) => {
      const known = operations.filter((name) => ['allreduce', 'barrier', 'bcast'].includes(name));
      if (known.length === 0) return [];
      const program = [here(source, 'mpi4pybench.py'), 'mpi4py', String(seconds), known.join(',')];
      return parse(output('mpirun', [...mpirun, ...program]) ?? '');
    },
  };
}

function parse(text: string): Measured[] {
  return text.split('\n').flatMap((line) => {
    const [, op, bytes, , us] = line.split('\t');
    return op === undefined || us === undefined
      ? []
      : [{ op, bytes: Number(bytes), us: Number(us) }];
  });
}

/** One-way time of a cache line between two cores, ns: tells which phase the machine is in. */
export function cacheLineProbe(source: string, directory: string): () => number {
  const binary = join(directory, 'probe');
  const made = output('cc', ['-O2', '-pthread', '-o', binary, here(source, 'probe.c')]);
  return () => (made === undefined ? NaN : Number(output(binary, []) ?? NaN));
}

/** Whether all probes around a pair say the same. */
export function phaseOf(probes: readonly number[]): string {
  if (probes.some((ns) => Number.isNaN(ns))) return 'unknown';
  if (Math.max(...probes) < 70) return 'near';
  return Math.min(...probes) > 200 ? 'far' : 'mixed';
}
