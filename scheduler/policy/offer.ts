/** What a node offers: what it says of itself, lowered by its administrator. */
import type { Settings } from '../model/cluster.ts';
import type { NodeName } from '../model/ids.ts';
import type { NodeFacts } from '../model/node.ts';

export function offered(settings: Settings, node: NodeName, facts: NodeFacts): NodeFacts {
  const said = settings.nodes?.filter(({ names }) => names.includes(node)) ?? [];
  const cores = said.find((one) => one.cores !== undefined)?.cores ?? Infinity;
  const memoryBytes = said.find((one) => one.memoryBytes !== undefined)?.memoryBytes ?? Infinity;
  if (cores >= facts.cores.length && memoryBytes >= facts.memoryBytes) return facts;
  return {
    ...facts,
    cores: facts.cores.slice(0, cores),
    memoryBytes: Math.min(facts.memoryBytes, memoryBytes),
  };
}
