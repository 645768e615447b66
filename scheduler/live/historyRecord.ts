/** Rows of the history tables, as SQLite gives them. */
export type JobRecord = {
  readonly job: number;
  readonly user: string;
  readonly array_job: number | null;
  readonly array_task: number | null;
  readonly name: string;
  readonly account: string;
  readonly partition: string;
  readonly sweep: string | null;
  readonly comment: string | null;
  readonly schedule: string | null;
  readonly program: string;
  readonly size: number | null;
  readonly ranks: number;
  readonly cores: number;
  readonly memory_bytes: number;
  readonly time_limit_ms: number;
  readonly submitted_ms: number;
  readonly eligible_ms: number | null;
  readonly started_ms: number | null;
  readonly ended_ms: number | null;
  readonly attempt: number;
  readonly state: string;
  readonly exit_code: number | null;
  readonly exit_signal: number | null;
  readonly reason: string | null;
  readonly message: string | null;
  readonly cancelled_by: string | null;
  readonly asked: string | null;
};

export type PartRecord = {
  readonly job: number;
  readonly attempt: number;
  readonly part: number;
  readonly node: string;
  readonly model: string;
  readonly weight: number;
  readonly first_rank: number;
  readonly ranks: number;
  readonly cores: number;
  readonly started_ms: number | null;
  readonly ended_ms: number | null;
  readonly elapsed_ms: number | null;
  readonly outcome: string | null;
  readonly peak_memory_bytes: number | null;
  readonly throttled: number | null;
  readonly throttled_ms: number | null;
  readonly suspended_ms: number | null;
  readonly energy_j: number | null;
  readonly energy_how: string | null;
  readonly ending: string | null;
  /** Of part_collective, as a JSON list of kind, calls and seconds. */
  readonly collectives: string | null;
  /** Of part_segments; all null where the part was not measured. */
  readonly span_s: number | null;
  readonly useful_s: number | null;
  readonly critical_s: number | null;
  readonly serial_s: number | null;
  readonly transfer_s: number | null;
  readonly serial_phase: string | null;
};

export type UsageRecord = {
  readonly job: number;
  readonly attempt: number;
  readonly part: number;
  readonly rank: number;
  readonly cpu_ms: number;
  readonly peak_memory_bytes: number | null;
  readonly useful_ms: number | null;
  readonly blocked_ms: number | null;
  readonly collective_calls: number;
  readonly bytes_sent: number;
  readonly bytes_received: number;
  readonly exit_code: number;
  readonly exit_signal: number;
};

export type StoredRecord = {
  readonly name: string;
  readonly kind: string;
  readonly size_bytes: number;
  readonly truncated: number;
  readonly inline: Uint8Array | null;
  readonly sha256: string | null;
  readonly missing: string | null;
};

export type RunRecord = {
  readonly due_ms: number;
  readonly what: string;
  readonly job: number | null;
  readonly count: number | null;
  /** Why the run's job was refused. */
  readonly code: string | null;
};
