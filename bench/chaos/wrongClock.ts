/**
 * Wall clocks of the scheduler and the agents that jump by hours and back, by libfaketime where it is
 * installed: each of these processes reads what its clock is wrong by from a file.
 */
import { existsSync, mkdirSync, readdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Random } from '../../scheduler/sim/random.ts';
import type { Fault } from './fault.ts';
import { awayMs } from './killing.ts';

const FOLDERS = ['/usr/lib', '/usr/local/lib', '/usr/lib64'];
const LIBRARY = 'faketime/libfaketimeMT.so.1';
const MOST_HOURS = 48;
/** It looks into its file at most so often. */
const LOOKS_EVERY_MS = 1_000;

export class WrongClocks {
  private readonly library: string;
  private readonly folder: string;
  private readonly members: readonly string[];

  private constructor(library: string, folder: string, members: readonly string[]) {
    [this.library, this.folder, this.members] = [library, folder, members];
    mkdirSync(folder);
    for (const member of members) this.set(member, 0);
  }

  /** Undefined without libfaketime. */
  static in(folder: string, members: readonly string[]): WrongClocks | undefined {
    const library = findLibrary();
    return library === undefined ? undefined : new WrongClocks(library, folder, members);
  }

  /** For the process of that member. Job hosts and ranks do not inherit it. */
  environment(member: string): Readonly<Record<string, string>> {
    return {
      LD_PRELOAD: this.library,
      FAKETIME_TIMESTAMP_FILE: join(this.folder, member),
      FAKETIME_CACHE_DURATION: String(LOOKS_EVERY_MS / 1_000),
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
      NO_FAKE_STAT: '1',
    };
  }

  faults(): readonly Fault[] {
    return [
      { kind: 'clockForward', happen: (random) => this.jump(random, 1) },
      { kind: 'clockBack', happen: (random) => this.jump(random, -1) },
    ];
  }

  private async jump(random: Random, sign: 1 | -1): Promise<void> {
    const member = random.pick(this.members) ?? '';
    this.set(member, sign * random.whole(1, MOST_HOURS));
    await sleep(LOOKS_EVERY_MS + awayMs(random));
    this.set(member, 0);
  }

  private set(member: string, hours: number): void {
    const path = join(this.folder, member);
    writeFileSync(`${path}.new`, `${hours < 0 ? '' : '+'}${hours * 3_600}\n`);
    renameSync(`${path}.new`, path);
  }
}

function findLibrary(): string | undefined {
  const folders = FOLDERS.flatMap((folder) => [folder, ...subfolders(folder)]);
  return folders.map((folder) => join(folder, LIBRARY)).find((path) => existsSync(path));
}

function subfolders(folder: string): string[] {
  if (!existsSync(folder)) return [];
  const entries = readdirSync(folder, { withFileTypes: true });
  return entries.filter((entry) => entry.isDirectory()).map(({ name }) => join(folder, name));
}
