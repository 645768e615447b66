import { hostname } from 'node:os';
import type { Communicator } from 'pibatch';
import { mustEqual } from '../wrongAnswer.ts';

/**
 * The smallest parallel program: every rank introduces itself, rank 0 collects the
 * introductions in rank order, and all ranks add up their numbers.
 */
type Introduction = {
  readonly rank: number;
  readonly node: string;
  readonly host: string;
  readonly cores: number;
};

export default function hello(comm: Communicator): unknown {
  const introduction = {
    rank: comm.rank,
    node: process.env['PIBATCH_NODE'] ?? 'unknown',
    host: hostname(),
    cores: Number(process.env['PIBATCH_CPUS_PER_RANK'] ?? 1),
  };
  const { rank, node, cores } = introduction;
  console.log(`Hello from rank ${rank} of ${comm.size}: node ${node}, cores: ${cores}.`);

  const sumOfRanks = comm.allreduce(comm.rank, 'sum');
  mustEqual('sum of the ranks', {
    computed: sumOfRanks,
    expected: (comm.size * (comm.size - 1)) / 2,
  });

  const everyone = comm.gather<Introduction>(introduction);
  if (everyone === undefined) return undefined;
  everyone.forEach((other, place) =>
    mustEqual('place in the gathered list', { computed: place, expected: other.rank }),
  );
  return {
    answer: everyone.length,
    verified: true,
    nodes: [...new Set(everyone.map((other) => other.node))],
    ranks: everyone,
    learn: 'Ranks are placed node by node; gather keeps rank order.',
  };
}
