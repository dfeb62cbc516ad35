// What reports need to show a place in a text, without the language itself: `testmesh show` starts without a YAML parser.
export { frame } from './frame.ts';
export { renderDiagnostic } from './render.ts';
export { Source } from './source.ts';
