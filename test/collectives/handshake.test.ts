import { createServer, connect } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { openDataPlane } from '../../collectives/dataPlane.ts';
import {
  CommunicatorArgumentError,
  DataPlaneError,
  RankLostError,
} from '../../collectives/errors.ts';
import { connectRank } from '../../collectives/rank.ts';
import { PROTOCOL_VERSION } from '../../collectives/transport/frame.ts';
import { greet } from '../../collectives/transport/handshake.ts';
import type { DataPlane, DataPlaneOptions } from '../../collectives/wiring.ts';

/** Who may become a peer, and what strangers can do: nothing. */

const planes: DataPlane[] = [];
const sockets: Socket[] = [];
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await Promise.all(planes.splice(0).map((plane) => plane.close()));
});

async function open(part: number, change: Partial<DataPlaneOptions> = {}): Promise<DataPlane> {
  const plane = await openDataPlane({
    attempt: 'job.1',
    part,
    partOfRank: [0, 1],
    weights: [1, 1],
    secret: Buffer.from('the secret of this attempt'),
    listenHost: '127.0.0.1',
    connectSeconds: 5,
    ...change,
  });
  planes.push(plane);
  return plane;
}

const addressesOf = (list: readonly DataPlane[]) => list.flatMap(({ address }) => address ?? []);

async function connectBoth(list: readonly DataPlane[]): Promise<PromiseSettledResult<void>[]> {
  const peers = addressesOf(list);
  return Promise.allSettled(list.map((plane) => plane.connect(peers)));
}

/** What a listener answers to these bytes before it hangs up. */
function answerTo(plane: DataPlane, bytes: Uint8Array): Promise<number> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port: plane.address?.port ?? 0 });
    sockets.push(socket);
    let received = 0;
    socket.on('data', (chunk) => (received += chunk.length));
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(received));
    socket.write(bytes);
  });
}

describe('peers', () => {
  test('two parts with one secret connect', async () => {
    const results = await connectBoth([await open(0), await open(1)]);
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled']);
  });

  test.each([
    [
      'another secret',
      { secret: Buffer.from('some other secret value') },
      /does not know the secret/,
    ],
    ['another attempt', { attempt: 'job.2' }, /closed the connection|did not connect/],
  ])('%s is refused by both sides', async (_, change, reason) => {
    const limit = { connectSeconds: 2 };
    const results = await connectBoth([
      await open(0, limit),
      await open(1, { ...change, ...limit }),
    ]);
    for (const result of results) {
      expect(result.status).toBe('rejected');
      if (result.status === 'rejected') expect(result.reason).toBeInstanceOf(DataPlaneError);
    }
    const [, dialer] = results;
    if (dialer?.status === 'rejected') expect(dialer.reason.message).toMatch(reason);
  });

  test('a listener that speaks another version is named', async () => {
    const plane = await open(1);
    const server = createServer((socket) => {
      const answer = Buffer.alloc(80);
      answer.write('PIBC');
      answer.writeInt32LE(99, 4);
      socket.write(answer);
      sockets.push(socket);
    });
    await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const attempt = plane.connect([{ part: 0, host: '127.0.0.1', port }]);
    const said = `speaks version 99, we speak ${PROTOCOL_VERSION}`;
    await expect(attempt).rejects.toThrow(said);
    server.close();
  });
});

describe('strangers', () => {
  test.each([
    ['garbage', Buffer.alloc(4096, 'x')],
    ['another version', Buffer.concat([Buffer.from('PIBC'), Buffer.alloc(76, 9)])],
    ['HTTP', Buffer.from(`GET / HTTP/1.1\r\nHost: pi\r\n${'X-Long: 1\r\n'.repeat(10)}\r\n`)],
  ])('%s gets no answer and is dropped', async (_, bytes) => {
    const plane = await open(0);
    expect(await answerTo(plane, bytes)).toBe(0);
  });

  test('scanners that never speak do not keep a peer out', async () => {
    const first = await open(0);
    for (let i = 0; i < 100; i++) {
      const socket = connect({ host: '127.0.0.1', port: first.address?.port ?? 0 });
      socket.on('error', () => undefined);
      sockets.push(socket);
    }
    const results = await connectBoth([first, await open(1)]);
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled']);
  });
});

