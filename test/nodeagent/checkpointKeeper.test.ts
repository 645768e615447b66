import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import type { StoredCheckpoint } from '../../nodeagent/agent/agentState.ts';
import { checkpointFile } from '../../nodeagent/jobhost/rankCheckpoints.ts';
import { CheckpointKeeper } from '../../nodeagent/part/checkpointKeeper.ts';
import { PartStore } from '../../nodeagent/part/partStore.ts';
import { encodeMessage, pibatch } from '../../proto/codec.ts';
import { jobId } from '../../scheduler/model/ids.ts';

const folder = mkdtempSync(join(tmpdir(), 'pibatch-keeper-'));
afterEach(() => rmSync(folder, { recursive: true }));

test('a part waits for a state that is on its way, so that its last report tells of it', async () => {
  const store = new PartStore(folder);
  const id = { job: jobId(1), attempt: 1, part: 0 };
  const order = { generation: 1, epoch: 1, id, parts: [{ node: 'pi1', ranks: 1 }] };
  const { checkpoints } = store.accept(id, encodeMessage(pibatch.LaunchOrder, order));
  mkdirSync(checkpoints, { recursive: true });
  writeFileSync(checkpointFile(checkpoints, 1, 0), 'state');
  const said: string[] = [];
  let arrive: (sha256: string) => void = () => undefined;
  const keeper = new CheckpointKeeper({
    store,
    putBlob: () => new Promise((resolve) => (arrive = resolve)),
    isOpen: () => true,
    onStored: (_, { sequence, files }: StoredCheckpoint) =>
      said.push(`stored ${sequence}: ${files.map(({ sha256 }) => sha256).join()}`),
    warn: (message) => said.push(message),
  });
  await keeper.settled(id);
  keeper.store(id, 1);
  const ended = keeper.settled(id).then(() => said.push('may end'));
  while (said.length === 0) {
    await new Promise((resolve) => setImmediate(resolve));
    arrive('abc');
  }
  await ended;
  expect(said).toEqual(['stored 1: abc', 'may end']);
});
