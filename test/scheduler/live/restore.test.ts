import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type Database from 'better-sqlite3';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Journal } from '../../../scheduler/live/journal.ts';
import { restoreCluster } from '../../../scheduler/live/restore.ts';
import { createCluster } from '../../../scheduler/machine/cluster.ts';
import { snapshotOf } from '../../../scheduler/machine/snapshot.ts';
import { step } from '../../../scheduler/machine/step.ts';
import { DEFAULT_SETTINGS } from '../../../scheduler/model/defaultSettings.ts';
import {
  jobId,
  nodeName,
  requestId,
  scheduleName,
  userName,
} from '../../../scheduler/model/ids.ts';
import type { ReportedPart, Untimed } from '../../../scheduler/model/input.ts';
import { later, timeMs } from '../../../scheduler/model/time.ts';
import * as facts from './facts.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'pibatch-restore-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Small seeded generator (mulberry32): one number below `limit`. */
function seeded(seed: number): (limit: number) => number {
  let state = seed;
  return (limit) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % limit;
  };
}

/** Users, commands and two nodes that sometimes lose parts, at random. */
class World {
  readonly cluster = createCluster(DEFAULT_SETTINGS, 1);
  private readonly random: (limit: number) => number;
  private readonly journal: Journal;
  private readonly held = new Map<string, Map<string, ReportedPart>>();
  private readonly epochs = new Map<string, number>();
  private count = 0;
  private now = facts.T0;

  constructor(journal: Journal, seed: number) {
    this.journal = journal;
    this.random = seeded(seed);
    for (const name of ['pi1', 'pi2']) {
      this.held.set(name, new Map());
      for (let times = 0; times < 3; times += 1) this.input(this.report(name));
    }
  }

  /** Several inputs, one transaction. */
  turn(): void {
    const inputs = Array.from({ length: 1 + this.random(4) }, () => this.choose());
    this.input(...inputs);
  }

  private input(...inputs: Untimed[]): void {
    this.now = later(this.now, 1 + this.random(4_000));
    const events = [];
    for (const input of inputs) {
      const outcome = step(this.cluster, { ...input, atMs: this.now });
      events.push(...outcome.events);
      for (const effect of outcome.effects) {
        if (effect.kind === 'launchPart') {
          const parts = this.held.get(effect.launch.part.node);
          const key = Object.values(effect.part).join('.');
          if (parts && !parts.has(key)) parts.set(key, { id: effect.part, stage: 'accepted' });
        } else if (effect.kind === 'answerNode') this.answered(effect.node, effect);
      }
    }
    this.journal.commit(events);
  }

  private answered(
    node: string,
    answer: { epoch: number; fence: boolean; acknowledged: readonly object[] },
  ): void {
    const parts = this.held.get(node);
    if (answer.fence) parts?.clear();
    this.epochs.set(node, answer.epoch);
    for (const id of answer.acknowledged) parts?.delete(Object.values(id).join('.'));
  }

  private choose(): Untimed {
    const common = { replyTo: 0, by: { user: userName('ada'), role: 'user' } } as const;
    const target = { job: jobId(1 + this.random(this.cluster.nextJobId)), task: undefined };
    const name = this.random(2) === 0 ? 'pi1' : 'pi2';
    const request = { ...facts.REQUEST, ranks: 1 + this.random(6) };
    const id = requestId(`r${this.random(1e9)}`);
    switch (this.random(12)) {
      case 0:
      case 1:
        return { kind: 'submit', ...common, requestId: id, request };
      case 2: {
        const array = { indexes: [1, 2, 5, 6], throttle: 2 };
        return {
          kind: 'submit',
          ...common,
          requestId: id,
          request: { ...request, ranks: 1, array },
        };
      }
      case 3:
        return { kind: 'cancel', ...common, target, signal: undefined };
      case 4:
        return { kind: this.random(2) === 0 ? 'hold' : 'release', ...common, target };
      case 5:
        return { kind: 'requeue', ...common, target };
      case 6: {
        const rule = {
          cron: '*/5 * * * *',
          timezone: 'Europe/Madrid',
          overlap: 'queue',
          missed: 'run-once',
        } as const;
        const schedule = scheduleName(`s${this.random(3)}`);
        return { kind: 'createSchedule', ...common, requestId: id, name: schedule, rule, request };
      }
      case 7:
        return { kind: 'woken' };
      default:
        return this.report(name);
    }
  }

