import { constants } from 'node:os';
import { processesWithEnvironment } from './procfs.ts';
import { signalProcess } from './signalProcess.ts';

const ROUNDS = 20;
const PAUSE_MS = 50;

/**
 * Kills whatever still carries the part's folder in its environment (unlike the part's id it is
 * unique on a machine, which may hold nodes of several clusters), wherever it hid. Returns how
 * many would not die (blocked in the kernel).
 */
export async function killLeftovers(folder: string): Promise<number> {
  for (let round = 0; ; round += 1) {
    const left = processesWithEnvironment(`PIBATCH_PART_FOLDER=${folder}`);
    if (left.length === 0 || round === ROUNDS) return left.length;
    for (const process_ of left) signalProcess(process_, constants.signals.SIGKILL);
    await new Promise((done) => setTimeout(done, PAUSE_MS));
  }
}
