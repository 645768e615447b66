/**
 * Runs the real commands in processes of their own, as a user does, and shows the lines typed.
 * Contract: an interruption ends the command that runs and throws the signal's reason; a command
 * that fails throws CommandFailedError with what it said.
 */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { CommandFailure, EXIT } from '../failure.ts';
import { packageFolder } from '../pibatch/programs.ts';
import type { Narrator } from './narrator.ts';

export class CommandFailedError extends CommandFailure {
  constructor(line: string, end: { readonly code: number | null; readonly said: string }) {
    super(EXIT.jobFailed, `\`${line}\` ended with exit code ${end.code}:\n${end.said.trim()}`);
    this.name = 'CommandFailedError';
  }
}

export type CommandRunner = {
  /** Shows the command line and its answer; resolves to what it printed on stdout. */
  show(command: string, ...args: string[]): Promise<string>;
  /** The same for a question that may be answered with a refusal and its reasons. */
  ask(command: string, ...args: string[]): Promise<void>;
  /** As show, but silent. */
  run(command: string, ...args: string[]): Promise<string>;
};

export type RunnerOptions = {
  readonly environment: NodeJS.ProcessEnv;
  readonly signal: AbortSignal;
  readonly narrator: Narrator;
};

/** A command that was asked to end may clean up for this long. */
const END_WAIT_MS = 5_000;

export function commandRunner({ environment, signal, narrator }: RunnerOptions): CommandRunner {
  const run = async (
    line: readonly [command: string, ...args: string[]],
    { mayRefuse }: { readonly mayRefuse: boolean },
  ): Promise<Answer> => {
    signal.throwIfAborted();
    const [command, ...args] = line;
    const answer = await answerOf(command, args, { environment, signal });
    signal.throwIfAborted();
    const { code, all } = answer;
    if (code === 0 || (mayRefuse && code === EXIT.refused)) return answer;
    throw new CommandFailedError(line.join(' '), { code, said: all });
  };
  const show: typeof run = async (line, options) => {
    narrator.typed(line.map(quoted).join(' '));
    const answer = await run(line, options);
    if (answer.all !== '') narrator.answered(answer.all);
    return answer;
  };
  return {
    run: async (...line) => (await run(line, { mayRefuse: false })).stdout,
    show: async (...line) => (await show(line, { mayRefuse: false })).stdout,
    ask: async (...line) => void (await show(line, { mayRefuse: true })),
  };
}

type Answer = { readonly code: number | null; readonly stdout: string; readonly all: string };

function answerOf(
  command: string,
  args: readonly string[],
  {
    environment,
    signal,
  }: { readonly environment: NodeJS.ProcessEnv; readonly signal: AbortSignal },
): Promise<Answer> {
  const program = join(packageFolder(), 'bin', `${command}.js`);
  // A session of its own: Ctrl-C reaches the demo alone, which then ends its commands in order.
  const child = spawn(process.execPath, [program, ...args], {
    cwd: packageFolder(),
    env: environment,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  let insist: NodeJS.Timeout | undefined;
  const end = (): void => {
    child.kill('SIGTERM');
    insist = setTimeout(() => child.kill('SIGKILL'), END_WAIT_MS);
  };
  signal.addEventListener('abort', end, { once: true });
  let stdout = '';
  let all = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
    all += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    all += text;
  });
  return new Promise<Answer>((done, fail) => {
    child.once('error', fail);
    child.once('close', (code) => done({ code, stdout, all }));
  }).finally(() => {
    clearTimeout(insist);
    signal.removeEventListener('abort', end);
  });
}

const quoted = (word: string): string => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word}'`);
