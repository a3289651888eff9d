/** The look of the report. */
export const style = `
:root { color-scheme: light dark; --ink: #1c2330; --soft: #5d6778; --line: #dde2ea; --page: #f6f7f9; --card: #fff;
  --dense: #8a94a6; --unstructured: #2f6fde; --b4: #0f9d77; --b8: #c77d0a; --b16: #b5478f; --nm: #7a4fd0; --other: #d0573a; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6e9ef; --soft: #9aa4b5; --line: #313947; --page: #14181f; --card: #1c222c; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--ink); font: 15px/1.5 system-ui, 'DejaVu Sans', sans-serif; }
main { max-width: 1280px; margin: 0 auto; padding: 2rem 1.25rem 4rem; }
h1 { font-size: 1.7rem; margin: 0 0 .25rem; } h2 { font-size: 1.2rem; margin: 2.2rem 0 .3rem; }
p { margin: .2rem 0 .8rem; color: var(--soft); max-width: 75ch; }
.plots { display: grid; grid-template-columns: repeat(auto-fill, minmax(360px, 1fr)); gap: 14px; align-items: start; }
.card, details { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 10px; }
details { margin: .6rem 0; overflow-x: auto; } summary { cursor: pointer; font-weight: 600; }
.legend { display: flex; flex-wrap: wrap; gap: .3rem 1.2rem; margin: .4rem 0 .9rem; color: var(--soft); }
.legend i { display: inline-block; width: 12px; height: 12px; border-radius: 3px; margin-right: .45em; vertical-align: -1px; }
svg { display: block; width: 100%; height: auto; }
svg text { font: 11px system-ui, 'DejaVu Sans', sans-serif; fill: var(--soft); }
svg .title { font-size: 13px; font-weight: 600; fill: var(--ink); }
svg .end { text-anchor: end; } svg .middle { text-anchor: middle; } svg .value { fill: var(--ink); }
svg .grid { stroke: var(--line); } svg .level { stroke: var(--other); stroke-dasharray: 5 4; }
svg .note { fill: var(--other); text-anchor: end; } svg .ideal { stroke: var(--soft); stroke-dasharray: 1 4; stroke-linecap: round; stroke-width: 1.5; }
svg .roof { stroke: var(--other); stroke-dasharray: 5 4; stroke-width: 1.5; }
svg polyline { fill: none; stroke-width: 2.2; stroke-linejoin: round; }
table { border-collapse: collapse; font-size: 13px; margin-top: .5rem; }
th, td { padding: 3px 10px; border-bottom: 1px solid var(--line); text-align: right; white-space: nowrap; }
th { color: var(--soft); font-weight: 600; } th.words, td.words { text-align: left; }
td.pass { color: var(--b4); } td.short { color: var(--other); font-weight: 600; }
${['dense', 'unstructured', 'b4', 'b8', 'b16', 'nm', 'other']
  .map(
    (name) =>
      `svg rect.${name}, svg circle.${name} { fill: var(--${name}); } svg polyline.${name} { stroke: var(--${name}); } .legend .${name} { background: var(--${name}); }`,
  )
  .join('\n')}
`;
