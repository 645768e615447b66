/**
 * `npm run demo`: a private cluster on this machine, the shipped examples submitted with the real
 * commands, every answer checked, then everything stopped. Contract: exit code 0 only when every
 * answer was verified; however it ends (Ctrl-C and SIGTERM included), no process of its own and
 * no folder stays behind.
 */
import { commandRunner } from './demo/commandRunner.ts';
import { InterruptedError, listenForInterruption } from './demo/interruption.ts';
import { type Narrator, startNarrator } from './demo/narrator.ts';
import { makeHome, removeHome } from './demo/privateHome.ts';
import { tour, TOUR_STEPS, type TourResult } from './demo/tour.ts';
import { type Arguments, type Command, runProgram } from './command.ts';
import { EXIT } from './failure.ts';
import type { Terminal } from './terminal.ts';

export const demo: Command = {
  name: 'demo',
  usage: ['[--json]'],
  summary:
    'Starts a private cluster on this machine, runs the shipped examples on it, checks every\n' +
    'answer, shows the accounting, and removes all of it again.',
  options: [
    { name: 'json', takes: 'nothing', describe: 'print a summary as JSON in the last line' },
  ],
  examples: [['npm run demo', 'set up what is missing, then the demo']],
  exitCodes: '0: every answer was verified; 1: one was not; 130, 143: stopped by a signal.',
  run,
};

async function run(args: Arguments, terminal: Terminal): Promise<number> {
  const narrator = startNarrator({
    steps: TOUR_STEPS,
    write: (text) => terminal.print(text),
    coloured: process.stdout.isTTY && !process.env['NO_COLOR'],
  });
  const signal = listenForInterruption((line) => terminal.tell(line));
  const home = makeHome(process.env);
  // The last resort, for an error that nobody expected and a reader of our output that left.
  const atExit = (code: number): void => {
    removeHome(home);
    process.exitCode = code || EXIT.jobFailed;
  };
  process.once('exit', atExit);
  try {
    terminal.print('PiBatch demo: a cluster, ten examples, every answer checked.\n');
    const { environment, folder } = home;
    const tools = { environment, folder, narrator, signal };
    const runner = commandRunner(tools);
    const result = await tour({ ...tools, runner });
    narrator.step('Stop everything');
    await runner.show('pibatch', 'down');
    tellLeftovers(removeHome(home), narrator);
    return conclude(result, { narrator, terminal, json: args.flag('json') ?? false });
  } catch (error) {
    if (!signal.aborted) throw error;
    removeHome(home);
    terminal.tell('Stopped: no process and no folder is left.');
    return signal.reason instanceof InterruptedError ? signal.reason.exitCode : EXIT.jobFailed;
  } finally {
    removeHome(home);
    process.off('exit', atExit);
  }
}

/** `pibatch down` stops all it knows; whatever it missed is a fault worth reading. */
function tellLeftovers(killed: readonly string[], narrator: Narrator): void {
  if (killed.length === 0) narrator.explain('No process and no folder is left.');
  else narrator.answered(`still ran after pibatch down, and was ended:\n${killed.join('\n')}`);
}

type Ending = {
  readonly narrator: Narrator;
  readonly terminal: Terminal;
  readonly json: boolean;
};

function conclude({ verdicts, scale }: TourResult, { narrator, terminal, json }: Ending): number {
  const wrong = verdicts.filter(({ verified }) => !verified).map(({ example }) => example);
  const verified = wrong.length === 0;
  const seconds = Math.round(narrator.elapsedSeconds() * 10) / 10;
  const count = `${verdicts.length - wrong.length} of ${verdicts.length} examples verified`;
  terminal.print(
    verified
      ? `\nDemo complete: ${count} in ${seconds} s. Next: pibatch up, and README.md.\n`
      : `\nDemo FAILED: ${count}; not verified: ${wrong.join(', ')}.\n`,
  );
  if (json) {
    const examples = verdicts.map(({ example, jobs, verified: ok, comparisons }) => ({
      example,
      jobs,
      verified: ok,
      answer: comparisons[0]?.got,
    }));
    terminal.print(`${JSON.stringify({ verified, seconds, scale, examples })}\n`);
  }
  return verified ? EXIT.ok : EXIT.jobFailed;
}

await runProgram(demo, process.argv.slice(2));
