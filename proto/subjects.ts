/**
 * Who may speak where. Contract: one function builds each subject and one parses it; the broker's
 * allow-lists (brokerConfig.ts) are made of the same words, so the subject *is* the authenticated
 * principal. Fields inside a message are not.
 */

/** A principal's name is one subject token: no dot, wildcard or blank. */
const TOKEN = /^[A-Za-z0-9_-]{1,64}$/;
export const isSubjectToken = (name: string): boolean => TOKEN.test(name);

export type Principal =
  | { readonly kind: 'scheduler'; readonly name: string }
  | { readonly kind: 'node'; readonly name: string }
  | { readonly kind: 'user'; readonly name: string; readonly role?: string };

/** The verbs of proto/query.proto. */
export const USER_VERBS = [
  'submit',
  'cancel',
  'hold',
  'release',
  'requeue',
  'suspend',
  'resumeJob',
  'update',
  'drain',
  'resume',
  'jobs',
  'usage',
  'explain',
  'nodes',
  'result',
  'output',
  'schedules',
  'pauseSchedule',
  'resumeSchedule',
  'removeSchedule',
  'runSchedule',
  'createReservation',
  'updateReservation',
  'removeReservation',
  'reservations',
  'cluster',
  'reconfigure',
  'settings',
  'priorities',
  'fairShare',
  'startAccuracy',
  'nodeLosses',
  'prune',
  'backup',
] as const;
export type UserVerb = (typeof USER_VERBS)[number];
/** `report`: report now; said to every node by a scheduler that has just started. */
const ORDER_VERBS = ['launch', 'wire', 'terms', 'end', 'output', 'report'] as const;
export type OrderVerb = (typeof ORDER_VERBS)[number];

function token(name: string): string {
  if (!isSubjectToken(name))
    throw new RangeError(`'${name}' cannot be a subject token: use 1-64 of A-Z a-z 0-9 _ -`);
  return name;
}

const isUserVerb = (verb: string): verb is UserVerb => USER_VERBS.some((known) => known === verb);
const isOrderVerb = (verb: string): verb is OrderVerb =>
  ORDER_VERBS.some((known) => known === verb);

export const userSubject = (user: string, verb: UserVerb): string =>
  `pi.v1.user.${token(user)}.${verb}`;
export const reportSubject = (node: string): string => `pi.v1.node.${token(node)}.report`;
export const orderSubject = (node: string, verb: OrderVerb): string =>
  `pi.v1.order.${token(node)}.${verb}`;
export const outputSubject = (user: string, job: number, rank: number): string =>
  `pi.v1.output.${token(user)}.${job}.${rank}`;
export const feedSubject = (user: string, job: number): string =>
  `pi.v1.feed.${token(user)}.${job}`;

/** What the scheduler serves and what a node subscribes to. */
export const ALL_USER_REQUESTS = 'pi.v1.user.*.*';
export const ALL_REPORTS = 'pi.v1.node.*.report';
/** All ranks of a job's live output; all jobs' news of a user. */
export const jobOutputSubjects = (user: string, job: number): string =>
  `pi.v1.output.${token(user)}.${job}.*`;
export const feedSubjects = (user: string): string => `pi.v1.feed.${token(user)}.*`;

/** Replies to a principal go below this, and nowhere else. */
export const inboxPrefix = (principal: Pick<Principal, 'kind' | 'name'>): string =>
  principal.kind === 'scheduler'
    ? '_INBOX.scheduler'
    : `_INBOX.${principal.kind}.${token(principal.name)}`;

export function parseUserSubject(
  subject: string,
): { readonly user: string; readonly verb: UserVerb } | undefined {
  const [user, verb, more] = after(subject, 'pi.v1.user.');
  if (user === undefined || verb === undefined || more !== undefined) return undefined;
  return isUserVerb(verb) && isSubjectToken(user) ? { user, verb } : undefined;
}

export function parseReportSubject(subject: string): { readonly node: string } | undefined {
  const [node, verb, more] = after(subject, 'pi.v1.node.');
  if (node === undefined || verb !== 'report' || more !== undefined) return undefined;
  return isSubjectToken(node) ? { node } : undefined;
}

export function parseOrderSubject(
  subject: string,
): { readonly node: string; readonly verb: OrderVerb } | undefined {
  const [node, verb, more] = after(subject, 'pi.v1.order.');
  if (node === undefined || verb === undefined || more !== undefined) return undefined;
  return isOrderVerb(verb) && isSubjectToken(node) ? { node, verb } : undefined;
}

export function parseOutputSubject(
  subject: string,
): { readonly user: string; readonly job: number; readonly rank: number } | undefined {
  const [user, jobText, rankText, more] = after(subject, 'pi.v1.output.');
  const job = count(jobText);
  const rank = count(rankText);
  if (user === undefined || job === undefined || rank === undefined || more !== undefined)
    return undefined;
  return isSubjectToken(user) ? { user, job, rank } : undefined;
}

export function parseFeedSubject(
  subject: string,
): { readonly user: string; readonly job: number } | undefined {
  const [user, jobText, more] = after(subject, 'pi.v1.feed.');
  const job = count(jobText);
  if (user === undefined || job === undefined || more !== undefined) return undefined;
  return isSubjectToken(user) ? { user, job } : undefined;
}

/** Where the answer to a request on this subject may go; undefined when nobody may ask there. */
export function askerInbox(subject: string): string | undefined {
  const user = parseUserSubject(subject);
  if (user) return inboxPrefix({ kind: 'user', name: user.user });
  const report = parseReportSubject(subject);
  if (report) return inboxPrefix({ kind: 'node', name: report.node });
  if (parseOrderSubject(subject)) return '_INBOX.scheduler';
  return undefined;
}

function after(subject: string, prefix: string): string[] {
  return subject.startsWith(prefix) ? subject.slice(prefix.length).split('.') : [];
}

function count(text: string | undefined): number | undefined {
  if (text === undefined || !/^(0|[1-9]\d{0,15})$/.test(text)) return undefined;
  const value = Number(text);
  return Number.isSafeInteger(value) ? value : undefined;
}
