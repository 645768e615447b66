/** Sees every simulated process there is, and says when a promise of the protocol is broken. */
import type { PartId } from '../model/ids.ts';
import { partKey } from '../model/ids.ts';

export type Observer = {
  processStarted(node: string, part: PartId, cores: readonly number[]): void;
  processEnded(part: PartId): void;
  /** How often each part was started, by partKey. */
  readonly starts: ReadonlyMap<string, number>;
  readonly broken: readonly string[];
};

export function createObserver(): Observer {
  const alive = new Map<string, { node: string; part: PartId; cores: readonly number[] }>();
  const starts = new Map<string, number>();
  const broken: string[] = [];
  return {
    starts,
    broken,
    processStarted: (node, part, cores) => {
      const key = partKey(part);
      const count = (starts.get(key) ?? 0) + 1;
      starts.set(key, count);
      if (count > 1) broken.push(`part ${key} was started ${count} times`);
      for (const [other, process] of alive) {
        if (process.part.job === part.job && process.part.attempt !== part.attempt) {
          broken.push(`${key} started while ${other} lived`);
        }
        if (process.node === node && process.cores.some((core) => cores.includes(core))) {
          broken.push(`${key} and ${other} share a core of ${node}`);
        }
      }
      alive.set(key, { node, part, cores });
    },
    processEnded: (part) => alive.delete(partKey(part)),
  };
}