  /** Parts move on, a few are forgotten, a few fail. */
  private report(name: string): Untimed {
    const parts = this.held.get(name) ?? new Map<string, ReportedPart>();
    for (const [key, part] of parts) {
      const luck = this.random(20);
      if (luck === 0) parts.delete(key);
      else if (part.stage === 'accepted')
        parts.set(key, {
          id: part.id,
          stage: 'running',
          startedMs: this.now,
          listens: { host: '127.0.0.1', port: 1 },
          wired: true,
          progress: undefined,
        });
      else if (part.stage === 'running' && luck < 10) {
        const exit = { code: luck % 3 === 0 ? 1 : 0, signal: 0 };
        const outcome = { kind: 'exited', exit, failure: undefined } as const;
        parts.set(key, {
          id: part.id,
          stage: 'ended',
          endedMs: this.now,
          end: { ...facts.END, outcome },
        });
      }
    }
    this.count += 1;
    return {
      kind: 'nodeReported',
      replyTo: 0,
      node: nodeName(name),
      report: {
        generation: 1,
        epoch: this.epochs.get(name) ?? 0,
        sequence: { incarnation: 1, count: this.count },
        sentAtMs: timeMs(0),
        facts: facts.FACTS,
        telemetry: {
          load: 0,
          memoryAvailableBytes: 1,
          temperatureMilliC: undefined,
          throttledBits: undefined,
          frequencyHz: undefined,
        },
        parts: [...parts.values()],
      },
    };
  }
}

const TABLES = ['job', 'attempt', 'part', 'core_slot', 'rank_usage', 'stored_bytes'].concat([
  'schedule_run',
  'request',
  'node',
]);

const tables = (database: Database.Database): unknown =>
  TABLES.map((name) => [name, database.prepare(`SELECT * FROM ${name}`).all()]);

test.each([1, 2, 3, 4, 5, 6])('restart = fold, tables included (seed %i)', (seed) => {
  const path = join(folder, 'pibatch.db');
  const journal = new Journal(path, { nowMs: facts.T0 });
  const world = new World(journal, seed);
  for (let turn = 0; turn < 400; turn += 1) {
    world.turn();
    // A snapshot in the middle must change nothing.
    if (turn === 200 && seed % 2 === 0) {
      journal.keepSnapshot({ atMs: facts.T0, snapshot: snapshotOf(world.cluster) });
    }
  }
  const live = snapshotOf(world.cluster);
  const projected = tables(journal.database);
  const events = [...journal.read().events];
  journal.close();

  const again = new Journal(path, { nowMs: facts.T0 });
  const restored = restoreCluster(again, DEFAULT_SETTINGS);
  expect(JSON.parse(JSON.stringify(snapshotOf(restored.cluster)))).toEqual(
    JSON.parse(JSON.stringify(live)),
  );
  again.close();
  if (seed % 2 === 0) return;

  // The tables are a function of the events alone.
  const replayed = new Journal(join(folder, 'replayed.db'), { nowMs: facts.T0 });
  replayed.commit(events);
  expect(tables(replayed.database)).toEqual(projected);
  const finished = replayed.database
    .prepare("SELECT state, count(*) AS jobs FROM job WHERE state <> 'LIVE' GROUP BY state")
    .all();
  expect(finished.length).toBeGreaterThan(2);
  replayed.close();
});
