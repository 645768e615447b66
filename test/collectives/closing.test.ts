import { afterEach, describe, expect, test } from 'vitest';
import { openDataPlane } from '../../collectives/dataPlane.ts';
import { connectRank } from '../../collectives/rank.ts';
import type { DataPlane } from '../../collectives/wiring.ts';

/** A part whose ranks have returned closes, and nobody else notices. */

const planes: DataPlane[] = [];
afterEach(async () => {
  await Promise.all(planes.splice(0).map((plane) => plane.close()));
});

async function connected(parts: number): Promise<DataPlane[]> {
  const partOfRank = Array.from({ length: parts }, (_, part) => part);
  for (const part of partOfRank) {
    const plane = await openDataPlane({
      attempt: 'job.1',
      part,
      partOfRank,
      weights: partOfRank.map(() => 1),
      secret: Buffer.from('the secret of this attempt'),
      listenHost: '127.0.0.1',
    });
    planes.push(plane);
  }
  const peers = planes.flatMap(({ address }) => address ?? []);
  await Promise.all(planes.map((plane) => plane.connect(peers)));
  return planes;
}

describe('a part that closes', () => {
  test('takes no other part with it', async () => {
    const [first, second, third] = (await connected(3)) as [DataPlane, DataPlane, DataPlane];
    const one = connectRank(second.wiringOf(1));
    const two = connectRank(third.wiringOf(2));
    first.rankLeft(0, undefined);
    await first.close();
    for (let i = 0; i < 100; i++) {
      const sent = one.isend(i, 2);
      expect(two.recv({ source: 1 }).value).toBe(i);
      sent.wait();
    }
  });

  test('leaves what it sent last, though answers to it come', async () => {
    const [first, second] = (await connected(2)) as [DataPlane, DataPlane];
    const zero = connectRank(first.wiringOf(0));
    const one = connectRank(second.wiringOf(1));
    const data = new Float64Array(100_000).fill(7);
    zero.isend(data, 1);
    one.isend('an answer that nobody reads', 0);
    first.rankLeft(0, undefined);
    const closed = first.close();
    await closed;
    expect(one.recv<Float64Array>({ source: 0 }).value.at(-1)).toBe(7);
  });
});
