/**
 * Ed25519 keys of principals (nkeys). Contract: the seed is the only secret; the broker's
 * configuration holds public keys only. A principal has a key for each account of the broker, all
 * derived from the one seed (brokerConfig.ts says why the accounts are separate).
 */
import { createHash } from 'node:crypto';
import { nkeys } from 'nats';

type NkeyPair = {
  getPublicKey(): string;
  getSeed(): Uint8Array;
  sign(input: Uint8Array): Uint8Array;
};

export const ACCOUNTS = ['control', 'files', 'store'] as const;
export type AccountName = (typeof ACCOUNTS)[number];
export type PublicKeys = { readonly [account in AccountName]: string };

/** A new secret: text that starts with `SU`. */
export function createSeed(): string {
  const pair = nkeys.createUser() as NkeyPair;
  return Buffer.from(pair.getSeed()).toString('ascii');
}

/** The seed of the key for one account: whoever has the principal's seed has them all. */
export function accountSeed(seed: string, account: AccountName): string {
  if (account === 'control') return seed;
  const hash = createHash('sha256')
    .update(`pibatch ${account} key
`)
    .update(seed);
  return encodeSeed(hash.digest());
}

/** Throws RangeError when the text is not a user seed. */
export function publicKeysOf(seed: string): PublicKeys {
  return {
    control: publicKey(seed),
    files: publicKey(accountSeed(seed, 'files')),
    store: publicKey(accountSeed(seed, 'store')),
  };
}

function publicKey(seed: string): string {
  try {
    return (nkeys.fromSeed(Buffer.from(seed, 'ascii')) as NkeyPair).getPublicKey();
  } catch (cause) {
    throw new RangeError('this is not the seed of a user key (SU...)', { cause });
  }
}

const SEED_OF_USER = [0x90 | (0xa0 >> 5), (0xa0 & 31) << 3] as const;
const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** nkeys text: two prefix bytes, 32 raw bytes, CRC-16/XMODEM little endian, in base32. */
function encodeSeed(raw: Uint8Array): string {
  const body = [...SEED_OF_USER, ...raw];
  const crc = crc16(body);
  let bits = 0;
  let held = 0;
  let text = '';
  for (const byte of [...body, crc & 0xff, crc >> 8]) {
    held = (held << 8) | byte;
    for (bits += 8; bits >= 5; bits -= 5) text += BASE32.charAt((held >> (bits - 5)) & 31);
    held &= (1 << bits) - 1;
  }
  return bits === 0 ? text : text + BASE32.charAt((held << (5 - bits)) & 31);
}

function crc16(bytes: readonly number[]): number {
  let crc = 0;
  for (const byte of bytes) {
    crc ^= byte << 8;
    for (let bit = 0; bit < 8; bit += 1) crc = (crc << 1) ^ (crc & 0x8000 ? 0x1021 : 0);
    crc &= 0xffff;
  }
  return crc;
}
