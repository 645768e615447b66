import type { Socket } from 'node:net';

const LINE_LIMIT_BYTES = 1 << 20;

/** Calls `onLine` for every complete line that arrives; a longer one than 1 MiB ends the socket. */
export function readLines(socket: Socket, onLine: (line: string) => void): void {
  let rest = '';
  socket.setEncoding('utf8');
  socket.on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) onLine(line);
    if (rest.length > LINE_LIMIT_BYTES) socket.destroy(new Error('line too long'));
  });
}

export const writeLine = (socket: Socket, message: unknown): boolean =>
  socket.write(`${JSON.stringify(message)}\n`);
