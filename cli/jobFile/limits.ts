/** What a job may ask for before a cluster is even looked at. */
export const JOB_LIMITS = {
  /** A job file or script. */
  fileBytes: 256 * 1024,
  nameCharacters: 128,
  commentCharacters: 1024,
  ranks: 65_536,
  coresPerRank: 1024,
  arrayIndex: 4_000_000,
  /** What a cluster takes is less: its maxArrayTasks. */
  arrayTasks: 1_000_000,
  patterns: 256,
  inputFiles: 1000,
  inputFileBytes: 1024 ** 3,
  /** A request as it travels; larger ones belong into input files. */
  requestBytes: 180 * 1024,
} as const;
