/** Identities. Branded, so that a job id cannot be passed where a part index is meant. */
declare const brand: unique symbol;
type Brand<T, Name extends string> = T & { readonly [brand]: Name };

/** Positive, counted up by the cluster, never reused. */
export type JobId = Brand<number, 'JobId'>;
/** The name under which a node's key is enrolled: `[a-z0-9][a-z0-9-]{0,62}`. */
export type NodeName = Brand<string, 'NodeName'>;
/** The authenticated user: `[a-z_][a-z0-9_-]{0,31}`. */
export type UserName = Brand<string, 'UserName'>;
/** Unique name of a recurring job among its user's. */
export type ScheduleName = Brand<string, 'ScheduleName'>;
/** Made by the client before it sends; a repeat returns the same job. */
export type RequestId = Brand<string, 'RequestId'>;

export const jobId = (value: number): JobId => value as JobId;
export const nodeName = (value: string): NodeName => value as NodeName;
export const userName = (value: string): UserName => value as UserName;
export const scheduleName = (value: string): ScheduleName => value as ScheduleName;
export const requestId = (value: string): RequestId => value as RequestId;

/** The task of an array that this job is. The last task takes the array's own id. */
export type ArrayTask = { readonly array: JobId; readonly index: number };

/** One node's share of one attempt of one job; `part` counts from 0. */
export type PartId = { readonly job: JobId; readonly attempt: number; readonly part: number };

/** `12.1.0`: job, attempt, part. */
export const partKey = (id: PartId): string => `${id.job}.${id.attempt}.${id.part}`;
