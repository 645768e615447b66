/**
 * Must be imported before the generated codecs: makes protobufjs decode 64-bit integers to
 * plain numbers, exact below 2^53. proto/codec.ts refuses anything beyond.
 */
import protobuf from 'protobufjs/minimal.js';

protobuf.util.Long = null as unknown as typeof protobuf.util.Long;
protobuf.configure();
