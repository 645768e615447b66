/**
 * Runs the real commands in processes of their own, as a user does, and shows the lines typed.
 * Contract: an interruption ends the command that runs and throws the signal's reason; a command
 * that fails throws CommandFailedError with what it said.
 */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { packageFolder } from '../pibatch/programs.ts';
import type { Narrator } from './narrator.ts';

export class CommandFailedError extends Error {
  override readonly name = 'CommandFailedError';
  constructor(line: string, end: { readonly code: number | null; readonly said: string }) {
    super(`\`${line}\` ended with exit code ${end.code}:\n${end.said.trim()}`);
  }
}

export type CommandRunner = {
  /** Shows the command line and its answer; resolves to what it printed on stdout. */
  show(command: string, ...args: string[]): Promise<string>;
  /** The same, but silent. */
  run(command: string, ...args: string[]): Promise<string>;
};

export type RunnerOptions = {
  readonly environment: NodeJS.ProcessEnv;
  readonly signal: AbortSignal;
  readonly narrator: Narrator;
};

/** A command that was asked to end may clean up for this long. */
const END_WAIT_MS = 15_000;

export function commandRunner({ environment, signal, narrator }: RunnerOptions): CommandRunner {
  const run = async (command: string, args: readonly string[]): Promise<Answer> => {
    signal.throwIfAborted();
    const answer = await answerOf(command, args, { environment, signal });
    signal.throwIfAborted();
    const line = [command, ...args].join(' ');
    if (answer.code !== 0) throw new CommandFailedError(line, { ...answer, said: answer.all });
    return answer;
  };
  return {
    run: async (command, ...args) => (await run(command, args)).stdout,
    show: async (command, ...args) => {
      narrator.typed([command, ...args].map(quoted).join(' '));
      const answer = await run(command, args);
      if (answer.all !== '') narrator.answered(answer.all);
      return answer.stdout;
    },
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
