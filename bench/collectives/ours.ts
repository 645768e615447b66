import { fork } from 'node:child_process';
import { availableParallelism } from 'node:os';
import type { PartAddress } from '../../collectives/wiring.ts';
import type { BenchStart } from './host.ts';
import type { Measured, MeasureOptions } from './measure.ts';

/** Runs the measuring loop on fresh host processes; rank 0's rows. */
export async function measureOurs(
  bundle: string,
  partOfRank: readonly number[],
  options: MeasureOptions,
): Promise<readonly Measured[]> {
  const parts = [...new Set(partOfRank)];
  const hosts = parts.map(() => fork(bundle, { serialization: 'advanced' }));
  const addresses: PartAddress[] = [];
  let opened = 0;
  let rows: readonly Measured[] = [];
  const done = hosts.map(
    (host, part) =>
      new Promise<void>((resolve, reject) => {
        host.on(
          'message',
          (message: { address?: PartAddress; rank?: number; rows?: Measured[] }) => {
            if ('address' in message) {
              opened += 1;
              if (message.address) addresses.push(message.address);
              if (opened === hosts.length)
                for (const peer of hosts) peer.send({ peers: addresses });
            }
            if (message.rank === 0 && message.rows) rows = message.rows;
          },
        );
        host.on('exit', (code) => {
          if (code === 0) resolve();
          else reject(new Error(`the host of part ${part} ended with ${code}`));
        });
        const start: BenchStart = {
          part,
          partOfRank,
          cores: availableParallelism(),
          options,
          receive: 'descriptor',
        };
        host.send({ start });
      }),
  );
  try {
    await Promise.all(done);
  } finally {
    for (const host of hosts) host.kill('SIGKILL');
  }
  return rows;
}
