import { join } from 'node:path';
import { readIfThere, writeDurably } from '../record/durableFile.ts';
import type { Parsed } from '../record/shape.ts';
import { number, object, parseRecord } from '../record/shape.ts';

/** `identity.json`: what this node must never forget about its place in the cluster. */
const identity = object({ generation: number, epoch: number, incarnation: number });
export type Identity = Parsed<typeof identity>;

const fileOf = (home: string): string => join(home, 'identity.json');

/** Counts the incarnation up, durably, so that no two starts are alike. Throws BadRecordError. */
export function startIncarnation(home: string): Identity {
  const path = fileOf(home);
  const bytes = readIfThere(path);
  const last = bytes
    ? parseRecord(identity, bytes.toString(), path)
    : { generation: 0, epoch: 0, incarnation: 0 };
  const next = { ...last, incarnation: last.incarnation + 1 };
  writeIdentity(home, next);
  return next;
}

export function writeIdentity(home: string, { generation, epoch, incarnation }: Identity): void {
  writeDurably(fileOf(home), JSON.stringify({ generation, epoch, incarnation }));
}
