/** What a job asked for beyond its size, as the commands see it; absent values as `undefined`. */
import type { pibatch } from '../proto/codec.ts';
import { nodeList } from './format/hostlist.ts';
import { type Span, spanText } from './format/span.ts';

export type WishesView = {
  readonly nodesAsked: Span | undefined;
  readonly ranksPerNode: number | undefined;
  readonly exclusive: boolean;
  /** In Slurm's words; empty when nothing was asked for. */
  readonly constraint: string;
  /** As a host list; empty when nothing was asked for. */
  readonly nodeList: string;
  readonly excluded: string;
  readonly gres: string;
  readonly licenses: string;
  readonly distribution: string;
  readonly contiguous: boolean;
  readonly uniform: boolean;
  readonly minTimeMs: number | undefined;
  readonly deadlineMs: number | undefined;
  readonly nice: number;
  readonly qos: string;
  readonly reservation: string;
  readonly ranksRange: Span | undefined;
};

export function wishesView(wire: pibatch.Wishes.$Properties | null | undefined): WishesView {
  return {
    nodesAsked: span(wire?.nodes),
    ranksPerNode: wire?.ranksPerNode || undefined,
    exclusive: wire?.exclusive ?? false,
    constraint: wire?.constraint ?? '',
    nodeList: nodeList(wire?.nodeList ?? []),
    excluded: nodeList(wire?.excluded ?? []),
    gres: things(wire?.gres),
    licenses: things(wire?.licenses),
    distribution: wire?.distribution ?? '',
    contiguous: wire?.contiguous ?? false,
    uniform: wire?.uniform ?? false,
    minTimeMs: wire?.minTimeMs || undefined,
    deadlineMs: wire?.deadlineMs ?? undefined,
    nice: wire?.nice ?? 0,
    qos: wire?.qos ?? '',
    reservation: wire?.reservation ?? '',
    ranksRange: span(wire?.ranks),
  };
}

const span = (wire: pibatch.Span.$Properties | null | undefined): Span | undefined =>
  wire ? { least: wire.least ?? 1, most: wire.most ?? 1 } : undefined;

const things = (wire: readonly pibatch.Countable.$Properties[] | null | undefined): string =>
  (wire ?? []).map(({ name, count }) => `${name}:${count ?? 1}`).join(',');

/** How many nodes it has, or, while it waits, how many it asked for. */
export const nodeCount = (view: WishesView & { readonly nodes: readonly string[] }): string =>
  view.nodes.length > 0
    ? String(view.nodes.length)
    : view.nodesAsked
      ? spanText(view.nodesAsked)
      : '1';
