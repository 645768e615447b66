import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { constants } from 'node:os';
import type { GroupBase } from '../process/memoryGroup.ts';
import { MemoryGroup } from '../process/memoryGroup.ts';
import { signalProcess } from '../process/signalProcess.ts';
import { findExecutable } from './executable.ts';
import { OUTPUT_CAP_BYTES, RankOutput } from './rankOutput.ts';
import type { Rank, RankEnd } from './rank.ts';
import { memoryFailure, SUCCESS } from './rank.ts';

/**
 * A rank that is a child process, in a session of its own: the session is how all of it is
 * found again. Its standard input is /dev/null, its two output streams are one pipe.
 */
export type CommandRankOptions = {
  readonly rank: number;
  readonly args: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly folder: string;
  readonly outputPath: string;
  /** Empty: not pinned. */
  readonly cores: readonly number[];
  readonly onStarted: (process: number) => void;
  /** Where groups may be made that hold the rank to its memory. */
  readonly groupBase: GroupBase | undefined;
  /** Unique on this machine. */
  readonly groupName: string;
  /** 0: no limit. */
  readonly memoryBytes: number;
  /** Called when the process was reaped, before `over` resolves. */
  readonly onReaped: () => void;
};

/** After the process has gone, whoever still holds its pipe gets this long. */
const DRAIN_MS = 1_000;
/** The shell joins the memory group, merges the streams, exactly in order, and becomes the program. */
const SHELL = 'if [ "$1" ]; then echo $$ > "$1"; fi; shift; exec "$@" 2>&1';

export function startCommandRank(options: CommandRankOptions): Rank {
  const output = new RankOutput(options.outputPath, OUTPUT_CAP_BYTES);
  const [program = '', ...rest] = options.args;
  const { folder } = options;
  const searchPath = options.environment['PATH'] ?? '/usr/local/bin:/usr/bin:/bin';
  const found = findExecutable({ program, folder, searchPath });
  if (found.kind === 'unusable') {
    output.write(Buffer.from(`pibatch: ${found.problem}\n`));
    output.close();
    const failure = `could not start: ${found.problem}`;
    return finished(options.rank, failed(failure, found.exitCode));
  }
  const group = makeGroup(options);
  const shell = ['/bin/sh', '-c', SHELL, 'sh', group?.joinPath ?? '', found.path, ...rest];
  const pinned = options.cores.length > 0 ? ['taskset', '-c', options.cores.join(',')] : [];
  const [file = '/bin/sh', ...args] = [...pinned, ...shell];
  const child = spawn(file, args, {
    cwd: folder,
    env: options.environment,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  if (child.pid !== undefined) options.onStarted(child.pid);
  return rankOf(child, { ...options, group }, output);
}

type Started = CommandRankOptions & { readonly group: MemoryGroup | undefined };

function makeGroup(options: CommandRankOptions): MemoryGroup | undefined {
  const { groupBase, groupName, memoryBytes } = options;
  if (!groupBase || memoryBytes === 0) return undefined;
  return MemoryGroup.make(groupBase, groupName, memoryBytes);
}

function rankOf(child: ChildProcess, options: Started, output: RankOutput): Rank {
  const group = child.pid;
  const signalGroup = (signal: number): void => {
    if (group !== undefined) signalProcess(-group, signal);
  };
  return {
    rank: options.rank,
    over: outcomeOf(child, options, output),
    signal: signalGroup,
    end: () => {
      signalGroup(constants.signals.SIGCONT);
      signalGroup(constants.signals.SIGTERM);
    },
    kill: () => {
      signalGroup(constants.signals.SIGKILL);
      options.group?.kill();
    },
  };
}

async function outcomeOf(
  child: ChildProcess,
  options: Started,
  output: RankOutput,
): Promise<RankEnd> {
  const keep = (chunk: Buffer): void => output.write(chunk);
  child.stdout?.on('data', keep);
  child.stderr?.on('data', keep);
  const closed = new Promise<void>((done) => child.once('close', () => done()));
  const end = await new Promise<RankEnd>((done) => {
    child.once('error', (error) => done(failed(`could not start: ${error.message}`, 126)));
    child.once('exit', (code, signal) => done(endOf(code, signal)));
  });
  options.onReaped();
  if (child.pid !== undefined) signalProcess(-child.pid, constants.signals.SIGKILL);
  options.group?.kill();
  const drain = new Promise<void>((done) => setTimeout(done, DRAIN_MS).unref());
  if (child.pid !== undefined) await Promise.race([closed, drain]);
  child.stdout?.destroy();
  child.stderr?.destroy();
  output.close();
  const outOfMemory = end.failure !== undefined && options.group?.hasKilled() === true;
  options.group?.remove();
  const failure = outOfMemory ? memoryFailure(options.memoryBytes) : end.failure;
  return { ...end, failure, outOfMemory, truncated: output.truncated };
}

function endOf(code: number | null, signal: NodeJS.Signals | null): RankEnd {
  if (signal !== null) {
    const exit = { code: 0, signal: constants.signals[signal] };
    const failure = `was killed by signal ${exit.signal} (${signal})`;
    return { exit, failure, outOfMemory: false, truncated: false, stuck: false };
  }
  if (code === 0) return { ...failed('', 0), exit: SUCCESS, failure: undefined };
  return failed(`exited with code ${code ?? 1}`, code ?? 1);
}

function failed(failure: string, code: number): RankEnd {
  const exit = { code, signal: 0 };
  return { exit, failure, outOfMemory: false, truncated: false, stuck: false };
}

function finished(rank: number, end: RankEnd): Rank {
  const nothing = (): void => undefined;
  return { rank, over: Promise.resolve(end), signal: nothing, end: nothing, kill: nothing };
}
