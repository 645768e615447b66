/** `piqueue explain JOB`: one rule, the numbers, who blocks it, the estimate, one suggestion. */
import { pibatch } from '../../proto/codec.ts';
import type { Arguments } from '../command.ts';
import { badInput, EXIT } from '../failure.ts';
import { formatMoment } from '../format/moment.ts';
import { readJobReference } from '../jobIds.ts';
import type { Terminal } from '../terminal.ts';

export async function explainJob(args: Arguments, terminal: Terminal): Promise<number> {
  const [, word, ...more] = args.words;
  if (word === undefined || more.length > 0) {
    throw badInput('piqueue explain takes one job: piqueue explain 12, or 20_4');
  }
  const { job, task } = readJobReference(word);
  const { withSession } = await import('../session.ts');
  return withSession('piqueue', async (session) => {
    const question = { job, ...(task !== undefined && { task }) };
    const answer = await session.ask(
      'explain',
      [pibatch.ExplainJob, question],
      pibatch.Explanation,
    );
    if (args.flag('json')) {
      const { printJson } = await import('../json.ts');
      const { state, rule, text, blockers, startMs, suggestion } = answer;
      printJson(terminal, { job: answer.job, state, rule, text, blockers, startMs, suggestion });
    } else terminal.print(`${lines(word, answer).join('\n')}\n`);
    return EXIT.ok;
  });
}

function lines(asked: string, answer: pibatch.Explanation): string[] {
  const { state, rule, text, blockers, startMs, suggestion } = answer;
  if (state !== 'PENDING') return [`job ${asked} does not wait: it is ${state}`];
  return [
    `job ${asked} waits: ${rule}`,
    `  ${text}`,
    ...(blockers.length > 0 ? [`  behind: ${blockers.join(', ')}`] : []),
    ...(startMs ? [`  may start: ${formatMoment(startMs)}`] : []),
    ...(suggestion === '' ? [] : [`  ${suggestion}`]),
  ];
}
