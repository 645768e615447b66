/**
 * protobufjs without its Long: 64-bit integers become plain numbers, exact below 2^53;
 * exactIntegers.ts refuses anything beyond. The generated codecs import protobufjs from here
 * (scripts/build.mjs): were it only imported before them, a bundler could turn the order round.
 */
import protobuf from 'protobufjs/minimal.js';

protobuf.util.Long = null as unknown as typeof protobuf.util.Long;
protobuf.configure();

export { protobuf };
