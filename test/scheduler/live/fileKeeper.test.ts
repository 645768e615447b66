import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Bus } from '../../../proto/bus.ts';
import { FileKeeper } from '../../../scheduler/live/fileKeeper.ts';
import { Journal } from '../../../scheduler/live/journal.ts';
import { apply } from '../../../scheduler/machine/apply.ts';
import { createCluster } from '../../../scheduler/machine/cluster.ts';
import { DEFAULT_SETTINGS } from '../../../scheduler/model/defaultSettings.ts';
import { TestBroker } from '../../proto/broker.ts';
import * as facts from './facts.ts';

/** The store of a real broker, with a clock that the test moves. */
const broker = new TestBroker();
const folder = mkdtempSync(join(tmpdir(), 'pibatch-files-'));
const journal = new Journal(join(folder, 'pibatch.db'), { nowMs: facts.T0 });
const cluster = createCluster(DEFAULT_SETTINGS, 1);
const time = { nowMs: Date.now() };
let alice: Bus;
let files: FileKeeper;
beforeAll(async () => {
  await broker.start();
  const bus = await broker.connect('scheduler');
  await bus.prepareBlobs();
  alice = await broker.connect('alice');
  files = new FileKeeper({ cluster, database: journal.database, bus, nowMs: () => time.nowMs });
});
afterAll(async () => {
  await broker.stop();
  journal.close();
  rmSync(folder, { recursive: true });
});

const everything = () => ({ beforeMs: time.nowMs + 60_000, most: 1_000, dryRun: false });

test('only files that nothing names are removed, and only when they are old', async () => {
  const [kernel, output, submitted, loose] = await Promise.all(
    [10, 20, 30, 200_000].map((size) => alice.putBlob(randomBytes(size))),
  );
  if (!kernel || !output || !submitted || !loose) throw new Error('four were stored');
  const program = { kind: 'kernel', sha256: kernel, file: 'k.js' } as const;
  const job = facts.job(1, { request: { ...facts.REQUEST, program } });
  apply(cluster, facts.at(1, { kind: 'jobSubmitted', job }));
  journal.commit([facts.joined(), ...facts.wholeLife(9)]);
  journal.database
    .prepare("INSERT INTO stored_bytes VALUES (9, 1, 'file', 'out', 9, 20, 0, NULL, ?, NULL)")
    .run(output);
  files.submitted([submitted]);
  const nothing = { files: 0, fileBytes: 0, more: false };
  expect(await files.collect({ ...everything(), beforeMs: time.nowMs - 60_000 })).toEqual(nothing);
  const loosely = { files: 1, fileBytes: 200_000, more: false };
  expect(await files.collect({ ...everything(), dryRun: true })).toEqual(loosely);
  expect(await files.collect(everything())).toEqual(loosely);
  const left = await Promise.all([kernel, output, submitted, loose].map((f) => alice.hasBlob(f)));
  expect(left).toEqual([true, true, true, false]);
  // What was submitted an hour ago is a job by now, or never became one.
  time.nowMs += 3_600_001;
  expect(await files.collect(everything())).toMatchObject({ files: 1, fileBytes: 30 });
});

test('a submit that saw a file just before it was removed is told', async () => {
  const bytes = randomBytes(300_000);
  const sha256 = await alice.putBlob(bytes);
  expect(files.doubtful([sha256])).toEqual([]);
  expect((await files.collect(everything())).files).toBe(1);
  expect(files.doubtful([sha256])).toEqual([sha256]);
  expect(await files.missing([sha256])).toEqual([sha256]);
  await alice.putBlob(bytes);
  expect(await files.missing([sha256])).toEqual([]);
  expect(files.doubtful([sha256])).toEqual([]);
});
