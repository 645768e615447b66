import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import { Bus } from '../../proto/bus.ts';
import { decodeMessage, pibatch } from '../../proto/codec.ts';
import type { Connection } from '../../proto/connection.ts';
import { orderSubject } from '../../proto/subjects.ts';
import { recover } from '../machine/recover.ts';
import { snapshotOf } from '../machine/snapshot.ts';
import { step } from '../machine/step.ts';
import type { Cluster, Settings } from '../model/cluster.ts';
import type { Restoring } from '../model/restoring.ts';
import { type NodeName, userName } from '../model/ids.ts';
import { Admission } from './admission.ts';
import { Alarm } from './alarm.ts';
import { BlobRemover } from './blobRemover.ts';
import { Clock, systemClock } from './clock.ts';
import { SettingsError } from './configuration/settingsError.ts';
import { History } from './history.ts';
import { FileKeeper } from './fileKeeper.ts';
import { openIntake } from './intake.ts';
import { Journal, type KeptSnapshot } from './journal.ts';
import { isDiskFull, JournalError } from './journalError.ts';
import { LagMeter, processCpuMs } from './lagMeter.ts';
import { Loop } from './loop.ts';
import { performEffects } from './outlet.ts';
import type { PruneParts } from './pruneRequest.ts';
import { ProgressBoard } from './progress.ts';
import type { Rate } from './rateMeter.ts';
import { restoreCluster } from './restore.ts';
import { readClusterSecret } from './secret.ts';
import { readSettings } from './settings.ts';
import { Tickets } from './tickets.ts';
import { limitedLog } from './troubleLog.ts';
import { productVersion } from './version.ts';

export type SchedulerOptions = {
  readonly home: string;
  readonly connection: Connection;
  readonly settings: Settings;
  readonly log: Logger;
  /** The journal or the machine is broken; the process must end. Called at most once. */
  readonly onFatal: (error: unknown) => void;
};

/** A broker that is away must not keep us from ending. */
const CLOSE_WAIT_MS = 3_000;
const LOCK_WAIT_MS = 10_000;
const LOCK_POLL_MS = 20;

/** When files that nobody names are looked for, and how many go at a time. */
const COLLECT_EVERY_MS = 3_600_000;
const COLLECT_FILES = 10_000;

/** Who sends wake-ups: no node or user can have this name. */
const CLOCK = '.clock';
/** Who asks by SIGHUP. */
const SIGNAL = '.signal';

export type Scheduler = {
  /** Reads the configuration file again and says in the log what came of it. */
  reconfigure(): void;
  close(): Promise<void>;
};

/**
 * The whole scheduler around one journal and one bus session. Throws JournalError before the
 * bus is touched when the journal cannot be used; waits for the broker for ever.
 */
export async function startScheduler(options: SchedulerOptions): Promise<Scheduler> {
  const { home, connection, settings, log } = options;
  log.info({ cluster: connection.cluster, settings }, 'starting');
  const journal = await openJournal(join(home, 'pibatch.db'));
  try {
    return await run(options, journal);
  } catch (error) {
    journal.close();
    throw error;
  }
}

/** A predecessor that was killed a moment ago may still hold the lock. */
async function openJournal(path: string): Promise<Journal> {
  const startedMs = performance.now();
  for (;;) {
    try {
      return new Journal(path, { nowMs: Date.now() });
    } catch (error) {
      const isHeld = error instanceof JournalError && error.inUse;
      if (!isHeld || performance.now() - startedMs > LOCK_WAIT_MS) throw error;
      await sleep(LOCK_POLL_MS);
    }
  }
}

async function run(options: SchedulerOptions, journal: Journal): Promise<Scheduler> {
  const { home, connection, settings, log } = options;
  const { generation } = journal;
  const restored = restoreCluster(journal, settings);
  const { cluster } = restored;
  const clock = new Clock(systemClock, { notBeforeMs: restored.newestMs });
  const secret = readClusterSecret(join(home, 'cluster.secret'));
  const clusterName = connection.cluster;
  const tickets = new Tickets({ clusterName, generation });
  const history = new History(journal.database);
  const progress = new ProgressBoard();
  const onTrouble = limitedLog((line) => log.warn(line, 'trouble'), systemClock.monotonicMs);
  const sayRestore = restoreLog(cluster, log);
  const alarm = new Alarm(() => void loop.offer('report', CLOCK, { kind: 'woken' }));
  const bus = await openBus(connection, { log, onTrouble, nodes: () => cluster.nodes.keys() });
  const remover = new BlobRemover(bus, onTrouble);
  const outlet = { bus, remover, tickets, alarm, clusterName, generation, secret, onTrouble };
  const loop = new Loop({
    cluster,
    step,
    journal,
    history,
    clock,
    perform: (effects, atMs) => {
      performEffects(outlet, effects, atMs);
      sayRestore();
      alarm.reached(atMs);
    },
    recall: () => void Object.assign(cluster, restoreCluster(journal, cluster.settings).cluster),
    stands: (still) => {
      if (still) log.error('the disk is full: nothing is recorded, orders are refused');
      else log.warn('there is room on the disk again');
    },
    fail: options.onFatal,
  });
  const startedMs = clock.now();
  const lag = new LagMeter();
  const admission = new Admission({
    isFull: (lane, sender) => loop.isFull(lane, sender),
    lagMs: () => lag.lagMs,
    nowMs: systemClock.monotonicMs,
    rate: () => rateOf(cluster.settings),
  });
  const queries = {
    cluster,
    history,
    progress,
    bus,
    clusterName,
    version: productVersion(),
    startedMs,
    counters: () => ({ ...loop.counters, ...journal.counters, lagMs: Math.round(lag.lagMs) }),
    takeBackup: () => journal.backup(),
  };
  const nowMs = (): number => clock.now();
  const files = new FileKeeper({ cluster, database: journal.database, bus, nowMs });
  const pruning = { cluster, journal, files, nowMs };
  const collecting = setInterval(() => void collectFiles(pruning, onTrouble), COLLECT_EVERY_MS);
  // All of it is committed; what the broker cannot carry yet is sent again later.
  performEffects(outlet, recover(cluster), startedMs);
  loop.offer('report', CLOCK, { kind: 'restarted' });
  const usersBus = await openUsersBus(connection, onTrouble);
  const intake = openIntake({
    bus,
    usersBus,
    loop,
    admission,
    tickets,
    progress,
    generation,
    queries,
    pruning,
    files,
    onTrouble,
    readFile: () => readSettings(home),
  });
  lag.start({ monotonicMs: systemClock.monotonicMs, cpuMs: processCpuMs });
  log.info({ jobs: cluster.jobs.size, folded: restored.events, generation }, 'ready');
  return {
    reconfigure: () => reconfigure({ home, loop, tickets, log }),
    close: async () => {
      intake.close();
      clearInterval(collecting);
      loop.stop();
      lag.stop();
      alarm.stop();
      keepLast(journal, { atMs: clock.now(), snapshot: snapshotOf(cluster) });
      journal.close();
      await Promise.race([Promise.all([bus.close(), usersBus.close()]), sleep(CLOSE_WAIT_MS)]);
    },
  };
}

