/** pinodes: the nodes, how they are and what they have left. */
import { type Arguments, type Command, runProgram } from './command.ts';
import { badInput, CommandFailure, EXIT } from './failure.ts';
import { formatBytes } from './format/bytes.ts';
import { printable } from './format/displayWidth.ts';
import { expandHostlist } from './format/hostlist.ts';
import { didYouMean } from './format/nearest.ts';
import type { Tint } from './format/state.ts';
import { type Column, formatParsable, formatTable } from './format/table.ts';
import type { NodeView } from './nodeView.ts';
import type { Terminal } from './terminal.ts';

export const pinodes: Command = {
  name: 'pinodes',
  usage: ['[options] [NODE...]'],
  summary: 'Lists the nodes: state and why, board, cores and memory in use, heat and load.',
  options: [
    {
      name: 'nodes',
      aliases: ['n'],
      takes: 'value',
      placeholder: 'NODES',
      describe: 'these nodes: pi[1-4]',
    },
    {
      name: 'states',
      aliases: ['t'],
      takes: 'value',
      placeholder: 'STATES',
      describe: 'nodes in these states: idle,mix,alloc,drain,down',
    },
    {
      name: 'long',
      aliases: ['l'],
      takes: 'nothing',
      describe: 'what each node is and has to say, in full',
    },
    { name: 'no-header', aliases: ['h', 'noheader'], takes: 'nothing', describe: 'rows only' },
    {
      name: 'parsable2',
      aliases: ['P'],
      takes: 'nothing',
      describe: 'columns divided by |, nothing cut',
    },
    { name: 'json', takes: 'nothing', describe: 'print an array of objects' },
  ],
  examples: [
    ['pinodes', 'the cluster at a glance'],
    ['pinodes -t drain,down', 'what needs care'],
    ['pinodes -l pi3', 'everything about one node'],
  ],
  notes:
    'States: idle, mix (some cores taken), alloc (all), drain and drng (takes no new work), ' +
    'down; * says that the node does not respond.',
  run,
};

const percent = (part: number, whole: number): string =>
  whole > 0 ? `${Math.round((100 * part) / whole)}%` : '-';

const COLUMNS: readonly Column<NodeView>[] = [
  { title: 'NODE', text: ({ name }) => name, leastCells: 8 },
  { title: 'STATE', text: ({ state }) => state },
  {
    title: 'CORES',
    align: 'right',
    text: ({ coresAllocated, cores }) => `${coresAllocated}/${cores}`,
  },
  {
    title: 'MEMORY',
    align: 'right',
    text: ({ memoryAllocatedBytes, memoryBytes }) =>
      `${formatBytes(memoryAllocatedBytes)}/${formatBytes(memoryBytes)}`,
  },
  { title: 'LOAD', align: 'right', text: ({ load }) => load?.toFixed(2) ?? '-', drop: 2 },
  {
    title: 'TEMP',
    align: 'right',
    text: ({ temperatureC }) => (temperatureC === undefined ? '-' : `${temperatureC.toFixed(0)}C`),
  },
  { title: 'THROTTLED', text: (node) => throttledText(node), leastCells: 9, drop: 1 },
  { title: 'JOBS', align: 'right', text: ({ jobs }) => String(jobs.length), drop: 3 },
  { title: 'PARTITION', text: ({ partition }) => partition, drop: 4 },
  { title: 'MODEL', text: ({ model }) => model, leastCells: 10 },
  {
    title: 'WHY',
    text: ({ reason, warnings }) => [reason, ...warnings].filter(Boolean).join('; '),
    leastCells: 6,
  },
];

function throttledText({ throttledBits, throttling }: NodeView): string {
  if (throttledBits === undefined) return '-';
  return throttling[0] ?? 'no';
}

