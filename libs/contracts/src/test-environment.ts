import type { TestEnvironmentSpec, ValueMap } from '@testmesh/domain';
import * as z from 'zod';

// Test environments as they are written: in a request that makes one, and in a flow, suite, schedule or run that asks for one.

const lineName = z
  .string()
  .trim()
  .min(1)
  .max(200)
  .regex(/^[^/\\\p{Cc}]+$/u, 'a name is one line without slashes');

const service = z.strictObject({
  name: lineName,
  image: z.string().max(500).optional(),
  source_ref: z.string().max(200).optional(),
  repo: z.string().max(500).optional(),
});

const serviceUrl = z
  .string()
  .max(2000)
  .regex(/^(?:https?|grpcs?|tcp):\/\/[^\s/]\S*$/, 'a service is reached at an http, https, grpc, grpcs or tcp URL');

const headerName = z
  .string()
  .max(200)
  .regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/, 'a header name has letters, digits and dashes');

const routing = z.strictObject({
  headers: z
    .record(headerName, z.string().max(2000))
    .default({})
    .describe('sent with each HTTP request of a run, where isolation goes by headers'),
});

/** Everything that says what an environment is. */
export const testEnvironmentParts = {
  name: lineName,
  context: z.string().trim().min(1).max(200).describe('what runs ask for: `pr-123`, `branch-main`, `nightly`'),
  namespace: z.string().min(1).max(63),
  provider: z.string().min(1).max(50).default('argocd'),
  provider_app_name: z.string().min(1).max(253).optional().describe('the Argo CD Application that is waited for'),
  cluster: z.string().min(1).max(100).default('default'),
  ttl_minutes: z.int().min(1).max(43_200).default(120).describe('it is destroyed when no run used it for so long'),
  ready_within_minutes: z.int().min(1).max(240).default(15),
  services: z.array(service).max(200).default([]).describe('what is deployed in the namespace'),
  routing_policy: z.record(z.string().min(1).max(200), serviceUrl).default({}).describe('service name to URL'),
  routing: routing.optional(),
  settings: z
    .record(z.string().min(1).max(100), z.json())
    .default({})
    .describe('what only the provider understands: a template, variables; no place for secrets'),
};

const definition = z.strictObject(testEnvironmentParts);

/** How a run comes by its environment. */
const asking = {
  on_busy: z
    .enum(['wait', 'new', 'fail'])
    .default('wait')
    .describe('while another run uses it: wait for it, have another one made, or fail'),
  wait_minutes: z.int().min(1).max(1440).default(30).describe('a run that has none by then has failed'),
};

const { context, namespace, name, ...rest } = testEnvironmentParts;

/** What a run asks for: a context, and how to make an environment where there is none. */
export const wantedTestEnvironment = z.strictObject({
  context,
  ...asking,
  name: name.optional(),
  namespace: namespace.optional(),
  ...rest,
});
export type WantedTestEnvironment = z.output<typeof wantedTestEnvironment>;

/** What a request, a schedule or a suite says over the flow's own words: any of its keys, or the context alone. */
export const askedTestEnvironment = z
  .union([
    context.transform((text) => ({ context: text })),
    z.strictObject({
      context: context.optional(),
      on_busy: asking.on_busy.unwrap().optional(),
      wait_minutes: asking.wait_minutes.unwrap().optional(),
      name: name.optional(),
      namespace: namespace.optional(),
      provider: rest.provider.unwrap().optional(),
      provider_app_name: rest.provider_app_name,
      cluster: rest.cluster.unwrap().optional(),
      ttl_minutes: rest.ttl_minutes.unwrap().optional(),
      ready_within_minutes: rest.ready_within_minutes.unwrap().optional(),
      services: rest.services.unwrap().optional(),
      routing_policy: rest.routing_policy.unwrap().optional(),
      routing: rest.routing,
      settings: rest.settings.unwrap().optional(),
    }),
  ])
  .describe('lies over what the flow says under `test_environment`; a text is its context');
export type AskedTestEnvironment = z.output<typeof askedTestEnvironment>;

/** The environment that a definition describes. */
export const testEnvironmentSpec = (written: z.output<typeof definition>): TestEnvironmentSpec => ({
  name: written.name,
  context: written.context,
  cluster: written.cluster,
  provider: written.provider,
  namespace: written.namespace,
  ...(written.provider_app_name !== undefined && { applicationName: written.provider_app_name }),
  ttlMinutes: written.ttl_minutes,
  readyWithinMinutes: written.ready_within_minutes,
  services: written.services.map(({ name: serviceName, image, repo, source_ref }) => ({
    name: serviceName,
    ...(image !== undefined && { image }),
    ...(repo !== undefined && { repo }),
    ...(source_ref !== undefined && { sourceRef: source_ref }),
  })),
  routingPolicy: written.routing_policy,
  ...headersOf(written),
  settings: written.settings as ValueMap,
});

const headersOf = ({ routing: given }: z.output<typeof definition>): Pick<TestEnvironmentSpec, 'routingHeaders'> =>
  given === undefined || Object.keys(given.headers).length === 0 ? {} : { routingHeaders: given.headers };
