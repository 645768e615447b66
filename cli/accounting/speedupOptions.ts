/** The options of `piacct speedup`. */
import type { Option } from '../command.ts';

const value = (name: string, placeholder: string, describe: string): Option => ({
  name,
  takes: 'value',
  placeholder,
  describe,
  group: 'speedup:',
});

const flag = (name: string, describe: string): Option => ({
  name,
  takes: 'nothing',
  describe,
  group: 'speedup:',
});

export const SPEEDUP_OPTIONS: readonly Option[] = [
  value('group', 'NAME', 'runs of this sweep'),
  value('size', 'NUMBER', 'runs of this problem size'),
  value('from', 'FILE', 'runs measured elsewhere, CSV or JSON; - is standard input'),
  value('target-efficiency', 'SHARE', 'what counts as cost-efficient; default 0.75'),
  value('predict', 'RANKS', 'predict these rank counts: 24,32'),
  value('what-if', 'CHANGES', 'the fit with other numbers: f=.02,p=32'),
  flag('suggest', 'which rank count to measure next'),
  {
    ...value('assert', 'CONDITION', "exit 3 unless it holds: 'efficiency(16)>=0.6'"),
    takes: 'values',
  },
  value('loss', 'NAME', 'log (default), or throughput: as the R package usl fits'),
  value('limit', 'RANKS', 'how many ranks can ever have work: where speedup ends'),
  value('html', 'FILE', 'also write the report as one HTML page'),
  value('svg', 'FILE', 'also write the plots as SVG'),
  flag('explain', 'show every candidate and what was left out'),
  flag('no-plot', 'the table and verdict only'),
  flag('ascii', 'plain characters'),
];
