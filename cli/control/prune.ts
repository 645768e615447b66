/** `pictl prune`: finished jobs that are kept no longer leave the history, then files that no job names. */
import { pibatch } from '../../proto/codec.ts';
import type { Arguments } from '../command.ts';
import { badInput, EXIT } from '../failure.ts';
import { formatBytes } from '../format/bytes.ts';
import { parseDuration } from '../format/duration.ts';
import { formatMoment } from '../format/moment.ts';
import { printJson } from '../json.ts';
import { type Session, withSession } from '../session.ts';
import type { Terminal } from '../terminal.ts';

const LEAST_MS = 3_600_000;
/** A submit may take a while between storing its first file and being accepted. */
const LEAST_FILES_MS = 24 * LEAST_MS;
/** Counting looks at every file. */
const DEADLINE_MS = 120_000;

/** Resolves to the exit code. Errors: CommandFailure, RefusedError. */
export async function prune(
  words: readonly string[],
  args: Arguments,
  terminal: Terminal,
): Promise<number> {
  if (words.length > 0) throw badInput(`prune: '${words[0]}' is not expected here`);
  const olderMs = readAge(args.text('older-than'));
  const dryRun = args.flag('dry-run') ?? false;
  const nowMs = Date.now();
  const [jobs, files] = await withSession('pictl', async (session) => {
    const before = (leastMs: number): number | null =>
      olderMs === undefined ? null : nowMs - Math.max(olderMs, leastMs);
    const ask = { dryRun };
    return [
      await pruneAll(session, { ...ask, files: false, beforeMs: before(LEAST_MS) }),
      await pruneAll(session, { ...ask, files: true, beforeMs: before(LEAST_FILES_MS) }),
    ];
  });
  if (jobs.beforeMs === undefined && files.beforeMs === undefined)
    throw badInput(
      'prune: nothing is configured to go; say --older-than 90d, or set retention in cluster.yaml',
    );
  if (args.flag('json')) {
    printJson(terminal, {
      dryRun,
      jobs: { count: jobs.jobs, endedBefore: momentOf(jobs.beforeMs) },
      files: { count: files.files, bytes: files.fileBytes, storedBefore: momentOf(files.beforeMs) },
    });
    return EXIT.ok;
  }
  const would = dryRun ? 'would be ' : '';
  const lines: string[] = [];
  if (jobs.beforeMs !== undefined)
    lines.push(
      `${counted(jobs.jobs, 'finished job')} ${would}removed, that ended before ${formatMoment(jobs.beforeMs)}`,
    );
  if (files.beforeMs !== undefined)
    lines.push(
      `${counted(files.files, 'file')} ${bytesOf(files)}${would}removed, that no job names and that were stored before ${formatMoment(files.beforeMs)}`,
    );
  terminal.print(lines.map((line) => `${line}\n`).join(''));
  return EXIT.ok;
}

const bytesOf = ({ fileBytes }: Sum): string =>
  fileBytes > 0 ? `(${formatBytes(fileBytes)}) ` : '';
const counted = (count: number, what: string): string =>
  `${count} ${what}${count === 1 ? '' : 's'}`;
const momentOf = (atMs: number | undefined): string | null =>
  atMs === undefined ? null : new Date(atMs).toISOString();

function readAge(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const age = parseDuration(text);
  if (!age.ok) throw badInput(`--older-than: ${age.message}`);
  if (age.value < LEAST_MS) throw badInput(`--older-than: '${text}' is less than an hour`);
  return age.value;
}

type Sum = {
  readonly jobs: number;
  readonly files: number;
  readonly fileBytes: number;
  readonly beforeMs: number | undefined;
};

/** A piece at a time, so that the scheduler goes on with its work. */
async function pruneAll(session: Session, wish: pibatch.Prune.$Properties): Promise<Sum> {
  let sum: Sum = { jobs: 0, files: 0, fileBytes: 0, beforeMs: wish.beforeMs ?? undefined };
  for (;;) {
    const request = [pibatch.Prune, { ...wish, beforeMs: sum.beforeMs ?? null }] as const;
    const answer = await session.ask('prune', request, pibatch.Pruned, {
      repeatable: true,
      deadlineMs: DEADLINE_MS,
    });
    sum = {
      jobs: sum.jobs + answer.jobs,
      files: sum.files + answer.files,
      fileBytes: sum.fileBytes + answer.fileBytes,
      beforeMs: answer.beforeMs ?? undefined,
    };
    if (!answer.more) return sum;
  }
}
