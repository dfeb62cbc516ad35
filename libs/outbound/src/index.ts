export { asksForLimits, operatorRules } from './operator-rules.ts';
export { type OperatorRules, outboundPolicy, type WorkspaceRules } from './policy.ts';
export { type Posted, type Posting, postOutside } from './post.ts';
export { isRule } from './rule.ts';
export {
  connectTcp,
  connectTls,
  judged,
  judgedAddresses,
  judgedLookup,
  judgedSocket,
  OutboundRefused,
  refusalWithin,
  refusedAddress,
} from './sockets.ts';
