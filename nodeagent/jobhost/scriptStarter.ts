import type { PartAddress } from '../../collectives/partAddress.ts';
import type { PartPlan } from '../record/partPlan.ts';
import type { AllocationHold } from './allocationHold.ts';
import type { RankStarter } from './rankStarter.ts';

/**
 * A script runs once, as rank 0 on the first node, as under sbatch. The other parts hold their
 * cores for it: each keeps a connection to the first part, authenticated with the attempt's
 * secret, and ends when that closes. The script starts when all of them hold.
 */
export type ScriptStarterOptions = {
  readonly plan: PartPlan;
  /** Runs rank 0; its `ranks` are ignored. */
  readonly commands: RankStarter;
  readonly onListening: (address: PartAddress) => void;
  readonly onWired: () => void;
};

export function scriptStarter(options: ScriptStarterOptions): RankStarter {
  const { plan, commands } = options;
  const isFirst = plan.id.part === 0;
  if (plan.parts.length === 1) return { ...commands, ranks: [0] };
  let hold: AllocationHold | undefined;
  let giveAddresses: (peers: readonly PartAddress[]) => void = () => undefined;
  const addresses = new Promise<readonly PartAddress[]>((done) => {
    giveAddresses = done;
  });
  return {
    ...commands,
    ranks: isFirst ? [0] : [],
    wire: (peers) => giveAddresses(peers),
    prepare: async () => {
      // Loaded here: few jobs need it, and loading cryptography takes 5 ms.
      const { AllocationHold: Hold } = await import('./allocationHold.ts');
      hold = new Hold(plan);
      options.onListening(await hold.listen());
      const peers = await addresses;
      options.onWired();
      if (isFirst) await hold.allHeld;
      else await hold.until(peers);
    },
    close: async () => hold?.close(),
  };
}
