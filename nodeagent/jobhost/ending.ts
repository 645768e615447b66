import type { ExitCode } from '../../scheduler/model/outcome.ts';

/** Why a part ends before all its ranks have returned. The first cause is the part's outcome. */
export type Ending =
  | {
      readonly kind: 'rankFailed';
      readonly rank: number;
      readonly failure: string;
      readonly exit: ExitCode;
      readonly outOfMemory: boolean;
      /** It could not go on because another part was gone. */
      readonly peerLost: boolean;
    }
  | { readonly kind: 'killed'; readonly why: string }
  | { readonly kind: 'timeLimit' }
  | { readonly kind: 'leaseExpired' };

/** For the ranks that are ended because of it. */
export function causeOf(ending: Ending, node: string): string {
  switch (ending.kind) {
    case 'rankFailed':
      return `rank ${ending.rank} on ${node} ${ending.failure}`;
    case 'killed':
      return ending.why;
    case 'timeLimit':
      return 'the time limit was reached';
    case 'leaseExpired':
      return 'the scheduler could not be reached for the length of the lease';
  }
}