async function run(args: Arguments, terminal: Terminal): Promise<number> {
  const names = readNames([...args.words, ...args.texts('nodes')]);
  const states = (args.text('states') ?? '').split(',').filter(Boolean);
  const { withSession } = await import('./session.ts');
  const { listNodes } = await import('./nodeView.ts');
  const all = await withSession('pinodes', listNodes);
  for (const name of names) {
    if (all.some((node) => node.name === name)) continue;
    const guess = didYouMean(
      name,
      all.map((node) => node.name),
    );
    throw new CommandFailure(
      EXIT.badInput,
      `no node '${name}' is known${guess || '; pinodes lists them'}`,
    );
  }
  const shown = all
    .filter(({ name }) => names.length === 0 || names.includes(name))
    .filter(
      ({ state }) => states.length === 0 || states.some((wanted) => state.startsWith(wanted)),
    );
  await print(shown, args, terminal);
  return EXIT.ok;
}

function readNames(texts: readonly string[]): readonly string[] {
  return texts.flatMap((text) => {
    const names = expandHostlist(text);
    if (!names.ok) throw badInput(`nodes: ${names.message}`);
    return names.value;
  });
}

async function print(nodes: NodeView[], args: Arguments, terminal: Terminal): Promise<void> {
  const header = !args.flag('no-header');
  if (args.flag('json')) {
    const { printJson } = await import('./json.ts');
    printJson(terminal, nodes);
  } else if (args.flag('parsable2')) {
    terminal.print(formatParsable(COLUMNS, nodes, { trailing: false, header }));
  } else if (args.flag('long')) {
    for (const node of nodes) terminal.print(describeNode(node));
  } else {
    const text = formatTable(COLUMNS, nodes, { cells: terminal.cells, header, gap: '  ' });
    terminal.print(tintStates(text, nodes, { terminal, header }));
    if (nodes.length === 0 && header) terminal.tell('no nodes');
  }
}

/** Colours the second column; widths are done with by then. */
function tintStates(
  text: string,
  nodes: readonly NodeView[],
  { terminal, header }: { readonly terminal: Terminal; readonly header: boolean },
): string {
  const lines = text.split('\n');
  return lines
    .map((line, index) => {
      const node = nodes[index - (header ? 1 : 0)];
      if (!node || node.state === '') return line;
      const at = line.indexOf(` ${node.state}`) + 1;
      const tinted = terminal.tint(tintOf(node.state), node.state);
      return at < 1 ? line : line.slice(0, at) + tinted + line.slice(at + node.state.length);
    })
    .join('\n');
}

function tintOf(state: string): Tint {
  if (/^(down|fail)/.test(state) || state.endsWith('*')) return 'bad';
  if (/^(drain|drng)/.test(state)) return 'busy';
  return /^(alloc|mix)/.test(state) ? 'good' : 'plain';
}

function describeNode(node: NodeView): string {
  const lines: readonly (readonly [string, string])[] = [
    ['State', node.reason === '' ? node.state : `${node.state}: ${node.reason}`],
    ['Board', `${node.model} (${node.architecture}), ${node.operatingSystem}`],
    [
      'Cores',
      `${node.coresAllocated} of ${node.cores} taken (${percent(node.coresAllocated, node.cores)}), relative speed ${node.weight}`,
    ],
    [
      'Memory',
      `${formatBytes(node.memoryAllocatedBytes)} of ${formatBytes(node.memoryBytes)} taken`,
    ],
    ['Load', node.load === undefined ? 'not known' : node.load.toFixed(2)],
    ['Heat', node.temperatureC === undefined ? 'no sensor' : `${node.temperatureC.toFixed(1)} C`],
    [
      'Throttling',
      node.throttledBits === undefined
        ? 'no firmware to ask'
        : node.throttling.join(', ') || 'none',
    ],
    ['Limits', `enforced by ${node.confinement}`],
    ['Jobs', node.jobs.join(', ') || 'none'],
    ['Agent', `${node.agentVersion} on ${node.hostName}`],
    ...node.warnings.map((warning) => ['Warning', warning] as const),
  ];
  return `${node.name}\n${lines.map(([name, value]) => `  ${name.padEnd(11)} ${printable(value)}\n`).join('')}`;
}

if (process.argv[1] === import.meta.filename) await runProgram(pinodes, process.argv.slice(2));
