import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { CuttingProxy } from './cuttingProxy.ts';

/** A server that says back what it hears, behind a proxy. */
let server: Server;
let far: Socket | undefined;
let proxy: CuttingProxy;
let client: Socket;
let heard = '';
let said = '';

beforeEach(async () => {
  [heard, said] = ['', ''];
  server = createServer((socket) => {
    far = socket;
    socket.on('error', () => undefined);
    socket.on('data', (bytes) => {
      heard += String(bytes);
      socket.write(bytes);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  proxy = await CuttingProxy.listen((server.address() as AddressInfo).port);
  client = connect({ host: '127.0.0.1', port: Number(new URL(proxy.url).port) });
  client.on('error', () => undefined);
  client.on('data', (bytes) => (said += String(bytes)));
  client.write('first ');
  await until(() => said === 'first ');
});

afterEach(async () => {
  client.destroy();
  await proxy.close();
  server.close();
});

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await sleep(1);
}

test('what has vanished one way is lost for good, and the other way goes on', async () => {
  proxy.trouble = { kind: 'vanish', ways: ['down'] };
  client.write('second ');
  await until(() => heard === 'first second ');
  proxy.trouble = { kind: 'none' };
  client.write('third');
  await until(() => heard === 'first second third');
  expect(said).toBe('first ');
});

test('half open: nothing arrives, and nobody hears of an end', async () => {
  proxy.trouble = { kind: 'vanish', ways: ['up', 'down'] };
  client.write('second');
  await sleep(20);
  client.end();
  await once(client, 'finish');
  await sleep(20);
  expect(heard).toBe('first ');
  expect(client.readableEnded).toBe(false);
  expect(far?.readableEnded).toBe(false);
});

test('slow: all arrives, in order, also what came when it was over', async () => {
  proxy.trouble = { kind: 'slow', latencyMs: 5, pieceBytes: 1 };
  const words = 'a rather long sentence that comes in pieces ';
  client.write(words);
  await until(() => heard.length > 'first '.length);
  expect(heard.length).toBeLessThan(`first ${words}`.length);
  proxy.trouble = { kind: 'none' };
  client.write('and its end');
  await until(() => heard === `first ${words}and its end`);
  await until(() => said === heard);
});

test('reset: half of a message arrives at most, then both sides know', async () => {
  const ended = new Promise((resolve) => client.once('close', resolve));
  const reset = new Promise<void>((onReset) => {
    proxy.trouble = { kind: 'reset', onReset };
  });
  client.write('1234567890');
  await reset;
  await ended;
  // A reset may overtake what came before it.
  expect('first 12345').toContain(heard);
});
