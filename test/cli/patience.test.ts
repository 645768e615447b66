import { afterAll, beforeAll, expect, test } from 'vitest';
import { Session } from '../../cli/session.ts';
import { encodeMessage, pibatch } from '../../proto/codec.ts';
import { bodyReply, refusalReply } from '../../scheduler/live/reply.ts';
import { TestBroker } from '../proto/broker.ts';

/** A session on a real broker, with a scheduler that is busy at first. */
const broker = new TestBroker();
beforeAll(() => broker.start());
afterAll(() => broker.stop());

test('a command that is told to come back does so, and says why it waits', async () => {
  const scheduler = await broker.connect('scheduler');
  const answers = [
    refusalReply({ code: 'busy', retryMs: 20 }),
    refusalReply({ code: 'tooManyRequests', perSecond: 5, burst: 30, retryMs: 20 }),
    refusalReply({ code: 'busy', retryMs: 20 }),
    bodyReply(pibatch.Done, { jobs: [7] }),
  ];
  const asked: number[] = [];
  scheduler.serve('pi.v1.user.*.cancel', (call) => {
    asked.push(call.data.length);
    call.reply(answers[asked.length - 1] ?? encodeMessage(pibatch.Reply, {}));
  });
  const told: string[] = [];
  const bus = await broker.connect('alice');
  const session = new Session(bus, broker.connection('alice'), (line) => told.push(line));
  const done = await session.ask('cancel', [pibatch.JobCommand, { job: 7 }], pibatch.Done);
  expect(done.jobs).toEqual([7]);
  expect(asked).toHaveLength(4);
  expect(told).toEqual([
    'the scheduler is busy; trying again in 1 s',
    'others need the scheduler too (5 requests a second are yours); trying again in 1 s',
  ]);
});

test('any other refusal is final', async () => {
  const scheduler = await broker.connect('scheduler');
  scheduler.serve('pi.v1.user.*.hold', (call) =>
    call.reply(refusalReply({ code: 'noSuchJob', job: '9' })),
  );
  const bus = await broker.connect('alice');
  const session = new Session(bus, broker.connection('alice'), () => undefined);
  const asked = session.ask('hold', [pibatch.JobCommand, { job: 9 }], pibatch.Done);
  await expect(asked).rejects.toThrow('no job 9 is known');
});
