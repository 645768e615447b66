import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  BadMessageError,
  decodeMessage,
  encodeMessage,
  MAX_MESSAGE_BYTES,
  MessageTooLargeError,
  pibatch,
} from '../../proto/codec.ts';

const TWO_TO_53 = 2 ** 53;
const RUNS = { numRuns: 2000 };

const submit = {
  requestId: 'r1',
  spec: {
    name: 'pi',
    command: { args: ['true', 'ñ'] },
    ranks: 4,
    timeLimitMs: 600_000,
    size: 1e300,
    environment: { A: '1' },
    inputs: [{ path: 'a', sha256: 'f', sizeBytes: 3, executable: true }],
  },
};

describe('messages are exact or refused', () => {
  test('64-bit ids and times below 2^53 survive exactly', () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), fc.nat(), fc.maxSafeNat(), (job, attempt, sentAtMs) => {
        const report = { sentAtMs, parts: [{ id: { job, attempt, part: 0 }, accepted: {} }] };
        const read = decodeMessage(pibatch.NodeReport, encodeMessage(pibatch.NodeReport, report));
        expect(read.sentAtMs).toBe(sentAtMs);
        expect(read.parts?.[0]?.id).toMatchObject(
          attempt === 0 && job === 0 ? {} : { ...(job && { job }), ...(attempt && { attempt }) },
        );
      }),
      RUNS,
    );
  });

  test('any number in a 64-bit field comes back exactly or is refused', () => {
    fc.assert(
      fc.property(fc.oneof(fc.double(), fc.integer(), fc.maxSafeInteger()), (job) => {
        const fits = Number.isSafeInteger(job) && job >= 0;
        const write = () => encodeMessage(pibatch.Submitted, { job });
        if (fits) expect(decodeMessage(pibatch.Submitted, write()).job).toBe(job === 0 ? 0 : job);
        else expect(write).toThrow(BadMessageError);
      }),
      RUNS,
    );
  });

  test.each([
    ['beyond 2^53', { job: TWO_TO_53 }],
    ['negative', { job: -1 }],
    ['a fraction', { job: 5.7 }],
    ['not a number', { job: Number.NaN }],
  ])('a 64-bit id that is %s is refused', (_what, value) => {
    expect(() => encodeMessage(pibatch.Submitted, value)).toThrow(BadMessageError);
  });

  test.each([
    ['over 32 bits', { attempt: 2 ** 32 }],
    ['negative', { attempt: -1 }],
    ['a fraction', { attempt: 0.5 }],
  ])('a 32-bit count that is %s is refused', (_what, value) => {
    expect(() => encodeMessage(pibatch.PartId, value)).toThrow(BadMessageError);
  });

  test('2^53 on the wire is refused, not rounded', () => {
    // Field 1, varint, 2^53 + 1.
    const wire = Uint8Array.of(8, 0x81, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x10);
    expect(() => decodeMessage(pibatch.Submitted, wire)).toThrow(/beyond 2\^53/);
  });
});

describe('bytes from strangers', () => {
  test('are a message or a BadMessageError', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        expectMessageOrRefusal(bytes);
      }),
      RUNS,
    );
  });

  test('a damaged message is a message or a BadMessageError', () => {
    const good = encodeMessage(pibatch.Submit, submit);
    fc.assert(
      fc.property(fc.nat(good.length - 1), fc.nat(255), (place, byte) => {
        const damaged = Uint8Array.from(good);
        damaged[place] = byte;
        expectMessageOrRefusal(damaged);
      }),
      RUNS,
    );
  });

  test('a message cut short inside a field is refused', () => {
    const good = encodeMessage(pibatch.Submit, submit);
    expect(() => decodeMessage(pibatch.Submit, good.subarray(0, good.length - 1))).toThrow(
      BadMessageError,
    );
  });

  test('a field that this version does not know is refused', () => {
    const cluster = encodeMessage(pibatch.ClusterInfo, { name: 'c', version: '9', cores: 4 });
    expect(() => decodeMessage(pibatch.GetCluster, cluster)).toThrow(/unknown field/);
  });

  test('a message inside itself without end is refused', () => {
    let nested: Uint8Array = new Uint8Array();
    for (let depth = 0; depth < 5000; depth += 1) {
      const next = Buffer.concat([Buffer.from([10, nested.length & 127]), nested.subarray(0, 127)]);
      nested = next;
    }
    expectMessageOrRefusal(nested);
  });

  test('too much is refused before it is read, and before it is sent', () => {
    expect(() => decodeMessage(pibatch.Submit, new Uint8Array(MAX_MESSAGE_BYTES + 1))).toThrow(
      MessageTooLargeError,
    );
    const large = { data: new Uint8Array(MAX_MESSAGE_BYTES) };
    expect(() => encodeMessage(pibatch.OutputChunk, large)).toThrow(MessageTooLargeError);
  });

  test('the wrong kind of value is refused', () => {
    const wrong = { requestId: 7 } as unknown as pibatch.Submit.$Properties;
    expect(() => encodeMessage(pibatch.Submit, wrong)).toThrow(BadMessageError);
  });
});

test('a whole submit comes back as it was', () => {
  const read = decodeMessage(pibatch.Submit, encodeMessage(pibatch.Submit, submit));
  expect(read).toMatchObject(submit);
});

function expectMessageOrRefusal(bytes: Uint8Array): void {
  for (const type of [pibatch.Submit, pibatch.NodeReport, pibatch.LaunchOrder, pibatch.Reply]) {
    try {
      type.verify({});
      decodeMessage(type as typeof pibatch.Submit, bytes);
    } catch (error) {
      expect(error).toBeInstanceOf(BadMessageError);
    }
  }
}
