import type { OutboundPolicy, OutboundRefusal, OutboundTarget } from '@testmesh/ports';
import { parseAddress } from './address.ts';
import { ruleFor } from './rule.ts';

// Which connections a server makes for other people. Invariants:
// P1. What the operator refuses, no workspace allows; what the operator allows, is refused by no rule of ours.
// P2. Metadata services, which hand out the machine's own credentials, are refused unless the operator allows them.
// P3. An address that cannot be read is refused.

interface Rules {
  readonly allow: readonly string[];
  readonly deny: readonly string[];
}

/** What the operator of a server decides for every workspace. */
export interface OperatorRules extends Rules {
  readonly docker: 'refuse' | 'allow' | 'allow-all';
  /** Networks that were there before, which containers may join where the machine is refused to them. */
  readonly dockerNetworks: readonly string[];
  /** Where mock servers may listen. */
  readonly listen: 'loopback' | 'anywhere';
  /** Sockets in the file system that no rule names. */
  readonly sockets: 'refuse' | 'allow';
}

/** `allow` null lets everything through that is not denied; a list lets nothing else through. */
export interface WorkspaceRules {
  readonly allow: readonly string[] | null;
  readonly deny: readonly string[];
}

const METADATA: readonly string[] = [
  '169.254.0.0/16',
  'fe80::/10',
  'fd00:ec2::/32',
  'fd20:ce::254',
  '100.100.100.200',
  '168.63.129.16',
  '192.0.0.192',
  'metadata',
  'metadata.google.internal',
  'metadata.goog',
  'metadata.azure.internal',
  'instance-data',
  'instance-data.ec2.internal',
];

const EVERYTHING: WorkspaceRules = { allow: null, deny: [] };

/** The policy of one workspace on one server. */
export const outboundPolicy = (operator: OperatorRules, workspace: WorkspaceRules = EVERYTHING): OutboundPolicy => ({
  connecting: (target) => connecting(target, operator, workspace),
  usingDocker: ({ beyondRun, network }) => {
    if (operator.docker === 'refuse') return NO_DOCKER;
    if (operator.docker === 'allow-all') return undefined;
    if (beyondRun) return OWN_ONLY;
    return network === undefined || operator.dockerNetworks.includes(network) ? undefined : foreignNetwork(network);
  },
  listening: (host) => (operator.listen === 'anywhere' || isLoopback(host) ? undefined : noListening(host)),
});

const connecting = (
  target: OutboundTarget,
  operator: OperatorRules,
  workspace: WorkspaceRules,
): OutboundRefusal | undefined => {
  const byOperator = operatorsRefusal(target, operator);
  if (byOperator !== undefined) return byOperator;
  const denied = ruleFor(workspace.deny, target);
  if (denied !== undefined) return refusal(target, `this workspace denies ${denied}`, WORKSPACE);
  const isListed = workspace.allow === null || ruleFor(workspace.allow, target) !== undefined;
  return isListed ? undefined : refusal(target, 'this workspace allows only what its list names', WORKSPACE);
};

const operatorsRefusal = (target: OutboundTarget, operator: OperatorRules): OutboundRefusal | undefined => {
  if (ruleFor(operator.allow, target) !== undefined) return undefined;
  const denied = ruleFor(operator.deny, target);
  if (denied !== undefined) return refusal(target, `this server denies ${denied}`, OPERATOR);
  if ('path' in target) {
    return operator.sockets === 'allow'
      ? undefined
      : refusal(target, 'this server denies sockets of its own', OPERATOR);
  }
  const metadata = ruleFor(METADATA, target);
  if (metadata !== undefined) return refusal(target, `it belongs to a metadata service (${metadata})`, OPERATOR);
  return parseAddress(target.address) === undefined ? refusal(target, 'it is no address', OPERATOR) : undefined;
};

const OPERATOR = 'whoever runs the server allows it with TESTMESH_OUTBOUND_ALLOW';
const WORKSPACE = 'an admin of the workspace changes its lists with PUT /api/v1/outbound-rules';

const refusal = (target: OutboundTarget, why: string, help: string): OutboundRefusal => ({
  code: 'TM4801',
  reason: `a server does not connect to ${shown(target)} for a flow: ${why}`,
  help,
});

const shown = (target: OutboundTarget): string => {
  if ('path' in target) return `the socket ${target.path}`;
  return target.host === target.address ? target.host : `${target.host} (${target.address})`;
};

const NO_DOCKER: OutboundRefusal = {
  code: 'TM4802',
  reason: 'this server starts no containers for flows: whoever may start one has the whole machine',
  help: 'whoever runs the server allows it for a pool of executors with TESTMESH_DOCKER=allow',
};

const OWN_ONLY: OutboundRefusal = {
  code: 'TM4803',
  reason: 'this server gives a flow no folder and no network of the machine, and no container but those of its own run',
  help: 'name a volume in place of a path; whoever runs the server allows more with TESTMESH_DOCKER=allow-all',
};

const foreignNetwork = (network: string): OutboundRefusal => ({
  code: 'TM4803',
  reason: `this server gives a flow no network that was there before, and ${network} was`,
  help: 'name one that is not there, with ${RUN_ID}; whoever runs the server allows this one with TESTMESH_DOCKER_NETWORKS',
});

const noListening = (host: string): OutboundRefusal => ({
  code: 'TM4804',
  reason: `this server lets mock servers listen on its loopback address only, not on ${host}`,
  help: 'whoever runs the server allows it with TESTMESH_LISTEN=anywhere',
});

const LOOPBACK_HOSTS = ['localhost', '127.0.0.0/8', '::1'];

// The unspecified address listens everywhere, although connecting to it is connecting to this machine.
const isLoopback = (host: string): boolean =>
  !['0.0.0.0', '::', ''].includes(host) && ruleFor(LOOPBACK_HOSTS, { host, address: host }) !== undefined;
