/** The readers of questions: from bytes to an answer out of a small queue and its history. */
import Database from 'better-sqlite3';
import { BadMessageError, MessageTooLargeError } from '../../proto/busError.ts';
import type { MessageType } from '../../proto/codec.ts';
import { decodeMessage, encodeMessage, pibatch } from '../../proto/codec.ts';
import { explanation } from '../../scheduler/live/explanation.ts';
import { RefusedError } from '../../scheduler/live/fieldCheck.ts';
import { History } from '../../scheduler/live/history.ts';
import { jobPage } from '../../scheduler/live/jobQuery.ts';
import { priorityList } from '../../scheduler/live/priorityQuery.ts';
import { ProgressBoard } from '../../scheduler/live/progress.ts';
import { prepareProjection } from '../../scheduler/live/projection.ts';
import { SCHEMA } from '../../scheduler/live/schema.ts';
import { usageReport } from '../../scheduler/live/usageQuery.ts';
import { apply } from '../../scheduler/machine/apply.ts';
import { createCluster } from '../../scheduler/machine/cluster.ts';
import { DEFAULT_SETTINGS } from '../../scheduler/model/defaultSettings.ts';
import * as facts from '../scheduler/live/facts.ts';
import type { InputReader } from './readers.ts';

const REFUSALS = [BadMessageError, MessageTooLargeError, RefusedError];

const database = new Database(':memory:');
database.exec(SCHEMA);
const cluster = createCluster(DEFAULT_SETTINGS, 1);
const project = prepareProjection(database);
for (const event of [
  facts.joined(),
  ...facts.wholeLife(1),
  facts.submitted(2),
  facts.submitted(3),
]) {
  apply(cluster, event);
  project(event);
}
const sources = { cluster, history: new History(database), progress: new ProgressBoard() };

function reader<P extends object, M>(
  name: string,
  type: MessageType<P, M>,
  seeds: readonly NoInfer<P>[],
  answer: (wire: M) => unknown,
): InputReader {
  return {
    name: `question ${name}`,
    seeds: seeds.map((seed) => Buffer.from(encodeMessage(type, seed))),
    refusals: REFUSALS,
    read: (input) => answer(decodeMessage(type, input)),
  };
}

export const QUERY_READERS: readonly InputReader[] = [
  reader(
    'jobs',
    pibatch.ListJobs,
    [
      { limit: 10 },
      { finished: true, limit: 5, user: 'ada', states: ['COMPLETED'] },
      { ids: [1, 2], after: 1 },
    ],
    (wire) => jobPage(sources, wire),
  ),
  reader(
    'usage',
    pibatch.GetUsage,
    [{ by: ['user', 'account'], sinceMs: 1, untilMs: facts.T0 + 9e9 }, { by: ['node'] }],
    (wire) => usageReport(database, wire),
  ),
  reader('explain', pibatch.ExplainJob, [{ job: 2 }, { job: 3, task: 4 }], (wire) =>
    explanation(sources, wire, facts.T0 + 9),
  ),
  reader('priorities', pibatch.ListPriorities, [{ ids: [2, 3], users: ['ada'] }, {}], (wire) =>
    priorityList(cluster, wire, facts.T0),
  ),
];
