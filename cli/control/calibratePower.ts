/** `pictl calibrate-power`: which boards the cluster has, what their watts are taken to be, and how to say better. */
import { BOARD_WATTS, boardOf, TYPICAL_IDLE_W } from '../../accounting/energy.ts';
import type { BoardPower } from '../../scheduler/model/configuration.ts';
import { powerInForce } from '../accounting/power.ts';
import type { Arguments } from '../command.ts';
import { badInput, EXIT } from '../failure.ts';
import { didYouMean } from '../format/nearest.ts';
import { type Column, formatTable } from '../format/table.ts';
import { printJson } from '../json.ts';
import { listNodes } from '../nodeView.ts';
import { withSession } from '../session.ts';
import type { Terminal } from '../terminal.ts';

type Board = {
  readonly model: string;
  readonly nodes: number;
  readonly idleW: number | undefined;
  readonly fullW: number | undefined;
  readonly source: 'cluster.yaml' | 'published' | 'unknown';
  readonly typicalIdleW: number | undefined;
};

/** Resolves to the exit code. */
export async function calibratePower(args: Arguments, terminal: Terminal): Promise<number> {
  const [, model, ...more] = args.words;
  if (more.length > 0) throw badInput(`calibrate-power: one model at a time; quote its name`);
  const boards = await withSession('pictl', async (session) =>
    boardsOf(
      (await listNodes(session)).map((node) => node.model),
      await powerInForce(session),
    ),
  );
  if (model === undefined && args.flag('json')) printJson(terminal, boards);
  else if (model === undefined) {
    terminal.print(formatTable(COLUMNS, boards, { cells: terminal.cells, header: true }));
    terminal.tell(
      'pictl: with a meter: pictl calibrate-power MODEL --idle WATTS --full WATTS prints what to write',
    );
  } else terminal.print(entryFor(model, boards, args));
  return EXIT.ok;
}

export function boardsOf(models: readonly string[], power: readonly BoardPower[]): Board[] {
  const own = Object.fromEntries(power.map((each) => [each.name, each]));
  return [...new Set(models)].sort().map((model) => {
    const set = boardOf(own, model);
    const published = boardOf(BOARD_WATTS, model);
    return {
      model,
      nodes: models.filter((other) => other === model).length,
      idleW: set?.idleW,
      fullW: set?.fullW ?? published?.busyW,
      source: set ? 'cluster.yaml' : published ? 'published' : 'unknown',
      typicalIdleW: boardOf(TYPICAL_IDLE_W, model),
    };
  });
}

const watts = (value: number | undefined): string => (value === undefined ? 'unset' : `${value}`);
const COLUMNS: readonly Column<Board>[] = [
  { title: 'MODEL', text: ({ model }) => model || 'unknown', align: 'left' },
  { title: 'NODES', text: ({ nodes }) => String(nodes), align: 'right' },
  { title: 'IDLE W', text: ({ idleW }) => watts(idleW), align: 'right' },
  { title: 'FULL W', text: ({ fullW }) => watts(fullW), align: 'right' },
  { title: 'FROM', text: ({ source }) => source, align: 'left' },
  { title: 'TYPICAL IDLE W', text: ({ typicalIdleW }) => watts(typicalIdleW), align: 'right' },
];

/** The lines for cluster.yaml. Errors: CommandFailure. */
function entryFor(model: string, boards: readonly Board[], args: Arguments): string {
  const known = boards.map((board) => board.model);
  const isHere = known.some((each) => `${each} `.startsWith(`${model} `));
  if (!isHere) {
    const guess = didYouMean(model, known) || `; the boards are ${known.join(', ') || 'none'}`;
    throw badInput(`no node is a '${model}'${guess}`);
  }
  const idleW = readWatts('idle', args.text('idle'));
  const fullW = readWatts('full', args.text('full'));
  if (fullW < idleW)
    throw badInput(`--full: ${fullW} W is less than the ${idleW} W of --idle; swap them?`);
  const entry = `power:\n  ${JSON.stringify(model)}: {idle: ${idleW}, full: ${fullW}}\n`;
  return `# into cluster.yaml, then: pictl reconfigure\n${entry}`;
}

function readWatts(option: string, text: string | undefined): number {
  const value = Number(text);
  if (text !== undefined && text.trim() !== '' && value >= 0 && value <= 1_000) return value;
  throw badInput(
    `--${option}: say the watts of one board at the wall, 0 to 1000, not '${text ?? 'nothing'}'`,
  );
}
