/** Speedup and efficiency against ranks as an SVG file of its own: title, both plots, legend, style. */
import type { SpeedupAnalysis } from '../../accounting/speedup/analyse.ts';
import { curveLegend, curvePlot, PLOT_HEIGHT, PLOT_WIDTH } from './curvePlot.ts';
import { PLOT_STYLE } from './plotStyle.ts';
import { subtitleOf, titleOf } from './speedupHtml.ts';
import { element, picture, textAt } from './svg.ts';

const GAP = 16;
const LEFT = 20;
const HEAD = 84;
const FOOT = 44;
const KEY = { box: 14, gap: 26, letter: 7.2 };
const WIDTH = 2 * PLOT_WIDTH + GAP;

/** Empty without two known speedups. */
export function speedupSvg(analysis: SpeedupAnalysis): string {
  const plots = (['speedup', 'efficiency'] as const).map((kind) => curvePlot(analysis, kind));
  if (plots.includes('')) return '';
  const height = HEAD + PLOT_HEIGHT + FOOT;
  const title = titleOf(analysis);
  const subtitle = subtitleOf(analysis);
  const content = [
    // The style sheet holds no character that XML reserves.
    `<style>${PLOT_STYLE}svg .name{font-size:18px;font-weight:600}</style>`,
    element('rect', { class: 'paper', width: WIDTH, height }),
    textAt({ x: LEFT, y: 30, anchor: 'start', className: 'name' }, title),
    textAt({ x: LEFT, y: 52, anchor: 'start', className: 'soft' }, subtitle),
    ...['Speedup', 'Efficiency'].map((name, at) =>
      textAt({ x: plotLeft(at) + LEFT, y: HEAD - 4, anchor: 'start' }, name),
    ),
    ...plots.map((plot, at) => placed(plot, plotLeft(at))),
    legend(analysis, height - FOOT / 2),
  ];
  const words = { id: 'speedups', title, description: subtitle };
  return `${picture({ width: WIDTH, height }, words, content.join(''))}\n`;
}

const plotLeft = (at: number): number => at * (PLOT_WIDTH + GAP);

/** A picture inside the picture. */
const placed = (plot: string, x: number): string =>
  plot.replace('<svg ', `<svg x="${x}" y="${HEAD}" width="${PLOT_WIDTH}" height="${PLOT_HEIGHT}" `);

function legend(analysis: SpeedupAnalysis, y: number): string {
  let x = LEFT;
  return curveLegend(analysis, 'speedup')
    .map(([colour, name]) => {
      const box = element('rect', {
        x,
        y: y - 10,
        width: KEY.box,
        height: 10,
        style: `fill:var(--${colour})`,
      });
      const text = textAt({ x: x + KEY.box + 6, y, anchor: 'start', className: 'soft' }, name);
      x += KEY.box + KEY.gap + name.length * KEY.letter;
      return box + text;
    })
    .join('');
}
