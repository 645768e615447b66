/** The options of `pictl reserve`. */
import type { Command } from '../command.ts';

export const RESERVE_OPTIONS: Command['options'] = (
  [
    ['start', 'TIME', 'when it begins: 16:00, now+1hour, 2026-01-31T12:30; default now'],
    ['duration', 'TIME', 'how long it lasts: 2:00:00, 90m, 3d'],
    ['nodes', 'NODES', 'pi[1-4], ALL, or how many'],
    ['users', 'USERS', 'who may submit with --reservation NAME'],
    ['accounts', 'ACCOUNTS', 'whose users may'],
    ['repeat', 'WHEN', 'daily, weekly, or cron such as "0 8 * * 1-5"; update: once ends it'],
  ] as const
)
  .map(([name, placeholder, describe]): Command['options'][number] => ({
    name,
    takes: 'value',
    placeholder,
    describe,
    group: 'For reserve:',
  }))
  .concat([
    {
      name: 'maintenance',
      takes: 'nothing',
      describe: 'for nobody; may lie over reservations and running jobs',
      group: 'For reserve:',
    },
    {
      name: 'no-maintenance',
      takes: 'nothing',
      describe: 'update: for its users again',
      group: 'For reserve:',
    },
    {
      name: 'ignore-jobs',
      takes: 'nothing',
      describe: 'though running jobs may reach into it; they go on',
      group: 'For reserve:',
    },
  ]);
