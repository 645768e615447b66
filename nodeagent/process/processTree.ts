import type { ProcessStat } from './procfs.ts';

/** The session's processes and the descendants that left it for one of their own. */
export function sessionOf(stats: readonly ProcessStat[], leader: number): ProcessStat[] {
  const members = new Set([leader]);
  const tree: ProcessStat[] = [];
  let grew = true;
  for (let rest = stats; grew; ) {
    const joins = (stat: ProcessStat): boolean =>
      stat.session === leader || members.has(stat.process) || members.has(stat.parent);
    const joining = rest.filter(joins);
    rest = rest.filter((stat) => !joins(stat));
    for (const stat of joining) members.add(stat.process);
    tree.push(...joining);
    grew = joining.length > 0;
  }
  return tree;
}
