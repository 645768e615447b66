import { openEndpoint } from '../../collectives/endpoint.ts';
import { layoutOf } from '../../collectives/layout.ts';
import { createMemory } from '../../collectives/memory.ts';
import { enterCollective } from '../../collectives/segments.ts';
import { addBlocked, addReceived, addSent, countCall } from '../../collectives/usage.ts';

const CALLS = 2_000_000;

/** Microseconds that the accounting's bookkeeping adds to a small collective. */
export function instrumentationUs(): number {
  const layout = layoutOf([0, 0], 0);
  const memory = createMemory(layout);
  const place = { wasm: memory.wasm, part: 0, channel: 'bench', timeoutSeconds: 0, cores: 2 };
  const endpoint = openEndpoint(0, layout, place);
  const { segments, usage } = endpoint;
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < 3; round++) {
    const began = performance.now();
    for (let i = 0; i < CALLS; i++) {
      enterCollective(endpoint);
      // As a meeting does it.
      segments.next = segments.proposed;
      countCall(usage, 0);
      addSent(usage, 8);
      addReceived(usage, 8);
      addBlocked(usage, 1e-7);
    }
    best = Math.min(best, ((performance.now() - began) * 1000) / CALLS);
  }
  return best;
}
