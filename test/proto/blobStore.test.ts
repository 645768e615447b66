import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { BlobMissingError } from '../../proto/busError.ts';
import { TestBroker } from './broker.ts';

const broker = new TestBroker();
beforeAll(async () => {
  await broker.start();
  const scheduler = await broker.connect('scheduler');
  await scheduler.prepareBlobs();
  await scheduler.prepareBlobs();
});
afterAll(() => broker.stop());

describe('files travel by sha256', () => {
  test('3 MB put by a user are read by a node, byte for byte', async () => {
    const bytes = randomBytes(3_000_001);
    const alice = await broker.connect('alice');
    const node = await broker.connect('n1');
    const sha256 = await alice.putBlob(bytes);
    expect(await node.hasBlob(sha256)).toBe(true);
    expect(Buffer.compare(await node.getBlob(sha256), bytes)).toBe(0);
    expect(await node.putBlob(bytes)).toBe(sha256);
  });

  test('an empty file is a file', async () => {
    const alice = await broker.connect('alice');
    expect(await alice.getBlob(await alice.putBlob(new Uint8Array()))).toHaveLength(0);
  });

  test('a file that nobody stored is told as such', async () => {
    const alice = await broker.connect('alice');
    await expect(alice.getBlob('0'.repeat(64))).rejects.toThrow(BlobMissingError);
    expect(await alice.hasBlob('0'.repeat(64))).toBe(false);
  });

  test('the scheduler removes files, and nobody else can', async () => {
    const alice = await broker.connect('alice');
    const [gone, kept] = [
      await alice.putBlob(randomBytes(300_000)),
      await alice.putBlob(randomBytes(9)),
    ];
    await expect(alice.removeBlobs([kept])).rejects.toThrow();
    const scheduler = await broker.connect('scheduler');
    await scheduler.removeBlobs([gone]);
    expect(await alice.hasBlob(gone)).toBe(false);
    await expect(alice.getBlob(gone)).rejects.toThrow(BlobMissingError);
    expect(await alice.hasBlob(kept)).toBe(true);
  });

  test('the broker is killed and restarted during a put', async () => {
    const bytes = randomBytes(6_000_000);
    const alice = await broker.connect('alice');
    await alice.hasBlob('0'.repeat(64));
    const put = alice.putBlob(bytes);
    broker.kill();
    await broker.start();
    expect(Buffer.compare(await alice.getBlob(await put), bytes)).toBe(0);
  });
});
