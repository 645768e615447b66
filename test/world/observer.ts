/** Sees every simulated process there is, and says when a promise of the protocol is broken. */
import type { PartId } from '../../scheduler/model/ids.ts';
import { partKey } from '../../scheduler/model/ids.ts';
import type { PartOutcome } from '../../scheduler/model/outcome.ts';

export type Process = {
  readonly node: string;
  readonly part: PartId;
  readonly epoch: number;
  readonly cores: readonly number[];
  /** Its job's, or its task's of an array: which may not run again. */
  readonly onlyOnce?: string | undefined;
};

export class Observer {
  readonly broken: string[] = [];
  private readonly alive = new Map<string, Process>();
  /** Of those that live: their processes are stopped. */
  private readonly still = new Set<string>();
  private readonly starts = new Map<string, number>();
  private readonly once = new Map<string, { readonly part: PartId; readonly node: string }>();
  private readonly forgetful = new Set<string>();
  private readonly ends = new Map<string, PartOutcome>();
  private readonly trace: (line: string) => void;

  constructor(trace: (line: string) => void) {
    this.trace = trace;
  }

  /** 3, 4, 1: a part starts once, no other attempt of its job lives, its cores are free. */
  started(process: Process): void {
    const { node, part } = process;
    const key = partKey(part);
    this.trace(`start ${key} ${node}`);
    const count = (this.starts.get(key) ?? 0) + 1;
    this.starts.set(key, count);
    if (count > 1) this.broken.push(`part ${key} was started ${count} times`);
    this.meets(process);
    this.alive.set(key, process);
    const { onlyOnce } = process;
    if (onlyOnce === undefined) return;
    const before = this.once.get(onlyOnce) ?? { part, node };
    const same = before.part.job === part.job && before.part.attempt === part.attempt;
    if (!same) this.broken.push(`${key} may not be rerun, and ${partKey(before.part)} ran`);
    this.once.set(onlyOnce, before);
  }

  /** 3, 4: what is stopped, for good perhaps, is in nobody's way. */
  private meets({ node, part, cores }: Process): void {
    const key = partKey(part);
    for (const [other, { node: where, part: peer, cores: held }] of this.alive) {
      if (other === key || this.still.has(other)) continue;
      if (peer.job === part.job && peer.attempt !== part.attempt) {
        this.broken.push(`${key} started while ${other} lived`);
      }
      if (where === node && held.some((core) => cores.includes(core))) {
        this.broken.push(`${key} and ${other} share a core of ${node}`);
      }
    }
  }

  /** A job host is stopped, or goes on: then as if it started. */
  stands(part: PartId, still: boolean): void {
    const key = partKey(part);
    this.trace(`${still ? 'stop' : 'go on'} ${key}`);
    const process = this.alive.get(key);
    if (still) this.still.add(key);
    else if (this.still.delete(key) && process) this.meets(process);
  }

  ended(part: PartId, outcome: PartOutcome): void {
    const key = partKey(part);
    this.still.delete(key);
    if (!this.alive.delete(key)) return;
    this.trace(`end ${key} ${outcome.kind}`);
    this.ends.set(key, outcome);
  }

  /** 16: nothing of an older epoch lives when a node takes a newer one. */
  epochTaken(node: string, epoch: number): void {
    for (const [key, process] of this.alive) {
      if (process.node !== node || process.epoch >= epoch) continue;
      this.broken.push(`${key} of epoch ${process.epoch} lives on ${node} in epoch ${epoch}`);
    }
  }

  /** Its disk is gone, and with it what it knew. */
  wiped(node: string): void {
    for (const [name, ran] of this.once) if (ran.node === node) this.once.delete(name);
    this.forgetful.add(node);
  }

  /** 11: only what was on a lost disk is lost. */
  isForgetful(node: string): boolean {
    return this.forgetful.has(node);
  }

  /** How the process of a part really ended; undefined while it lives, or if it never did. */
  endOf(part: PartId): PartOutcome | undefined {
    return this.ends.get(partKey(part));
  }

  /** Whether a rank of this attempt ended badly: then its peers wait for it for ever. */
  isGangBroken({ job, attempt }: PartId): boolean {
    for (const [key, outcome] of this.ends) {
      if (key.startsWith(`${job}.${attempt}.`) && !endedWell(outcome)) return true;
    }
    return false;
  }

  /** And may do something. */
  isAlive(part: PartId): boolean {
    return this.alive.has(partKey(part)) && !this.still.has(partKey(part));
  }

  living(): readonly string[] {
    return [...this.alive.keys()];
  }
}

export const endedWell = (outcome: PartOutcome | undefined): boolean =>
  outcome?.kind === 'exited' && outcome.exit.code === 0 && outcome.exit.signal === 0;
