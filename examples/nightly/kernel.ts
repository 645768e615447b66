import type { Communicator } from 'pibatch';
import { wholeNumber } from '../parameter.ts';
import { mustBeSmall, mustEqual } from '../wrongAnswer.ts';
import { checkCore, type CoreCheck } from './coreCheck.ts';

/**
 * A check-up for the night: every rank makes its core compute things whose results are known,
 * the ranks exchange what they got, and a core that computes wrongly is named with its node.
 */
type Report = CoreCheck & { readonly rank: number; readonly node: string };

/** SHA-256 of a million letters "a". Source: FIPS 180-2, appendix B.3. */
const MILLION_LETTERS = 'cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0';
const SERIES_ERROR_ALLOWED = 1e-13;

export default function nightly(comm: Communicator, params: unknown): unknown {
  const rounds = wholeNumber(params, 'rounds', { otherwise: 20, least: 1, most: 100_000 });
  const node = process.env['PIBATCH_NODE'] ?? 'unknown';
  const reports = comm.allgather<Report>({ rank: comm.rank, node, ...checkCore(rounds) });
  for (const { rank, node: where, digest, seriesError, wrongWords } of reports) {
    const who = `of rank ${rank} on node ${where}`;
    mustEqual(`hash ${who}`, { computed: digest, expected: MILLION_LETTERS });
    mustBeSmall(`series ${who}`, { error: seriesError, limit: SERIES_ERROR_ALLOWED });
    mustEqual(`wrong memory words ${who}`, { computed: wrongWords, expected: 0 });
  }
  if (comm.rank !== 0) return undefined;
  console.log(`${reports.length} cores compute correctly, ${rounds} rounds each`);
  return {
    answer: MILLION_LETTERS,
    verified: true,
    cores: reports.length,
    nodes: [...new Set(reports.map((report) => report.node))],
    learn: 'A recurring job is a job file with a schedule; picron shows when it runs next.',
  };
}
