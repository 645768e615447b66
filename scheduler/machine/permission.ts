/** Whether a user may submit a request, and whether it would be too much. */
import type { ClusterView } from '../model/cluster.ts';
import type { UserName } from '../model/ids.ts';
import type { Job } from '../model/job.ts';
import type { Refusal } from '../model/refusal.ts';
import type { JobRequest } from '../model/request.ts';
import { refuseAccess } from '../policy/access.ts';
import { submitExcess } from '../policy/limits.ts';

export function refuseUse(
  view: ClusterView,
  asked: {
    readonly user: UserName;
    readonly request: JobRequest;
    /** The job whose request it is to replace. */
    readonly instead?: Job;
  },
): Refusal | undefined {
  const refusal = refuseAccess(view.settings, asked);
  if (refusal) return refusal;
  const excess = submitExcess(view, asked);
  return excess && { code: 'overLimit', excess };
}
