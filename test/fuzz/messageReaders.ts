/** The readers of messages: the scheduler's intake and the agent's orders, from bytes to inputs. */
import {
  readAnswer,
  readEnd,
  readLaunch,
  readTerms,
  readWire,
} from '../../nodeagent/link/orders.ts';
import { BadMessageError, MessageTooLargeError } from '../../proto/busError.ts';
import type { MessageType } from '../../proto/codec.ts';
import { decodeMessage, encodeMessage, pibatch } from '../../proto/codec.ts';
import { RefusedError } from '../../scheduler/live/fieldCheck.ts';
import { nodeReport } from '../../scheduler/live/nodeReport.ts';
import type { CommandVerb } from '../../scheduler/live/userInput.ts';
import { userInput } from '../../scheduler/live/userInput.ts';
import { DEFAULT_SETTINGS } from '../../scheduler/model/defaultSettings.ts';
import { userName } from '../../scheduler/model/ids.ts';
import type { InputReader } from './readers.ts';

const ADMIN = { user: userName('alice'), role: 'admin' } as const;
const CONFIGURATION = { inForce: DEFAULT_SETTINGS, readFile: () => DEFAULT_SETTINGS };
const REFUSALS = [BadMessageError, MessageTooLargeError, RefusedError];

const seed = <P extends object, M>(type: MessageType<P, M>, value: NoInfer<P>): Buffer =>
  Buffer.from(encodeMessage(type, value));

const SUBMITS = [
  seed(pibatch.Submit, {
    requestId: 'r1',
    spec: {
      name: 'pi',
      command: { args: ['true', 'ñ'] },
      ranks: 4,
      timeLimitMs: 600_000,
      size: 1e300,
      environment: { A: '1' },
      inputs: [{ path: 'a', sha256: 'f'.repeat(64), sizeBytes: 3, executable: true }],
      array: { indexes: [0, 2, 4], throttle: 2 },
      requeue: true,
    },
  }),
  seed(pibatch.Submit, {
    requestId: 'r2',
    spec: { name: 'daily', script: { text: '#!/bin/sh\ntrue\n' }, ranks: 1 },
  }),
];

const facts = { hostName: 'pi1', cores: [0, 1, 2, 3], memoryBytes: 4e9, confinement: 'watch' };
const id = { job: 7, attempt: 1, part: 0 };
const REPORTS = [
  seed(pibatch.NodeReport, {
    incarnation: 3,
    count: 9,
    sentAtMs: 1_700_000_000_000,
    facts,
    parts: [
      { id, accepted: {} },
      { id: { job: 8, attempt: 2, part: 1 }, running: { startedMs: 5, wired: true } },
      { id: { job: 9, attempt: 1 }, ended: { endedMs: 9, elapsedMs: 4, killed: {} } },
    ],
  }),
];

const RESERVATION = {
  name: 'course',
  startMs: 1_700_000_000_000,
  durationMs: 3_600_000,
  nodes: ['pi1', 'pi2'],
  users: ['alice'],
  cron: '0 2 * * *',
  timezone: 'Europe/Madrid',
};

const COMMANDS: Partial<Record<CommandVerb, readonly Buffer[]>> = {
  submit: SUBMITS,
  cancel: [seed(pibatch.JobCommand, { job: 12 })],
  requeue: [seed(pibatch.JobCommand, { job: 12, task: 3 })],
  update: [
    seed(pibatch.UpdateJob, {
      job: 12,
      spec: { timeLimitMs: 60_000, name: 'pi', wishes: { constraint: 'pi5&ssd' } },
      fields: ['time', 'name', 'constraint'],
    }),
  ],
  drain: [seed(pibatch.NodeCommand, { node: 'pi1', why: 'fan' })],
  removeSchedule: [seed(pibatch.ScheduleCommand, { name: 'nightly' })],
  createReservation: [seed(pibatch.ReserveNodes, RESERVATION)],
  updateReservation: [seed(pibatch.ReserveNodes, RESERVATION)],
  removeReservation: [seed(pibatch.RemoveReservation, { name: 'course' })],
};

const reader = (
  name: string,
  seeds: readonly Buffer[],
  read: InputReader['read'],
): InputReader => ({ name, seeds, refusals: REFUSALS, read });

const commandReaders = Object.entries(COMMANDS).map(([verb, seeds]) =>
  reader(`request ${verb}`, seeds, (data) =>
    userInput({ by: ADMIN, verb: verb as CommandVerb, data, replyTo: 1 }, CONFIGURATION),
  ),
);

export const MESSAGE_READERS: readonly InputReader[] = [
  ...commandReaders,
  reader('report', REPORTS, (data) => nodeReport(decodeMessage(pibatch.NodeReport, data))),
  reader('order launch', [seed(pibatch.LaunchOrder, { generation: 1, epoch: 1, id })], (data) =>
    readLaunch(decodeMessage(pibatch.LaunchOrder, data)),
  ),
  reader(
    'order wire',
    [seed(pibatch.WireOrder, { generation: 1, id, peers: [{ part: 1, host: 'pi2', port: 9 }] })],
    readWire,
  ),
  reader(
    'order terms',
    [seed(pibatch.TermsOrder, { generation: 1, id, terms: { timeLimitMs: 9 } })],
    readTerms,
  ),
  reader('order end', [seed(pibatch.EndOrder, { generation: 1, id, why: 'cancelled' })], readEnd),
  reader(
    'report answer',
    [seed(pibatch.ReportAnswer, { generation: 1, epoch: 2, leaseMs: 9, acknowledged: [id] })],
    (data) => readAnswer(data, { count: 1, sentAtMs: 0 }),
  ),
];
