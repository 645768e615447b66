import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createProfile } from '../../scheduler/policy/profile.ts';

const HORIZON = 400;

/** One number a moment. */
class SlowProfile {
  readonly free: number[];

  constructor(free: number, releases: readonly { atMs: number; cores: number }[]) {
    this.free = Array.from({ length: 2 * HORIZON }, (_, at) =>
      releases.reduce((sum, release) => sum + (release.atMs <= at ? release.cores : 0), free),
    );
  }

  change(from: number, to: number, delta: number): void {
    for (let at = from; at < Math.min(to, this.free.length); at += 1) {
      this.free[at] = (this.free[at] ?? 0) + delta;
    }
  }

  fits(cores: number, from: number, duration: number): boolean {
    return this.free.slice(from, from + duration).every((free) => free >= cores);
  }

  earliest(cores: number, duration: number, from: number): number {
    for (let at = from; at < HORIZON; at += 1) if (this.fits(cores, at, duration)) return at;
    return Infinity;
  }
}

const moments = fc.nat(HORIZON / 2);
const jobs = fc.array(
  fc.record({ cores: fc.integer({ min: 1, max: 10 }), duration: fc.integer({ min: 1, max: 60 }) }),
  { minLength: 1, maxLength: 60 },
);

describe('profile', () => {
  test('answers as one number a moment would', () => {
    const releases = fc.array(
      fc.record({ atMs: fc.integer({ min: 1, max: 99 }), cores: fc.nat(3) }),
      {
        maxLength: 300,
      },
    );
    fc.assert(
      fc.property(fc.nat(10), releases, jobs, moments, (free, drawn, queue, asked) => {
        const sorted = drawn.toSorted((a, b) => a.atMs - b.atMs);
        const fast = createProfile(0, free, {
          timesMs: sorted.map(({ atMs }) => atMs),
          cores: sorted.map(({ cores }) => cores),
        });
        const slow = new SlowProfile(free, sorted);
        for (const { cores, duration } of queue) {
          expect(fast.fits(cores, asked, duration)).toBe(slow.fits(cores, asked, duration));
          const start = fast.earliest(cores, duration, 0);
          if (start > HORIZON / 2) continue;
          expect(start).toBe(slow.earliest(cores, duration, 0));
          fast.change(start, start + duration, -cores);
          slow.change(start, start + duration, -cores);
        }
      }),
      { numRuns: 300 },
    );
  });

  test('says where a reservation could move to as giving it up and asking anew would', () => {
    fc.assert(
      fc.property(jobs, fc.integer({ min: 10, max: 16 }), (queue, size) => {
        const profile = createProfile(0, size, { timesMs: [], cores: [] });
        const held: { cores: number; duration: number; start: number }[] = [];
        for (const { cores, duration } of queue) {
          const start = profile.earliest(cores, duration, 0);
          profile.change(start, start + duration, -cores);
          held.push({ cores, duration, start });
        }
        const gone = held.shift();
        if (gone) profile.change(gone.start, gone.start + gone.duration, gone.cores);
        for (const { cores, duration, start } of held) {
          const moved = profile.earlier(cores, duration, 0, start) ?? start;
          profile.change(start, start + duration, cores);
          expect(moved).toBe(profile.earliest(cores, duration, 0));
          profile.change(moved, moved + duration, -cores);
        }
      }),
      { numRuns: 300 },
    );
  });
});
