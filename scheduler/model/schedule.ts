import type { JobId, ScheduleName, UserName } from './ids.ts';
import type { JobRequest } from './request.ts';
import type { TimeMs } from './time.ts';

/** A recurring job. Its times come from policy/occurrence.ts, in its own zone. */
export type Schedule = {
  readonly name: ScheduleName;
  readonly user: UserName;
  readonly rule: ScheduleRule;
  readonly request: JobRequest;
  readonly createdMs: TimeMs;
  readonly paused: boolean;
  /** The next run; undefined when the expression never comes again. */
  readonly nextMs: TimeMs | undefined;
  /** Live jobs it started, oldest first. */
  readonly live: readonly JobId[];
  /** `overlap: queue`: runs that wait for the live one to end. */
  readonly queued: readonly TimeMs[];
};

export const OVERLAPS = ['skip', 'queue', 'replace'] as const;
export const MISSED = ['skip', 'run-once', 'run-all'] as const;

export type ScheduleRule = {
  /** Five or six fields, or @daily and its like. */
  readonly cron: string;
  /** IANA zone. */
  readonly timezone: string;
  readonly overlap: (typeof OVERLAPS)[number];
  readonly missed: (typeof MISSED)[number];
};

/** What became of one due time; kept as history. */
export type ScheduleRun = {
  readonly dueMs: TimeMs;
  readonly what:
    | { readonly kind: 'submitted'; readonly job: JobId }
    | { readonly kind: 'queued' }
    | { readonly kind: 'skippedOverlap'; readonly live: JobId }
    | { readonly kind: 'skippedMissed'; readonly count: number }
    /** The job was refused as a submit would have been; the refusal's code. */
    | { readonly kind: 'refused'; readonly code: string };
};
