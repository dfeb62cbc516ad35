import type { OperatorRules } from './policy.ts';
import { isRule } from './rule.ts';

type Surroundings = Readonly<Record<string, string | undefined>>;

const SERVER = { docker: 'refuse', listen: 'loopback', sockets: 'refuse' } as const;

/** One person's own server: it may do what that person may. */
const OWN = { docker: 'allow-all', listen: 'anywhere', sockets: 'allow' } as const;

/**
 * What the operator says by TESTMESH_OUTBOUND_ALLOW and _DENY, TESTMESH_DOCKER_NETWORKS (comma separated), TESTMESH_DOCKER and TESTMESH_LISTEN;
 * what is not said is strict on a server and open on one's own machine.
 */
export const operatorRules = (surroundings: Surroundings, kind: 'server' | 'own'): OperatorRules => {
  const standard = kind === 'own' ? OWN : SERVER;
  return {
    allow: rulesIn(surroundings, 'TESTMESH_OUTBOUND_ALLOW'),
    deny: rulesIn(surroundings, 'TESTMESH_OUTBOUND_DENY'),
    docker: oneOf(surroundings, 'TESTMESH_DOCKER', ['refuse', 'allow', 'allow-all']) ?? standard.docker,
    dockerNetworks: listIn(surroundings, 'TESTMESH_DOCKER_NETWORKS'),
    listen: oneOf(surroundings, 'TESTMESH_LISTEN', ['loopback', 'anywhere']) ?? standard.listen,
    sockets: standard.sockets,
  };
};

/** Whether somebody asked for limits, for runs that have none otherwise. */
export const asksForLimits = (surroundings: Surroundings): boolean =>
  ['TESTMESH_OUTBOUND_ALLOW', 'TESTMESH_OUTBOUND_DENY'].some((name) => (surroundings[name] ?? '') !== '');

const listIn = (surroundings: Surroundings, name: string): readonly string[] =>
  (surroundings[name] ?? '')
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');

const rulesIn = (surroundings: Surroundings, name: string): readonly string[] => {
  const rules = listIn(surroundings, name);
  const wrong = rules.find((rule) => !isRule(rule));
  if (wrong === undefined) return rules;
  throw new Error(`${name} holds ${wrong}, which is no CIDR range, address, host name, *.host or unix:/path`);
};

const oneOf = <T extends string>(surroundings: Surroundings, name: string, known: readonly T[]): T | undefined => {
  const text = surroundings[name];
  if (text === undefined || text === '') return undefined;
  const found = known.find((value) => value === text);
  if (found === undefined) throw new Error(`${name}=${text} is none of ${known.join(', ')}`);
  return found;
};
