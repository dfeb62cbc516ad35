import { html } from './markup.ts';

/** How the HTML report looks; light or dark as its reader likes it. */
export const STYLE = html`<style>
:root { --ink: #1f2328; --paper: #fff; --dim: #59636e; --line: #d1d9e0; --soft: #f6f8fa; --green: #1a7f37; --red: #cf222e; --amber: #9a6700; }
@media (prefers-color-scheme: dark) { :root { --ink: #f0f6fc; --paper: #0d1117; --dim: #9198a1; --line: #3d444d; --soft: #151b23; --green: #3fb950; --red: #f85149; --amber: #d29922; } }
body { margin: 0 auto; max-width: 60rem; padding: 1.5rem; color: var(--ink); background: var(--paper); font: 15px/1.5 system-ui, sans-serif; overflow-wrap: anywhere; }
h1 { font-size: 1.5rem; margin: 0; } h2 { font-size: 1.15rem; } h3 { font-size: .85rem; color: var(--dim); margin: 1rem 0 .25rem; } h4 { font-size: .8rem; color: var(--dim); margin: .5rem 0 .25rem; }
small, .what, .place, dt { color: var(--dim); } small { font-weight: normal; }
section { border-top: 1px solid var(--line); margin-top: 1rem; }
ol { list-style: none; margin: 0; padding: 0; } ol ol { margin-left: 1.25rem; border-left: 1px solid var(--line); padding-left: .75rem; } .attempts { list-style: decimal; margin-left: 1.5rem; }
details { padding: .15rem 0; } summary { cursor: pointer; }
pre, code { font: 13px/1.45 ui-monospace, monospace; } pre { background: var(--soft); border: 1px solid var(--line); border-radius: 6px; padding: .5rem .75rem; margin: .25rem 0; overflow-x: auto; white-space: pre-wrap; }
.badge { border-radius: 1rem; border: 1px solid var(--dim); color: var(--dim); padding: 0 .5rem; font-size: .8rem; }
.badge.passed { color: var(--green); border-color: var(--green); } .badge.failed, .badge.error, .badge.invalid, .badge.timed-out, .badge.cancelled { color: var(--red); border-color: var(--red); } .badge.skipped, .badge.running { color: var(--amber); border-color: var(--amber); }
.broken { border-left: 3px solid var(--red); padding-left: .75rem; margin: .5rem 0; } .broken p, .held { margin: .15rem 0; } .held { color: var(--green); }
.diff ins { color: var(--green); text-decoration: none; } .diff del { color: var(--red); text-decoration: none; } mark { background: none; color: var(--red); font-weight: bold; }
table.services { border-collapse: collapse; } .services td { border-bottom: 1px solid var(--line); padding: .15rem 1rem .15rem 0; }
.facts { display: flex; flex-wrap: wrap; gap: .25rem 1.5rem; margin: .5rem 0; } .facts div { display: flex; gap: .4rem; } dd { margin: 0; }
</style>`;
