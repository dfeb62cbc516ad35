import { isIP } from 'node:net';
import { numberFrom } from '@testmesh/service-kit';
import { originsFrom } from './access/allowed-origins.ts';
import type { ApiSettings } from './from-storage.ts';
import { STREAM_LIMITS } from './live/open-streams.ts';

type EdgeSettings = Pick<ApiSettings, 'requestsPerMinute' | 'streamLimits' | 'trustedProxies' | 'graphql' | 'origins'>;

/** What the operator says of the API's edge (docs/security.md), however it is started. */
export const edgeSettings = (environment: NodeJS.ProcessEnv): EdgeSettings => {
  const proxies = proxiesFrom(environment);
  return {
    origins: originsFrom(environment),
    ...(proxies.length > 0 && { trustedProxies: proxies }),
    requestsPerMinute: numberFrom(environment, 'TESTMESH_REQUESTS_PER_MINUTE', 3000),
    streamLimits: {
      perCaller: numberFrom(environment, 'TESTMESH_STREAMS_PER_KEY', STREAM_LIMITS.perCaller),
      inAll: numberFrom(environment, 'TESTMESH_STREAMS', STREAM_LIMITS.inAll),
    },
    graphql: { introspection: introspectionFrom(environment) },
  };
};

const introspectionFrom = ({ TESTMESH_GRAPHQL_INTROSPECTION: said }: NodeJS.ProcessEnv): boolean => {
  if (said === undefined || said === '' || said === 'on' || said === 'off') return said !== 'off';
  throw new Error(`TESTMESH_GRAPHQL_INTROSPECTION=${said} is neither on nor off`);
};

const proxiesFrom = ({ TESTMESH_TRUSTED_PROXIES: said = '' }: NodeJS.ProcessEnv): readonly string[] => {
  const proxies = said
    .split(',')
    .map((proxy) => proxy.trim())
    .filter((proxy) => proxy !== '');
  const wrong = proxies.find((proxy) => !isProxy(proxy));
  if (wrong === undefined) return proxies;
  throw new Error(`TESTMESH_TRUSTED_PROXIES holds ${wrong}, which is no address and no range such as 10.0.0.0/8`);
};

/** The names are those that Fastify knows. */
const isProxy = (proxy: string): boolean => {
  if (['loopback', 'linklocal', 'uniquelocal'].includes(proxy)) return true;
  const [address = '', prefix, ...rest] = proxy.split('/');
  const bits = isIP(address) === 6 ? 128 : 32;
  const isRange = prefix === undefined || (/^\d{1,3}$/.test(prefix) && Number(prefix) <= bits);
  return isIP(address) !== 0 && isRange && rest.length === 0;
};
