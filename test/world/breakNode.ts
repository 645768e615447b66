import type { AgentNode } from './agentNode.ts';
import type { Fault } from './faults.ts';
import type { Network } from './network.ts';

/** Does to a node what the fault says, and later what ends it. */
export function breakNode(
  fault: Extract<Fault, { node: number }>,
  where: {
    readonly node: AgentNode;
    readonly network: Network;
    readonly later: (milliseconds: number, action: () => void) => void;
  },
): void {
  const { node, network, later } = where;
  const startLater = (ms: number) => () => later(ms, () => node.startAgent());
  switch (fault.kind) {
    case 'agentCrash':
      node.killAgent();
      return startLater(fault.downMs)();
    case 'agentFailpoint':
      return node.armFailpoint(fault.act, fault.durable, startLater(fault.downMs));
    case 'agentPause':
      return node.pauseAgent(fault.forMs);
    case 'hostKill':
      return node.killSomeHost();
    case 'powerCut':
    case 'diskLost':
      node.cutPower({ diskLost: fault.kind === 'diskLost' });
      return later(fault.downMs, () => node.restorePower());
    case 'partition':
      return network.cut(node.name, fault.way, fault.forMs);
    case 'clog':
      return network.clog(node.name, fault.forMs);
  }
}
