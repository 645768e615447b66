/**
 * A protobuf writer and reader that are exact or refuse. Contract: an integer which does not fit
 * its field, or 64 bits beyond 2^53 - 1, throws BadMessageError instead of being rounded or
 * wrapped; so does an unknown field. Source: protobufjs 8 rounds silently (tested in codec.test.ts).
 */
import type protobufTypes from 'protobufjs/minimal.js';
import { BadMessageError } from './busError.ts';
import { protobuf } from './plainNumbers.ts';

const UINT32_MAX = 0xffff_ffff;
const INT32_MIN = -0x8000_0000;
const INT32_MAX = 0x7fff_ffff;

function checkRange(value: unknown, range: { lowest: number; highest: number }): number {
  const { lowest, highest } = range;
  if (
    typeof value !== 'number' ||
    !Number.isSafeInteger(value) ||
    value < lowest ||
    value > highest
  )
    throw new BadMessageError(
      `${String(value)} is not an integer between ${lowest} and ${highest}`,
    );
  return value;
}

const UNSIGNED_64 = { lowest: 0, highest: Number.MAX_SAFE_INTEGER };
const SIGNED_64 = { lowest: Number.MIN_SAFE_INTEGER, highest: Number.MAX_SAFE_INTEGER };
const UNSIGNED_32 = { lowest: 0, highest: UINT32_MAX };
const SIGNED_32 = { lowest: INT32_MIN, highest: INT32_MAX };

type Wide = Parameters<protobufTypes.Writer['uint64']>[0];

export class ExactWriter extends protobuf.BufferWriter {
  override uint32(value: number): this {
    super.uint32(checkRange(value, UNSIGNED_32));
    return this;
  }
  override int32(value: number): this {
    super.int32(checkRange(value, SIGNED_32));
    return this;
  }
  override sint32(value: number): this {
    super.sint32(checkRange(value, SIGNED_32));
    return this;
  }
  override uint64(value: Wide): this {
    super.uint64(checkRange(value, UNSIGNED_64));
    return this;
  }
  override int64(value: Wide): this {
    super.int64(checkRange(value, SIGNED_64));
    return this;
  }
  override sint64(value: Wide): this {
    super.sint64(checkRange(value, SIGNED_64));
    return this;
  }
}

/** With protobufjs' Long switched off, "Long" values are plain numbers that may be rounded. */
function checkRead(value: unknown): never {
  if (typeof value === 'number' && Number.isSafeInteger(value)) return value as never;
  throw new BadMessageError(`${String(value)} is beyond 2^53 - 1`);
}

export class ExactReader extends protobuf.BufferReader {
  override uint64(): ReturnType<protobufTypes.Reader['uint64']> {
    return checkRead(super.uint64());
  }
  override int64(): ReturnType<protobufTypes.Reader['int64']> {
    return checkRead(super.int64());
  }
  override sint64(): ReturnType<protobufTypes.Reader['sint64']> {
    return checkRead(super.sint64());
  }
  /** Generated decoders come here for fields which they do not know. */
  override skipType(): this {
    throw new BadMessageError(`unknown field at byte ${this.pos}`);
  }
}
