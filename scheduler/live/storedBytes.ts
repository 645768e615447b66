import type { pibatch } from '../../proto/codec.ts';
import type { StoredBytes } from '../model/outcome.ts';
import * as check from './fieldCheck.ts';
import type { StoredRecord } from './historyRecord.ts';

const MOST_INLINE_BYTES = 64 * 1024;

/** From a node's report. Throws RefusedError. */
export function storedBytes(field: string, wire: pibatch.StoredBytes.$Properties): StoredBytes {
  return {
    name: check.line(field, wire.name, 4_096),
    sizeBytes: check.integer(field, wire.sizeBytes ?? 0, check.ANY_COUNT),
    truncated: wire.truncated ?? false,
    content: content(field, wire),
  };
}

function content(field: string, wire: pibatch.StoredBytes.$Properties): StoredBytes['content'] {
  if (wire.sha256) return { kind: 'blob', sha256: check.sha256(field, wire.sha256) };
  if (wire.missing) return { kind: 'missing', why: check.block(field, wire.missing, 8_192) };
  const bytes = wire.inline ?? new Uint8Array();
  if (bytes.length > MOST_INLINE_BYTES)
    check.refuse(field, `${bytes.length} bytes`, `at most ${MOST_INLINE_BYTES} bytes inline`);
  const base64 = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
  return { kind: 'inline', base64 };
}

/** From the history, for a user. */
export function storedRecordMessage(record: StoredRecord): pibatch.StoredBytes.$Properties {
  return {
    name: record.name,
    sizeBytes: record.size_bytes,
    truncated: record.truncated === 1,
    ...(record.inline !== null && { inline: record.inline }),
    ...(record.sha256 !== null && { sha256: record.sha256 }),
    ...(record.missing !== null && { missing: record.missing }),
  };
}
