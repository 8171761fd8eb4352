"""The look of the report page: light and dark by the reader's choice, narrow, wide, printed."""

STYLE = """
:root { color-scheme: light dark; --paper: #ffffff; --sheet: #f6f7f9; --ink: #1b2230;
  --soft: #5a6478; --rule: #dde1e8; --s0: #6b7280; --s1: #1d63d8; --s2: #c2570c; --bad: #b42318;
  --good: #177245; }
@media (prefers-color-scheme: dark) { :root { --paper: #12161d; --sheet: #1a2029; --ink: #e6e9ef;
  --soft: #9aa5b8; --rule: #2c3543; --s0: #a3adbd; --s1: #6ea8fe; --s2: #f5a35c; --bad: #f9857c;
  --good: #58c48b; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", "PingFang SC", "Microsoft YaHei",
    "Noto Sans CJK SC", sans-serif; }
main { max-width: 1120px; margin: 0 auto; padding: 28px 20px 56px; }
h1 { font-size: 26px; line-height: 1.25; margin: 0 0 4px; letter-spacing: -0.01em; }
h2 { font-size: 18px; margin: 40px 0 2px; }
h3 { font-size: 14px; margin: 0 0 6px; overflow-wrap: anywhere; }
p { margin: 0 0 10px; } .soft { color: var(--soft); font-size: 13.5px; }
.question { background: var(--sheet); border-left: 4px solid var(--s1); border-radius: 0 8px 8px 0;
  padding: 14px 18px; margin: 16px 0 0; overflow-wrap: anywhere; }
.question strong { font-size: 17px; font-weight: 600; } .question ul { margin: 6px 0 0;
  padding-left: 20px; } .question p:last-child { margin: 6px 0 0; }
.cards { display: grid; grid-template-columns: repeat(auto-fit, minmax(230px, 1fr)); gap: 12px;
  margin-top: 12px; }
.card, .panel { background: var(--sheet); border-radius: 10px; padding: 14px 16px; min-width: 0; }
.card dl { margin: 0; display: grid; grid-template-columns: 1fr auto; gap: 2px 12px; }
.card dt { color: var(--soft); } .card dd { margin: 0; text-align: right; font-weight: 600;
  font-variant-numeric: tabular-nums; }
.panels { display: grid; gap: 12px; margin-top: 8px;
  grid-template-columns: repeat(auto-fit, minmax(min(100%, 420px), 1fr)); }
.stack > * + * { margin-top: 12px; } .stack { margin-top: 8px; }
.scroll { overflow-x: auto; } .scroll svg.wide { min-width: 640px; }
svg { display: block; width: 100%; height: auto; }
svg text { fill: var(--soft); font-size: 11.5px; font-family: inherit;
  font-variant-numeric: tabular-nums; }
svg text.heading { fill: var(--ink); font-weight: 600; }
.grid { stroke: var(--rule); stroke-width: 1; } .axis { stroke: var(--soft); stroke-width: 1; }
.line { fill: none; stroke-width: 2; stroke-linejoin: round; }
.line.s0 { stroke: var(--s0); stroke-dasharray: 2 3; } .line.s1 { stroke: var(--s1); }
.line.s2 { stroke: var(--s2); stroke-dasharray: 7 3; } .line.solid { stroke-dasharray: none; }
.dot.s0, .area.s0 { fill: var(--s0); } .dot.s1, .area.s1 { fill: var(--s1); }
.dot.s2, .area.s2 { fill: var(--s2); } .area { opacity: 0.3; }
.whisker { stroke: var(--s2); stroke-width: 2; } .sure { fill: var(--s2); }
.unsure { fill: var(--sheet); stroke: var(--s2); stroke-width: 2; }
.legend { display: flex; flex-wrap: wrap; gap: 4px 18px; font-size: 13px; margin: 6px 0 0; }
.legend-item { display: inline-flex; align-items: center; gap: 7px; overflow-wrap: anywhere; }
.key { flex: none; width: 24px; height: 0; border-top: 3px solid; }
.key.s0 { border-top-style: dotted; border-color: var(--s0); } .key.s1 { border-color: var(--s1); }
.key.s2 { border-top-style: dashed; border-color: var(--s2); }
.key.fill { height: 12px; border: 0; opacity: 0.35; background: var(--s1); }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums;
  font-size: 13.5px; margin-top: 8px; }
th, td { padding: 5px 10px; text-align: right; white-space: nowrap; }
thead th { color: var(--soft); font-weight: 500; border-bottom: 1px solid var(--rule);
  white-space: normal; vertical-align: bottom; min-width: 5.6em; }
thead th:first-child { min-width: 7em; }
th:first-child, td:first-child { text-align: left; }
tbody { border-bottom: 1px solid var(--rule); } tbody th { font-weight: 400; }
tbody th.group { font-weight: 600; padding-top: 9px; }
td small { display: block; color: var(--soft); font-size: 11.5px; line-height: 1.2; }
tr.difference td, tr.difference th { color: var(--s2); } .certain { font-weight: 700; }
footer { color: var(--soft); font-size: 13px; } footer ul { padding-left: 20px; }
@media (max-width: 560px) { main { padding: 18px 14px 40px; } h1 { font-size: 22px; } }
@media print { .panel, .card, tbody { break-inside: avoid; } }
"""
