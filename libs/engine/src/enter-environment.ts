import type { ServiceRoute, StepError, ValueMap } from '@testmesh/domain';
import { checkFlow, constantTemplate, type Definition, type Environment, mergeTemplates, render } from '@testmesh/flow';
import type { Frame } from './frame.ts';
import { Interruption, interruptionOf } from './interruption.ts';
import { StepScope } from './names/step-scope.ts';
import type { EnterEnvironment, EnteredEnvironment } from './ports.ts';
import { asError, StepProblem } from './step/settings.ts';

// The test environment of a run: asked for before its first step, kept until its end. Invariants:
// E130. Its routes lie over the services of the named environment; a service that neither knows ends the run before anything is sent.
// E131. A run that goes on elsewhere goes on in the environment it had as it was left, or not at all.
// E132. A run that loses its environment stops, teardown included in what still happens, and is an error.

/** Undefined where the run is in its environment or wants none; else why it is not. */
export const enterEnvironment = async (frame: Frame): Promise<StepError | undefined> => {
  const wanted = wantedOf(frame);
  if (wanted === undefined) return undefined;
  const { enterEnvironment: enter } = frame.run.ports;
  if (enter === undefined) return nobodyKeepsAny(frame, wanted);
  try {
    return await entered(frame, wanted, enter);
  } catch (error) {
    if (!frame.signal.aborted) throw error;
    return interruptionOf(frame.signal).error;
  }
};

const entered = async (frame: Frame, wanted: ValueMap, enter: EnterEnvironment): Promise<StepError | undefined> => {
  const { run, signal } = frame;
  const { past } = run;
  const had = past.entered !== undefined && past.files.size > 0 ? past.entered : undefined;
  const entering = await enter({
    wanted,
    had: had && { id: had.environment, epoch: had.epoch },
    // What was begun in it is cleaned up in it, also when the run is to end.
    signal: had !== undefined && signal.aborted ? run.force.signal : signal,
    onWait: (waiting) => run.record({ type: 'EnvironmentAwaited', ...waiting }),
  });
  if (entering.outcome === 'refused') return entering.error;
  if (entering.outcome === 'gone') {
    const gone = new Interruption('executor-lost', entering.message);
    run.control.abort(gone);
    return gone.error;
  }
  const { environment } = entering;
  const base = run.environment;
  run.environment = within(environment, base);
  const isKnown = past.entered?.environment === environment.id && past.entered.epoch === environment.epoch;
  if (!isKnown) record(frame, environment, base);
  const lose = () => run.control.abort(new Interruption('environment-lost', String(environment.lost.reason)));
  if (environment.lost.aborted) lose();
  else environment.lost.addEventListener('abort', lose, { once: true });
  return undefined;
};

/** What the flow says, with what the request says over it. */
const wantedOf = (frame: Frame): ValueMap | undefined => {
  const { run, flowRun } = frame;
  const own = flowRun.flow.testEnvironment;
  const asked = run.input.testEnvironment;
  if (own === undefined) return asked;
  const rendered = render(own.wanted, new StepScope(frame, `${run.input.seed}/environment`));
  if (!rendered.ok) throw new StepProblem(asError(rendered.problem, true));
  return { ...(rendered.value as ValueMap), ...asked };
};

const nobodyKeepsAny = ({ flowRun }: Frame, { context }: ValueMap): StepError => {
  const span = flowRun.flow.testEnvironment?.span;
  return {
    code: 'TM5090',
    message: `the flow needs the test environment ${String(context)}, and nobody here keeps any: test environments are kept by a server`,
    ...(span && { span }),
    help: 'run it on one with --api URL; `testmesh up` starts one on this machine',
  };
};

/** The named environment with the test environment's routes and headers over its own. */
const within = (entered: EnteredEnvironment, base: Environment | undefined): Environment => {
  const services = Object.entries(entered.routes).map(
    ([name, url]): Definition => ({ name, template: constantTemplate(url), span: NOWHERE }),
  );
  const isOver = (name: string): boolean => Object.hasOwn(entered.routes, name);
  const own = Object.keys(entered.headers).length > 0 ? constantTemplate({ ...entered.headers }) : undefined;
  const headers = own && base?.headers ? mergeTemplates(base.headers, own) : (own ?? base?.headers);
  const empty = { variables: [], overrides: new Map(), protected: false, mentions: new Set<string>(), text: '' };
  return {
    ...(base ?? empty),
    name: entered.context,
    file: `the test environment ${entered.name}`,
    services: [...services, ...(base?.services ?? []).filter(({ name }) => !isOver(name))],
    headers,
  };
};

const NOWHERE = { file: '', line: 1, column: 1, endLine: 1, endColumn: 1 };

const record = (frame: Frame, environment: EnteredEnvironment, base: Environment | undefined): void => {
  const { id, name, context, namespace, epoch, reused, waitedMs, deployed, routes } = environment;
  const isDeployed = (service: string): boolean => deployed.length === 0 || deployed.includes(service);
  const own = Object.entries(routes).map(
    ([service, url]): ServiceRoute => ({ service, url, where: isDeployed(service) ? 'namespace' : 'base' }),
  );
  const others = (base?.services ?? []).flatMap(({ name: service, template }): ServiceRoute[] => {
    if (Object.hasOwn(routes, service)) return [];
    const url = render(template, new StepScope(frame, `${frame.run.input.seed}/routes`));
    // One that depends on what a step captures is not known yet.
    return url.ok ? [{ service, url: String(url.value), where: 'base' }] : [];
  });
  const known = { name, context, namespace, epoch, reused, waitedMs };
  frame.run.record({
    type: 'EnvironmentEntered',
    environment: id,
    ...known,
    routes: [...own, ...others].sort(inReadingOrder),
  });
};

/** The first service that the flow uses and nobody knows. */
export const unknownService = ({ run, flowRun }: Frame): StepError | undefined => {
  const { flow, names } = flowRun;
  const options = { environment: run.environment, variables: new Set(names.keys()), testEnvironment: false };
  const found = checkFlow(flow, options).find(({ code }) => code === 'TM2003');
  if (found === undefined) return undefined;
  const { code, message, span, suggestion, help } = found;
  const more = [suggestion, help].filter((text) => text !== undefined).join('; ');
  return { code, message, span, ...(more !== '' && { help: more }) };
};

/** What is under test first, each part by name. */
const inReadingOrder = (a: ServiceRoute, b: ServiceRoute): number =>
  b.where.localeCompare(a.where) || a.service.localeCompare(b.service);
