import type { Bus } from '../proto/bus.ts';
import type { Inventory } from './discovery/inventory.ts';
import type { Sysroot } from './discovery/sysroot.ts';
import type { GroupBase } from './process/memoryGroup.ts';

/** What an agent is given by the program around it. */
export type NodeAgentOptions = {
  readonly home: string;
  readonly node: string;
  readonly bus: Bus;
  readonly sysroot: Sysroot;
  readonly sysrootPath: string;
  readonly inventory: Inventory;
  readonly weight: number;
  readonly version: string;
  /** Where peers reach data planes of this node. */
  readonly listenHost: string;
  readonly hostProgram: string;
  /** Where ranks can be held to their memory by the kernel. */
  readonly groupBase: GroupBase | undefined;
  readonly log: (message: string) => void;
};
