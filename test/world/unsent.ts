import type { Input } from '../../scheduler/model/input.ts';

/** An input that has not arrived yet. Distributes Omit over the union. */
export type Unsent = Input extends infer One
  ? One extends Input
    ? Omit<One, 'atMs'>
    : never
  : never;
