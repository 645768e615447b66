/** Why a moldable job got, or is to get, its count of ranks. */
import { formatBrief } from './duration.ts';

export type RankChoiceView = {
  readonly ranks: number;
  readonly reason: string;
  /** Undefined where no model of earlier runs was asked. */
  readonly model:
    | {
        readonly runMs: number;
        readonly waitMs: number;
        /** Thousandths. */
        readonly efficiency: number;
        readonly leastEfficiency: number;
        readonly runs: number;
      }
    | undefined;
};

const REASONS: Readonly<Record<string, string>> = {
  mostNow: 'as many as have room now, or else the fewest: nothing is known of its run times',
  checkpoint: 'as many as in the checkpoint from which it goes on',
  leastWaitAndRun: 'the least of wait and run',
  slowsDown: 'the fewest, since more would slow it down',
  notEfficient: 'the fewest with room, since none is efficient enough at this load',
};

/** `8 ranks: the least of wait and run by 12 earlier runs (run 3m 10s, wait 1m; 53 % efficient, 50 % asked)`. */
export function rankChoiceSentence({ ranks, reason, model }: RankChoiceView): string {
  const said = `${ranks} rank${ranks === 1 ? '' : 's'}: ${REASONS[reason] ?? reason}`;
  if (!model) return said;
  const percent = (thousandths: number): string => `${Math.round(thousandths / 10)} %`;
  const wait = model.waitMs > 0 ? `, wait ${formatBrief(model.waitMs)}` : '';
  const times = `run ${formatBrief(model.runMs)}${wait}`;
  const efficiency = `${percent(model.efficiency)} efficient, ${percent(model.leastEfficiency)} asked at this load`;
  return `${said}, by ${model.runs} earlier runs (${times}; ${efficiency})`;
}
