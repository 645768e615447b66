import { NO_ROOT } from './call.ts';
import { begin, finish, receive, start } from './group.ts';
import type { Group, Turn } from './group.ts';
import { headsOf } from './hierarchy.ts';
import { EMPTY_PAYLOAD } from './payload.ts';
import { meet, meetingOf } from './shared/meeting.ts';
import { inOneMeeting } from './shared/plan.ts';
import { remember } from './shared/repeat.ts';
import { isLocal, teamOf } from './shared/team.ts';

const CALL = { collective: 'barrier', type: 0, operator: 'none', count: 0, root: NO_ROOT } as const;
const NO_ARGUMENTS = { data: undefined, into: undefined, option: undefined };

/**
 * Nobody leaves before everybody came. In a part: one meeting. Between parts: the heads
 * disseminate, ceil(log2 parts) rounds of empty messages, between two meetings.
 */
export function barrier(group: Group): void {
  const turn = begin(group, CALL);
  if (group.members.length === 1) return;
  const team = teamOf(turn);
  if (isLocal(group)) {
    const plan = inOneMeeting(meetingOf(turn, team), undefined);
    plan.run();
    remember(turn, NO_ARGUMENTS, plan);
    return;
  }
  if (team.size > 1) meet(turn, team);
  if (team.me === 0) disseminate(headsOf(turn));
  if (team.size > 1) meet(turn, team);
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
