/** Colours and type of the SVG plots and the HTML report; light, and dark where the reader asks for it. */

const LIGHT = `--ink:#1b1f24;--soft:#57606a;--line:#d0d7de;--paper:#fff;--panel:#f6f8fa;
--measured:#0072b2;--model:#d55e00;--ideal:#8c959f;--knee:#009e73;--ceiling:#cc79a7;
--serial:#d55e00;--imbalance:#e69f00;--transfer:#0072b2;--extra:#009e73;--other:#cc79a7;--useful:#8c959f`;
const DARK = `--ink:#e6edf3;--soft:#9da7b3;--line:#3d444d;--paper:#0d1117;--panel:#161b22;
--measured:#56b4e9;--model:#ff9e5e;--ideal:#7d8590;--knee:#2fd19b;--ceiling:#e6a3c8;
--serial:#ff9e5e;--imbalance:#f0c05a;--transfer:#56b4e9;--extra:#2fd19b;--other:#e6a3c8;--useful:#6e7681`;

export const PLOT_STYLE = `:root{color-scheme:light dark;${LIGHT}}
@media(prefers-color-scheme:dark){:root{${DARK}}}
svg{font-family:system-ui,sans-serif;font-size:13px}
@media(max-width:520px){svg{font-size:16px}}
svg text{fill:var(--ink)}svg .soft{fill:var(--soft)}
svg .paper{fill:var(--paper)}
svg .grid{stroke:var(--line);stroke-width:1}
svg .axis{stroke:var(--soft);stroke-width:1}
svg .measured{fill:var(--measured);stroke:var(--paper);stroke-width:1.5}
svg .bar{stroke:var(--measured);stroke-width:1.5}
svg .model{fill:none;stroke:var(--model);stroke-width:2}
svg .band{fill:var(--model);opacity:.18}
svg .ideal{fill:none;stroke:var(--ideal);stroke-width:1.5}
svg .ceiling{stroke:var(--ceiling);stroke-width:1.5;stroke-dasharray:6 4}
svg .knee{stroke:var(--knee);stroke-width:1.5;stroke-dasharray:2 3}
svg .node{stroke:var(--soft);stroke-width:1;stroke-dasharray:1 4}
svg .peak{fill:var(--model)}
${['serial', 'imbalance', 'transfer', 'extra', 'other', 'useful']
  .map((name) => `svg .part-${name}{fill:var(--${name})}`)
  .join('\n')}
`;
