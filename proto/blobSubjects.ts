/**
 * Where blobs lie in JetStream: bucket `files`, one message per chunk, named by the content's
 * sha256. Contract: a subject holds one message for ever (first writer wins), so nobody can replace
 * what another has stored.
 */
export const BLOB_STREAM = 'OBJ_files';
export const BLOB_CHUNKS = '$O.files.C';
export const BLOB_INDEX = '$O.files.M';
export const BLOB_READ = `$JS.API.DIRECT.GET.${BLOB_STREAM}`;

export const chunkSubject = (sha256: string, chunk: number): string =>
  `${BLOB_CHUNKS}.${sha256}.${chunk}`;
export const indexSubject = (sha256: string): string => `${BLOB_INDEX}.${sha256}`;
/** Asks for the newest message of a stored subject. */
export const readSubject = (stored: string): string => `${BLOB_READ}.${stored}`;

/** The stream that holds them; `discard new` per subject makes stored messages immutable. */
export const BLOB_STREAM_CONFIG = {
  name: BLOB_STREAM,
  subjects: [`${BLOB_CHUNKS}.>`, `${BLOB_INDEX}.>`],
  retention: 'limits',
  storage: 'file',
  num_replicas: 1,
  max_consumers: -1,
  max_msgs: -1,
  max_bytes: -1,
  max_age: 0,
  max_msg_size: -1,
  max_msgs_per_subject: 1,
  discard: 'new',
  discard_new_per_subject: true,
  allow_direct: true,
} as const;
