import type Database from 'better-sqlite3';

/** The statements of projection.ts, prepared once; all values are bound by name. */
type Row = Readonly<Record<string, unknown>>;

const SQL = {
  insertJob: `INSERT INTO job (job, user, array_job, array_task, name, account, partition, sweep,
      comment, schedule, program, size, ranks, cores, memory_bytes, time_limit_ms, submitted_ms,
      eligible_ms, asked)
    VALUES (@job, @user, @arrayJob, @arrayTask, @name, @account, @partition, @sweep, @comment,
      @schedule, @program, @size, @ranks, @cores, @memoryBytes, @timeLimitMs, @submittedMs,
      @eligibleMs, @asked)`,
  insertRequest: 'INSERT INTO request VALUES (@user, @requestId, @job, @atMs)',
  nameTask: 'UPDATE job SET array_task = @task WHERE job = @job',
  splitTask: `INSERT INTO job (job, user, array_job, array_task, name, account, partition, sweep,
      comment, schedule, program, size, ranks, cores, memory_bytes, time_limit_ms, submitted_ms,
      eligible_ms, asked)
    SELECT @job, user, @array, @task, name, account, partition, sweep, comment, schedule, program,
      size, ranks, cores, memory_bytes, time_limit_ms, submitted_ms, eligible_ms, asked
    FROM job WHERE job = @array`,
  updateJob: `UPDATE job SET name = @name, account = @account, partition = @partition,
      comment = @comment, ranks = @ranks, cores = @cores, memory_bytes = @memoryBytes,
      time_limit_ms = @timeLimitMs, eligible_ms = coalesce(@eligibleMs, eligible_ms),
      asked = iif(@asked IS NULL OR asked ->> '$.choice' IS NULL, @asked,
        json_set(@asked, '$.choice', json(asked -> '$.choice')))
    WHERE job = @job`,
  makeEligible:
    'UPDATE job SET eligible_ms = max(coalesce(eligible_ms, 0), @atMs) WHERE job = @job',
  insertAttempt: 'INSERT INTO attempt (job, attempt, started_ms) VALUES (@job, @attempt, @atMs)',
  startJob: 'UPDATE job SET started_ms = @atMs, attempt = @attempt WHERE job = @job',
  moldJob: `UPDATE job SET ranks = @ranks, cores = cores / ranks * @ranks,
      memory_bytes = memory_bytes / ranks * @ranks, asked = json_set(asked, '$.choice', json(@choice))
    WHERE job = @job`,
  insertPart: `INSERT INTO part (job, attempt, part, node, model, weight, epoch, first_rank, ranks,
      cores, memory_bytes)
    VALUES (@job, @attempt, @part, @node, (SELECT model FROM node WHERE node = @node),
      (SELECT weight FROM node WHERE node = @node), @epoch, @firstRank, @ranks, @cores,
      @memoryBytes)`,
  holdCore: 'INSERT INTO core_slot VALUES (@node, @core, @job, @attempt, @part)',
  releaseCores: 'DELETE FROM core_slot WHERE job = @job AND attempt = @attempt AND part = @part',
  startPart: `UPDATE part SET state = 'running', started_ms = @atMs
    WHERE job = @job AND attempt = @attempt AND part = @part`,
  endPart: `UPDATE part SET state = 'ended', ended_ms = @atMs, elapsed_ms = @elapsedMs,
      outcome = @outcome, peak_memory_bytes = @peakMemoryBytes, throttled = @throttled,
      throttled_ms = @throttledMs, energy_j = @energyJoules, energy_how = @energyHow,
      suspended_ms = @suspendedMs
    WHERE job = @job AND attempt = @attempt AND part = @part`,
  insertEstimate: `INSERT OR IGNORE INTO start_estimate
    VALUES (@job, @attempt, @atMs, @saidMs, @firstMs, @lastMs)`,
  // A node speaks for its own ranks only; a repeated rank or name must never stop us.
  insertUsage: `INSERT OR IGNORE INTO rank_usage
    SELECT @job, @attempt, @part, @rank, @cpuMs, @peakMemoryBytes, @usefulMs, @blockedMs,
      @collectiveCalls, @bytesSent, @bytesReceived, @exitCode, @exitSignal
    FROM part WHERE job = @job AND attempt = @attempt AND part = @part
      AND (@rank >= first_rank AND @rank < first_rank + ranks
        OR @rank >= 0 AND @rank < (SELECT ranks FROM job WHERE job = @job
          AND asked ->> '$.distribution' = 'cyclic'))`,
  insertSegments: `INSERT OR IGNORE INTO part_segments VALUES (@job, @attempt, @part, @spanSeconds,
      @usefulSeconds, @criticalSeconds, @serialSeconds, @transferSeconds, @serialPhase)`,
  insertCollective: `INSERT OR IGNORE INTO part_collective
    VALUES (@job, @attempt, @part, @kind, @calls, @seconds)`,
  insertStored: `INSERT OR IGNORE INTO stored_bytes VALUES (@job, @attempt, @kind, @name, @position,
      @sizeBytes, @truncated, @inline, @sha256, @missing)`,
  closeAttempt: `UPDATE attempt SET open = 0, ended_ms = @atMs, ending = @ending
    WHERE job = @job AND open = 1`,
  finishJob: `UPDATE job SET state = @state, ended_ms = @atMs, exit_code = @exitCode,
      exit_signal = @exitSignal, reason = @reason, message = @message, cancelled_by = @cancelledBy
    WHERE job = @job`,
  beginGeneration: 'UPDATE cluster SET generation = @generation',
  putNode: `INSERT INTO node VALUES (@node, @model, @weight)
    ON CONFLICT DO UPDATE SET model = @model, weight = @weight`,
  insertRun: `INSERT INTO schedule_run (user, name, due_ms, what, job, count, code)
    VALUES (@user, @name, @dueMs, @what, @job, @count, @code)`,
} as const;

type Name = keyof typeof SQL;
export type Statements = { readonly [K in Name]: Database.Statement<[Row]> };

export function prepareStatements(database: Database.Database): Statements {
  const prepare = (name: Name): Database.Statement<[Row]> => database.prepare<[Row]>(SQL[name]);
  return {
    insertJob: prepare('insertJob'),
    insertRequest: prepare('insertRequest'),
    nameTask: prepare('nameTask'),
    splitTask: prepare('splitTask'),
    updateJob: prepare('updateJob'),
    makeEligible: prepare('makeEligible'),
    insertAttempt: prepare('insertAttempt'),
    startJob: prepare('startJob'),
    moldJob: prepare('moldJob'),
    insertPart: prepare('insertPart'),
    holdCore: prepare('holdCore'),
    releaseCores: prepare('releaseCores'),
    startPart: prepare('startPart'),
    endPart: prepare('endPart'),
    insertEstimate: prepare('insertEstimate'),
    insertUsage: prepare('insertUsage'),
    insertSegments: prepare('insertSegments'),
    insertCollective: prepare('insertCollective'),
    insertStored: prepare('insertStored'),
    closeAttempt: prepare('closeAttempt'),
    finishJob: prepare('finishJob'),
    beginGeneration: prepare('beginGeneration'),
    putNode: prepare('putNode'),
    insertRun: prepare('insertRun'),
  };
}
