import { iallreduce } from './background.ts';
import type { TypedArray } from './elementType.ts';
import type { Group } from './group.ts';
import { irecv, isend } from './pointToPoint.ts';
import type { Request } from './pointToPoint.ts';

/** `comm.async`: requests as promises. Each turn of the event loop looks once; nothing blocks. */

function settled<T>(request: Request<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const look = (): void => {
      try {
        if (request.test()) resolve(request.wait());
        else setImmediate(look);
      } catch (error) {
        reject(error);
      }
    };
    look();
  });
}

type Receive = { readonly source?: number; readonly tag?: number; readonly into?: TypedArray };

export const awaitable = (group: Group) => ({
  allreduce: async (data: unknown, operator: never, options: { readonly into?: never } = {}) =>
    settled(iallreduce(group, { data, operator, into: options.into })),
  send: async (value: unknown, destination: number, tag = 0) =>
    settled(isend(group, { value, destination, tag }, 'send')),
  recv: async ({ source = -1, tag = -1, into }: Receive = {}) =>
    settled(irecv(group, { source, tag, into }, 'recv')),
});
