import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { constants } from 'node:os';
import { inheritedEnvironment } from '../jobhost/environment.ts';
import { isAlive } from '../../proto/processIdentity.ts';
import { statOf } from '../process/procfs.ts';
import { signalProcess } from '../process/signalProcess.ts';
import type { GroupBase } from '../process/memoryGroup.ts';
import type { Claim } from '../record/claim.ts';
import type { PartFolder } from '../record/partFolder.ts';

/**
 * Starts a job host in the part's folder, in a session of its own, tied to nothing of the agent:
 * not its environment, its descriptors or its life. Its own words go to `host.log`.
 */
export function startHost(options: {
  readonly program: string;
  readonly folder: PartFolder;
  readonly sysroot: string;
  readonly leaseUntilMs: number;
  readonly groupBase: GroupBase | undefined;
  /** It left, or could not be started; what it did is in the part's folder. */
  readonly onLeft: () => void;
}): void {
  const { folder } = options;
  const base = options.groupBase;
  const groups = base ? `${base.version}:${base.folder}` : '';
  const log = openSync(folder.hostLog, 'a', 0o600);
  const host = spawn(
    process.execPath,
    [options.program, String(options.leaseUntilMs), options.sysroot, groups],
    {
      cwd: folder.root,
      env: inheritedEnvironment(process.env),
      stdio: ['ignore', log, log],
      detached: true,
    },
  );
  closeSync(log);
  host.unref();
  host.once('error', options.onLeft);
  host.once('exit', options.onLeft);
}

/** Whether the very process that made the claim still runs, on this boot. */
export const holderLives = (claim: Claim): boolean =>
  claim.startTicks > 0 && isAlive({ ...claim, pid: claim.process });

const { SIGCONT, SIGKILL, SIGSTOP } = constants.signals;
const SIGNALS = { stopHost: SIGSTOP, continueHost: SIGCONT, killHost: SIGKILL };

/** Nobody else is ever signalled: the process of that number may be another one by now. */
export function signalHost(claim: Claim | undefined, what: keyof typeof SIGNALS): void {
  if (claim && holderLives(claim)) signalProcess(claim.process, SIGNALS[what]);
}

/** Whether its process is stopped, with all its threads. */
export const isHeld = (claim: Claim): boolean =>
  holderLives(claim) && statOf(claim.process)?.stopped === true;
