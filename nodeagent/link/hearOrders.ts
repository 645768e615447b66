import type { Bus } from '../../proto/bus.ts';
import { orderSubject } from '../../proto/subjects.ts';
import type { AgentInput } from '../agent/agentInput.ts';
import { monotonicMs } from '../process/monotonic.ts';
import { readEnd, readTerms, readWire } from './orders.ts';

const READERS = { wire: readWire, terms: readTerms, end: readEnd };

export type OrderHearer = {
  readonly launch: (order: Uint8Array) => void;
  readonly take: (input: AgentInput) => void;
  /** Report now; every node is told so at one moment. */
  readonly reportWanted: () => void;
  readonly readOutput: (request: Uint8Array) => Uint8Array;
};

/** What the scheduler orders this node. */
export function hearOrders(bus: Bus, node: string, hearer: OrderHearer): void {
  bus.subscribe(orderSubject(node, 'launch'), ({ data }) => hearer.launch(data));
  for (const verb of ['wire', 'terms', 'end'] as const) {
    bus.subscribe(orderSubject(node, verb), ({ data }) =>
      hearer.take({ atMs: monotonicMs(), ...READERS[verb](data) }),
    );
  }
  bus.subscribe(orderSubject(node, 'report'), hearer.reportWanted);
  bus.serve(orderSubject(node, 'output'), ({ data, reply }) => reply(hearer.readOutput(data)));
}
