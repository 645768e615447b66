import type { Constraint, Countable } from './request.ts';

/** In Slurm's words, as cli/format/constraint.ts reads them. */
export function constraintText(constraint: Constraint): string {
  switch (constraint.kind) {
    case 'feature':
      return constraint.feature;
    case 'counted':
      return `[${constraint.of.map(({ feature, nodes }) => `${feature}*${nodes}`).join('&')}]`;
    case 'same':
      return `[${constraint.of.join('|')}]`;
    case 'all':
      return constraint.of.map(bracketed).join('&');
    case 'any':
      return constraint.of.map(constraintText).join('|');
  }
}

const bracketed = (constraint: Constraint): string =>
  constraint.kind === 'any' ? `(${constraintText(constraint)})` : constraintText(constraint);

/** Every feature named, once. */
export function featuresOf(constraint: Constraint): readonly string[] {
  const named = (one: Constraint): readonly string[] => {
    if (one.kind === 'feature') return [one.feature];
    if (one.kind === 'counted') return one.of.map(({ feature }) => feature);
    if (one.kind === 'same') return one.of;
    return one.of.flatMap(named);
  };
  return [...new Set(named(constraint))];
}

/** How many nodes must have each feature; the job's other nodes are free. */
export function countsOf(
  constraint: Constraint,
): readonly { readonly feature: string; readonly nodes: number }[] {
  if (constraint.kind === 'counted') return constraint.of;
  return constraint.kind === 'all' ? constraint.of.flatMap(countsOf) : [];
}

/** Of all its nodes one of these features, whichever it is; empty: they need none in common. */
export function sameOf(constraint: Constraint | undefined): readonly string[] {
  if (constraint?.kind === 'same') return constraint.of;
  return constraint?.kind === 'all' ? constraint.of.flatMap(sameOf) : [];
}

/** `camera:2,lora:1`. */
export const countablesText = (things: readonly Countable[]): string =>
  things.map(({ name, count }) => `${name}:${count}`).join(',');
