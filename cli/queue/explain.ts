/** `piqueue explain JOB`: one rule, the numbers, who blocks it, the estimate, one suggestion. */
import { pibatch } from '../../proto/codec.ts';
import type { Arguments } from '../command.ts';
import { badInput, EXIT } from '../failure.ts';
import { formatMoment } from '../format/moment.ts';
import { rankChoiceSentence } from '../format/rankChoice.ts';
import { readJobReference } from '../jobIds.ts';
import { rankChoiceView } from '../jobView.ts';
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
      const choice = choiceOf(answer);
      const whole = { job: answer.job, state, rule, text, blockers, startMs, suggestion, choice };
      printJson(terminal, whole);
    } else terminal.print(`${lines(word, answer).join('\n')}\n`);
    return EXIT.ok;
  });
}

const choiceOf = ({ choice }: pibatch.Explanation) => (choice ? rankChoiceView(choice) : undefined);

function lines(asked: string, answer: pibatch.Explanation): string[] {
  const { state, rule, text, blockers, startMs, suggestion } = answer;
  const choice = choiceOf(answer);
  const chosen = choice ? [`  ${rankChoiceSentence(choice)}`] : [];
  if (state !== 'PENDING') {
    const why = text === '' ? [] : [`  ${text}`];
    return [`job ${asked} does not wait: it is ${state}`, ...why, ...chosen];
  }
  return [
    `job ${asked} waits: ${rule}`,
    `  ${text}`,
    ...(blockers.length > 0 ? [`  behind: ${blockers.join(', ')}`] : []),
    ...(startMs ? [`  may start: ${formatMoment(startMs)}`] : []),
    ...chosen,
    ...(suggestion === '' ? [] : [`  ${suggestion}`]),
  ];
}
