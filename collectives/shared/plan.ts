import { hold, holdCounted } from './meeting.ts';
import type { Meeting } from './meeting.ts';

/** What there is to do in a call, every time that it is made with the same arguments. */
export type Plan<T = void> = {
  /** In a call that has been counted. */
  run(): T;
  /** In one that nobody has counted yet; undefined where that is left to the caller. */
  readonly again: (() => T) | undefined;
  /** The meeting that is all of it, and what then is the result. */
  readonly whole: Whole<T> | undefined;
};
export type Whole<T> = { readonly meeting: Meeting; readonly result: T };

/** A plan of several steps. */
export const inSteps = <T>(run: () => T): Plan<T> => ({ run, again: undefined, whole: undefined });

/** A plan whose meeting is all of it, but for what ordinary arrays need before and after. */
export function inOneMeeting<T>(
  meeting: Meeting,
  result: T,
  besides: {
    readonly before?: (() => void) | undefined;
    readonly after?: (() => void) | undefined;
  } = {},
): Plan<T> {
  const { before, after } = besides;
  const around = (held: (of: Meeting) => void) => (): T => {
    if (before !== undefined) before();
    held(meeting);
    if (after !== undefined) after();
    return result;
  };
  const whole = before === undefined && after === undefined ? { meeting, result } : undefined;
  return { run: around(hold), again: around(holdCounted), whole };
}

/** The same work with another result, or what another way brings where it says that it cannot be done. */
export function resultingIn<T>(plan: Plan<unknown>, result: T, otherwise?: () => T): Plan<T> {
  const { run, again, whole } = plan;
  const finish = (done: unknown): T =>
    done === false && otherwise !== undefined ? otherwise() : result;
  return {
    run: () => finish(run()),
    again: again && (() => finish(again())),
    whole: whole && { meeting: whole.meeting, result },
  };
}
