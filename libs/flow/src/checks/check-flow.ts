import type { Diagnostic } from '@testmesh/contracts';
import type { Flow } from '../model/flow.ts';
import { Findings } from '../source/findings.ts';
import { inOrder } from '../source/render.ts';
import { checkThatSomethingIsChecked } from './checked.ts';
import { checkChildren } from './children.ts';
import { checkDeclarations } from './declarations.ts';
import { checkDefinitions } from './definitions.ts';
import { EnvironmentNeeds } from './environment-needs.ts';
import { checkFiles } from './files.ts';
import { checkInputsGiven } from './inputs-given.ts';
import { type CheckOptions, Names } from './names.ts';
import { checkOwnConstants } from './own-constants.ts';
import { checkSettings } from './settings.ts';
import { checkReferences } from './walk.ts';

/** The code of the one finding that choosing an environment would answer. */
export const NEEDS_ENVIRONMENT = 'TM2010';

/** What can be known to be wrong with a flow before its first step, in the order of the file. */
export const checkFlow = (flow: Flow, options: CheckOptions): Diagnostic[] => {
  const findings = new Findings();
  const names = new Names(flow, options);
  const needs = new EnvironmentNeeds(options, findings);
  checkDeclarations(flow, findings);
  checkInputsGiven(flow, names, options, findings);
  checkReferences({ flow, options, names, needs, findings });
  checkDefinitions(flow, names, findings);
  checkSettings(flow, findings);
  checkOwnConstants(flow, names, options, findings);
  checkChildren(flow, names, options, findings);
  checkFiles(flow, options, findings);
  checkThatSomethingIsChecked(flow, options, findings);
  needs.report();
  return inOrder(findings.all);
};
