/** A refusal as it came over the wire: a code and details in JSON. */
import type { Refusal } from '../scheduler/model/refusal.ts';
import type { pibatch } from '../proto/codec.ts';
import { isRefusalCode } from './format/refusal.ts';

/** Undefined for a code of a newer scheduler, or details that are not an object. */
export function readRefusal(code: string, detailsJson: string): Refusal | undefined {
  if (!isRefusalCode(code)) return undefined;
  let details: unknown;
  try {
    details = JSON.parse(detailsJson === '' ? '{}' : detailsJson);
  } catch {
    return undefined;
  }
  if (typeof details !== 'object' || details === null) return undefined;
  // The scheduler encodes its own Refusal; the code was checked above.
  return { ...details, code } as Refusal;
}

/** Undefined when the answer is none, or one that this version does not know. */
export const refusalOf = ({
  refusal,
}: Pick<pibatch.Reply.$Properties, 'refusal'>): Refusal | undefined =>
  refusal ? readRefusal(refusal.code ?? '', refusal.detailsJson ?? '') : undefined;
