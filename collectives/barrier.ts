import { NO_ROOT } from './call.ts';
import { begin, finish, receive, start } from './group.ts';
import type { Group, Turn } from './group.ts';
import { EMPTY_PAYLOAD } from './payload.ts';

/** Nobody leaves before everybody came. Dissemination: ceil(log2 n) rounds of empty messages. */
export function barrier(group: Group): void {
  const call = {
    collective: 'barrier',
    type: 0,
    operator: 'none',
    count: 0,
    root: NO_ROOT,
  } as const;
  disseminate(begin(group, call));
}

function disseminate(turn: Turn): void {
  const { rank, members } = turn.group;
  const size = members.length;
  for (let distance = 1; distance < size; distance *= 2) {
    const sent = start(turn, (rank + distance) % size, EMPTY_PAYLOAD);
    receive(turn, (rank - distance + size) % size);
    finish(turn, [sent]);
  }
}