/** For a quick start; without room for it the start folds more events. */
function keepLast(journal: Journal, last: KeptSnapshot): void {
  try {
    journal.keepSnapshot(last);
  } catch (error) {
    if (!isDiskFull(error)) throw error;
  }
}

/** As cluster.yaml says; what is left over goes the next time. */
async function collectFiles(
  { cluster, files, nowMs }: PruneParts,
  onTrouble: (problem: string) => void,
): Promise<void> {
  const { filesMs } = cluster.settings.retention ?? {};
  if (filesMs === undefined) return;
  try {
    await files.collect({ beforeMs: nowMs() - filesMs, most: COLLECT_FILES, dryRun: false });
  } catch (error) {
    onTrouble(`old files stay in the store: ${String(error)}`);
  }
}

const rateOf = ({ requestRate, requestBurst }: Settings): Rate => ({
  perSecond: requestRate,
  burst: requestBurst,
});

/** Says for whom a scheduler with a restored journal waits, and when it waits no more. */
function restoreLog(cluster: Cluster, log: Logger): () => void {
  let said: Restoring | undefined;
  const say = (): void => {
    const { restoring } = cluster;
    if (restoring === said) return;
    const missing = said?.awaited ?? [];
    said = restoring;
    if (restoring) log.warn({ awaited: restoring.awaited }, 'restored: nothing is placed yet');
    else log.info({ missing }, 'restored: work is placed again');
  };
  say();
  return say;
}

/** As an operator would; who may send signals to this process may do more than that. */
function reconfigure(parts: {
  readonly home: string;
  readonly loop: Loop;
  readonly tickets: Tickets;
  readonly log: Logger;
}): void {
  const { home, loop, tickets, log } = parts;
  try {
    const by = { user: userName(SIGNAL), role: 'admin' } as const;
    const settings = readSettings(home);
    const send = (bytes: Uint8Array): void => {
      const { refusal } = decodeMessage(pibatch.Reply, bytes);
      if (refusal) log.warn({ refusal }, 'the new configuration is refused');
      else log.info({ settings }, 'configured');
    };
    const replyTo = tickets.issue({ kind: 'user', send });
    loop.offer('cancel', SIGNAL, { kind: 'reconfigure', replyTo, by, settings });
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    log.warn({ faults: error.message }, 'the new configuration is refused');
  }
}

async function openUsersBus(
  connection: Connection,
  onTrouble: (problem: string) => void,
): Promise<Bus> {
  const bus = new Bus({
    connection,
    name: 'pischedd users',
    waitForBroker: true,
    onTrouble: ({ kind, detail }) => onTrouble(`${kind}: ${detail}`),
  });
  await bus.open();
  return bus;
}

async function openBus(
  connection: Connection,
  parts: {
    readonly log: Logger;
    readonly onTrouble: (problem: string) => void;
    readonly nodes: () => Iterable<NodeName>;
  },
): Promise<Bus> {
  const { log, onTrouble, nodes } = parts;
  const prepareBlobs = (): void => {
    bus.prepareBlobs().catch((error: unknown) => log.warn({ error: String(error) }, 'blob store'));
  };
  const bus = new Bus({
    connection,
    name: 'pischedd',
    waitForBroker: true,
    onTrouble: ({ kind, detail }) => onTrouble(`${kind}: ${detail}`),
    onLink: (up) => {
      log.info({ up }, 'broker link');
      if (!up) return;
      // A broker that came back with an empty disk needs its bucket again.
      prepareBlobs();
      // Agents that had no answer for long report once a minute only: they need not wait.
      for (const node of nodes()) bus.publish(orderSubject(node, 'report'), new Uint8Array());
    },
  });
  await bus.open();
  return bus;
}
