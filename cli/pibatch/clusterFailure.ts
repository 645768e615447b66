/** Errors of starting and stopping a cluster, as the command's own failures. */
import { asFailure, CommandFailure, EXIT } from '../failure.ts';

const COULD_NOT = new Set([
  'BrokerError',
  'DaemonError',
  'NotReadyError',
  'ClusterPlanError',
  'BlobStoreError',
  'QuestionRefusedError',
  'BusTimeoutError',
]);

/** The error itself when it is a bug. */
export function asClusterFailure(error: unknown): unknown {
  const known = asFailure(error);
  if (known) return known;
  if (!(error instanceof Error)) return error;
  const isSystem = 'syscall' in error && 'code' in error;
  if (!COULD_NOT.has(error.name) && !isSystem) return error;
  return new CommandFailure(EXIT.noScheduler, error.message, { cause: error });
}
