import { describe, expect, test } from 'vitest';
import { analyseSpeedup } from '../../accounting/speedup/analyse.ts';
import { lossShares } from '../../cli/format/lossPlot.ts';
import { speedupHtml } from '../../cli/format/speedupHtml.ts';
import { speedupSvg } from '../../cli/format/speedupSvg.ts';
import { escapeXml, powerTicks } from '../../cli/format/svg.ts';
import { exactRuns } from '../accounting/syntheticRuns.ts';

const runs = exactRuns({ t1S: 600, f: 0.04 }, [1, 2, 4, 8, 16], {
  app: '<b>"pi" & co',
  size: 10,
}).map((run) => ({
  ...run,
  useful: Array.from({ length: run.ranks }, (_, rank) => 576 / run.ranks + (rank === 0 ? 24 : 0)),
  segments: {
    usefulSeconds: 600,
    criticalSeconds: 24 + 576 / run.ranks,
    serialSeconds: 24,
    transferSeconds: 0,
  },
}));
const analysis = analyseSpeedup(runs, {});

/** Every tag that opens closes, in order. */
function unclosed(text: string): string[] {
  const open: string[] = [];
  for (const [, closing, name = '', rest = ''] of text.matchAll(/<(\/?)([a-z0-9]+)([^>]*)>/g)) {
    if (['meta', 'line', 'rect', 'circle', 'path'].includes(name) || rest.endsWith('/')) continue;
    if (!closing) open.push(name);
    else if (open.pop() !== name) return [`</${name}>`];
  }
  return open;
}

describe('the HTML report', () => {
  const html = speedupHtml(analysis);

  test('is one file: no script, nothing fetched', () => {
    expect(html).not.toMatch(/<script|javascript:|\son[a-z]+=|@import|url\(/i);
    expect(html.replaceAll('http://www.w3.org/2000/svg', '')).not.toMatch(/https?:/);
  });

  test('is well formed, and escapes what users name', () => {
    expect(unclosed(html.replace('<!doctype html>', ''))).toEqual([]);
    expect(html).toContain('&lt;b&gt;&quot;pi&quot; &amp; co');
    expect(html).not.toContain('<b>');
  });

  test('holds the plots, the table and the data', () => {
    for (const id of ['speedup', 'efficiency', 'loss', 'ranks'])
      expect(html).toContain(`id="${id}-t"`);
    expect(html).toContain('Serial fraction 4.0% [4.0–4.0]');
    expect(html).toContain('&quot;algorithm&quot;: &quot;piacct-ref-1&quot;');
    expect(html).not.toMatch(/NaN|Infinity|undefined/);
  });

  test('names serial work and imbalance together where they are not told apart', () => {
    expect(html).toContain('<th scope="col">serial</th><th scope="col">imbalance</th>');
    const blind = runs.map((run) => ({ ...run, segments: undefined }));
    const unsplit = speedupHtml(analyseSpeedup(blind, {}));
    expect(unsplit).toContain('<th scope="col">serial, imbalance</th>');
    expect(unsplit).toContain('serial work and imbalance</li>');
    expect(unsplit).not.toMatch(/extra work|start and end|-0\.0%/);
  });

  test('is the same twice, and holds for a refusal and for nothing', () => {
    expect(speedupHtml(analyseSpeedup(runs, {}))).toBe(html);
    const refused = speedupHtml(analyseSpeedup(exactRuns({ t1S: 1 }, [2, 8]), {}));
    expect(refused).toContain('TOO_FEW_POINTS');
    expect(speedupHtml(analyseSpeedup([], {}))).toContain('NO_RUNS');
  });
});

test('the SVG stands alone', () => {
  const svg = speedupSvg(analysis);
  expect(unclosed(svg)).toEqual([]);
  expect(svg).toMatch(/^<svg xmlns="http:\/\/www.w3.org\/2000\/svg".*<\/svg>\n$/s);
  for (const words of ['Speedup of', 'Efficiency', 'model with 95 % band', 'ceiling'])
    expect(svg).toContain(words);
  expect(speedupSvg(analyseSpeedup([], {}))).toBe('');
});

test('useful and lost shares of the core-time add up to one', () => {
  for (const row of analysis.rows) {
    const shares = lossShares(row);
    if (!shares) continue;
    expect(Object.values(shares).reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 9);
    expect(shares.serial).toBeCloseTo(((row.ranks - 1) * 24) / (row.ranks * row.seconds), 9);
  }
});

test('ticks and escapes', () => {
  expect(powerTicks({ from: 1, to: 64 }, 9)).toEqual([1, 2, 4, 8, 16, 32, 64]);
  expect(powerTicks({ from: 1, to: 1024 }, 6)).toEqual([1, 4, 16, 64, 256, 1024]);
  expect(escapeXml('a\u0000<')).toBe('a?&lt;');
});
