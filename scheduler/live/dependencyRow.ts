import type { pibatch } from '../../proto/codec.ts';
import {
  DEPENDENCY_KINDS,
  type Dependency,
  type DependencyTerm,
  termText,
} from '../model/dependency.ts';
import { jobId } from '../model/ids.ts';
import * as check from './fieldCheck.ts';

/** A dependency from the wire. Throws RefusedError. */
const MOST_TERMS = 32;
const LONGEST_DELAY_MS = 365 * 86_400_000;

export function dependency(
  wire: pibatch.Dependency.$Properties,
  hasArray: boolean,
): Dependency | undefined {
  const terms = check.listOf('dependency', wire.terms, MOST_TERMS).map(term);
  if (terms.length === 0) return undefined;
  const match = wire.any ? 'any' : 'all';
  const corr = terms.filter(({ kind }) => kind === 'aftercorr');
  const [first] = corr;
  if (first && !hasArray) {
    check.refuse('dependency', termText(first), 'afterok, or aftercorr between two arrays');
  }
  const delayed = terms.find((each) => each.kind === 'after' && each.delayMs > 0);
  const plain = match === 'all' ? undefined : (first ?? delayed);
  if (plain)
    check.refuse('dependency', termText(plain), "without aftercorr and + where '?' is used");
  if (corr.length > 1) check.refuse('dependency', `${corr.length} x aftercorr`, 'one aftercorr');
  return { match, terms };
}

export const dependencyMessage = (given: Dependency): pibatch.Dependency.$Properties => ({
  any: given.match === 'any',
  terms: given.terms.map((one) => {
    if (one.kind === 'singleton') return { kind: one.kind };
    const { task, ...rest } = one;
    return task === undefined ? rest : { ...rest, task };
  }),
});

function term(wire: pibatch.DependencyTerm.$Properties): DependencyTerm {
  if (wire.kind === 'singleton') return { kind: 'singleton' };
  const kind = DEPENDENCY_KINDS.find((known) => known === wire.kind);
  if (!kind)
    return check.refuse('dependency', wire.kind, `${DEPENDENCY_KINDS.join(', ')} or singleton`);
  const range = { least: 1, most: Number.MAX_SAFE_INTEGER };
  const job = jobId(check.integer('dependency', wire.job, range));
  const task = check.optionalInteger('dependency', wire.task, { least: 0, most: 0xffff_ffff });
  const delayMs = check.integer('dependency', wire.delayMs ?? 0, {
    least: 0,
    most: kind === 'after' ? LONGEST_DELAY_MS : 0,
  });
  if (kind === 'aftercorr' && task !== undefined)
    check.refuse('dependency', `aftercorr:${job}_${task}`, 'aftercorr of a whole array');
  return kind === 'after' ? { kind, job, task, delayMs } : { kind, job, task };
}
