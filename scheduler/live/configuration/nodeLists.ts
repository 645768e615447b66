/** The host lists of the section `nodes`. Several may name one node, but each thing is said of it once. */
import { expandHostlist } from '../../../cli/format/hostlist.ts';
import type { KeyFault } from './yamlPlaces.ts';
import type { FileContents } from './sections.ts';
import { shown } from './values.ts';

const ONCE = ['switch', 'cores', 'memory', 'order'] as const;

export function nodeListFaults({ nodes = {} }: FileContents): readonly KeyFault[] {
  const faults: KeyFault[] = [];
  const said = new Map<string, string>();
  for (const [list, entry] of Object.entries(nodes)) {
    const path = ['nodes', list];
    const names = expandHostlist(list);
    if (!names.ok || names.value.length === 0) {
      const rule = 'is no list of nodes (use pi[1-4],pi9)';
      faults.push({ path, message: names.ok ? rule : `${rule}: ${names.message}` });
      continue;
    }
    const gres = (entry.gres ?? []).map(({ name }) => `gres ${name}`);
    const things = [...ONCE.filter((key) => entry[key] !== undefined), ...gres];
    const twice = things.flatMap((thing) =>
      names.value.flatMap((node) => {
        const other = said.get(`${thing} ${node}`);
        said.set(`${thing} ${node}`, list);
        return other === undefined ? [] : [`${thing} of ${node} is said by ${shown(other)} too`];
      }),
    );
    if (twice[0] !== undefined) faults.push({ path, message: twice[0] });
  }
  return faults;
}