describe('a peer that has proved itself', () => {
  const identity = {
    attempt: 'job.1',
    part: 1,
    parts: 2,
    secret: Buffer.from('the secret of this attempt'),
  };

  async function befriend(receive: 'descriptor' | 'eventLoop'): Promise<[DataPlane, Socket]> {
    const plane = await open(0, { receive, timeoutSeconds: 30 });
    const socket = connect({ host: '127.0.0.1', port: plane.address?.port ?? 0 });
    sockets.push(socket);
    socket.on('error', () => undefined);
    await greet(socket, identity, { to: 0, milliseconds: 2000 });
    await plane.connect([{ part: 1, host: '127.0.0.1', port: 1 }]);
    return [plane, socket];
  }

  const frame = (kind: number, source: number, payload: Buffer): Buffer => {
    const header = Buffer.alloc(16);
    [payload.length, kind, source, 0].forEach((word, i) => header.writeInt32LE(word, i * 4));
    return Buffer.concat([header, payload]);
  };
  const tooBig = Buffer.alloc(16, 0x7f);
  const cases: readonly (readonly [string, Buffer])[] = [
    ['garbage', tooBig],
    ['an unknown kind', frame(77, 1, Buffer.alloc(8))],
    ['data of a rank that is not its own', frame(1, 0, Buffer.alloc(8))],
    ['an odd piece', frame(1, 1, Buffer.alloc(7))],
    ['half a frame, then nothing', frame(1, 1, Buffer.alloc(64)).subarray(0, 40)],
  ];

  test.each(
    cases.flatMap(([name, bytes]) =>
      (['descriptor', 'eventLoop'] as const).map((receive) => [name, receive, bytes] as const),
    ),
  )('that sends %s (%s) counts as lost', async (_, receive, bytes) => {
    const [plane, socket] = await befriend(receive);
    socket.end(bytes);
    // barrier() stops this thread, and with it the event loop, which has to read all this before.
    for (let turns = 0; turns < 50; turns += 1)
      await new Promise((resolve) => setTimeout(resolve, 2));
    const comm = connectRank(plane.wiringOf(0));
    expect(() => comm.barrier()).toThrow(RankLostError);
    expect(() => comm.recv()).toThrow(/rank 1 \(part 1\) is lost: its host is gone/);
  });
});

describe('options', () => {
  test('a rank belongs to one thread', async () => {
    const plane = await open(0, { partOfRank: [0], weights: [1] });
    const comm = connectRank(plane.wiringOf(0));
    expect(comm.allreduce(2, 'sum')).toBe(2);
    expect(() => connectRank(plane.wiringOf(0))).toThrow(CommunicatorArgumentError);
  });

  test.each([
    ['no ranks', { partOfRank: [], weights: [] }],
    ['a part without ranks', { part: 7 }],
    ['too few weights', { weights: [1] }],
    ['a short secret', { secret: Buffer.from('short') }],
    ['a gap in the parts', { partOfRank: [0, 2] }],
  ])('%s is refused', async (_, change) => {
    await expect(open(0, change)).rejects.toBeInstanceOf(DataPlaneError);
  });

  test('a peer list that misses a part is refused', async () => {
    const plane = await open(0);
    await expect(plane.connect([])).rejects.toThrow(/addresses of the 1 other parts/);
  });

  test('one part needs no address', async () => {
    const plane = await open(0, { partOfRank: [0, 0], weights: [1, 1] });
    expect(plane.address).toBeUndefined();
    await plane.connect([]);
    expect(plane.wiringOf(1)).toMatchObject({ rank: 1, size: 2 });
    expect(() => plane.wiringOf(2)).toThrow(DataPlaneError);
  });
});
