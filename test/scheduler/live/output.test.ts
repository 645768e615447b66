import { afterEach, beforeEach, expect, test } from 'vitest';
import { decodeMessage, encodeMessage, pibatch } from '../../../proto/codec.ts';
import { Asker, ScriptedNode, Stage, TRUE_JOB, until } from './stage.ts';

let stage: Stage;
let node: ScriptedNode;
let alice: Asker;
let bob: Asker;

beforeEach(async () => {
  stage = new Stage();
  await stage.start({ heartbeatMs: 200, silentAfterMs: 60_000, downAfterMs: 120_000 });
  alice = new Asker(await stage.broker.connect('alice'), 'alice');
  bob = new Asker(await stage.broker.connect('bob'), 'bob');
});
afterEach(async () => {
  node.stop();
  await stage.stop();
});

async function startNode(options: ScriptedNode['options']): Promise<void> {
  const bus = await stage.broker.connect('n1');
  bus.serve('pi.v1.order.n1.output', (call) => {
    const { id, rank, offset, limit } = decodeMessage(pibatch.ReadOutput, call.data);
    const data = Buffer.from(`part ${id?.part ?? 0} rank ${rank} limit ${limit}`);
    const chunk = { job: id?.job ?? 0, rank, offset, data, end: false };
    call.reply(encodeMessage(pibatch.OutputChunk, chunk));
  });
  node = new ScriptedNode(bus, 'n1', options);
  node.start();
  await until('the node joins', async () => {
    const reply = await alice.raw('nodes', encodeMessage(pibatch.ListNodes, {}));
    return (
      decodeMessage(pibatch.NodeList, reply.body ?? new Uint8Array()).nodes[0]?.state === 'idle'
    );
  });
}

const read = async (asker: Asker, rank: number): Promise<pibatch.Reply> =>
  asker.raw('output', encodeMessage(pibatch.ReadJobOutput, { job: 1, rank, offset: 4 }));
const chunkOf = ({ body }: pibatch.Reply): pibatch.OutputChunk =>
  decodeMessage(pibatch.OutputChunk, body ?? new Uint8Array());
const list = async (asker: Asker, job: number): Promise<pibatch.Reply> =>
  asker.raw('result', encodeMessage(pibatch.ListStored, { job }));

test('output of a running rank comes from its node, and only for its owner', async () => {
  await startNode({ finish: false });
  await alice.submit('request-1', { ...TRUE_JOB, ranks: 2 });
  await until('it runs', async () => (await alice.jobs({}))[0]?.state === 'RUNNING');
  const chunk = chunkOf(await read(alice, 1));
  expect(Buffer.from(chunk.data).toString()).toBe('part 0 rank 1 limit 131072');
  expect(chunk.offset).toBe(4);
  expect((await read(alice, 2)).refusal?.code).toBe('badValue');
  expect((await read(bob, 0)).refusal?.code).toBe('notYours');
  expect((await list(bob, 1)).refusal?.code).toBe('notYours');
  const { body } = await list(alice, 1);
  expect(decodeMessage(pibatch.StoredList, body ?? new Uint8Array())).toMatchObject({
    finished: false,
    ranks: 2,
  });
  expect((await list(alice, 9)).refusal?.code).toBe('noSuchJob');
});

test('stored output fits a message, whatever the ranks wrote', async () => {
  const output = Array.from({ length: 50 }, (_, rank) => ({
    name: `rank.${rank}`,
    sizeBytes: 4_500,
    inline: Buffer.alloc(4_500, rank),
  }));
  await startNode({ finish: true, output });
  await alice.submit('request-1', TRUE_JOB);
  await until('it completes', async () => (await alice.jobs({})).length === 0);
  const { body } = await list(alice, 1);
  const stored = decodeMessage(pibatch.StoredList, body ?? new Uint8Array());
  expect(stored.stored.map(({ name }) => name)).toEqual(output.map(({ name }) => name));
  for (const [rank, { inline, sha256 }] of stored.stored.entries()) {
    const bytes = sha256 ? await alice.bus.getBlob(sha256) : inline;
    expect(Buffer.from(bytes ?? []).equals(Buffer.alloc(4_500, rank))).toBe(true);
  }
  expect(stored.stored.some(({ sha256 }) => sha256)).toBe(true);
  const over = chunkOf(await read(alice, 0));
  expect([over.end, over.missing]).toEqual([true, 'the job is over, its output is stored']);
});

test('recurring jobs are listed with their runs', async () => {
  await startNode({ finish: true });
  const schedule = { cron: '0 2 * * *', timezone: 'Europe/Madrid' };
  const spec = { ...TRUE_JOB, name: 'nightly' };
  const submit = encodeMessage(pibatch.Submit, { requestId: 'request-1', spec, schedule });
  expect((await alice.raw('submit', submit)).refusal ?? undefined).toBeUndefined();
  const bad = { requestId: 'request-2', spec, schedule: { ...schedule, overlap: 'maybe' } };
  expect((await alice.raw('submit', encodeMessage(pibatch.Submit, bad))).refusal?.code).toBe(
    'badValue',
  );
  const run = encodeMessage(pibatch.ScheduleCommand, { name: 'nightly' });
  expect((await alice.raw('runSchedule', run)).refusal ?? undefined).toBeUndefined();
  const ask = encodeMessage(pibatch.ListSchedules, { history: 5 });
  const { body } = await alice.raw('schedules', ask);
  const { schedules } = decodeMessage(pibatch.ScheduleList, body ?? new Uint8Array());
  expect(schedules).toMatchObject([
    { name: 'nightly', user: 'alice', history: [{ what: 'submitted', job: 1 }] },
  ]);
  const others = await bob.raw('schedules', ask);
  expect(decodeMessage(pibatch.ScheduleList, others.body ?? new Uint8Array()).schedules).toEqual(
    [],
  );
});
