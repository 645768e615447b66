import { Console } from 'node:console';
import { Writable } from 'node:stream';
import type { RankOutput } from './rankOutput.ts';

/**
 * Sends everything this thread prints straight to its output file. A worker's own stdout goes
 * through the host's event loop and is lost when the kernel never returns to its own.
 */
export function captureConsole(output: RankOutput): void {
  const stream = new Writable({
    decodeStrings: true,
    write(chunk: Buffer, _encoding, done) {
      output.write(chunk);
      done();
    },
  });
  for (const name of ['stdout', 'stderr'])
    Object.defineProperty(process, name, { value: stream, configurable: true });
  globalThis.console = new Console({ stdout: stream, stderr: stream });
}
