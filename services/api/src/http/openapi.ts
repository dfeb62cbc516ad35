import { problemBody } from '@testmesh/contracts';
import * as z from 'zod';
import { type AnswerSchema, type OneAnswer, pathsOf, type Route } from './route.ts';

// The OpenAPI 3.1 document of a table of routes. Schemas with a name (`meta({ id })`) become components.

type Json = Record<string, unknown>;

export interface OpenApi {
  readonly openapi: '3.1.0';
  readonly info: Json;
  readonly servers: readonly Json[];
  readonly tags: readonly { readonly name: string; readonly description: string }[];
  readonly security: readonly Json[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, Json>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Json>>; readonly securitySchemes: Json };
}

/** What the groups of routes are about. */
const TAGS: Readonly<Record<string, string>> = {
  System: 'The server itself.',
  Executions: 'Runs of flows: asking for them, following them, reading what happened.',
  Workspaces: 'Everything belongs to one workspace and is seen from no other.',
  Members: 'Who works in a workspace, and in which role.',
  Sessions: 'People who log in, with a browser or for a key of their own.',
  Invitations: 'How people come into a workspace.',
  Limits: 'What the runs of a workspace may reach and use.',
  'API keys': 'Keys for programs; a key opens one workspace.',
  Flows: 'Flows kept on the server, with their earlier versions.',
  'Import and export': 'Flows from other tools and servers, and for them.',
  Git: 'What pushes and pull requests run.',
  Environments: 'Where flows run: variables, secrets, addresses of services.',
  Suites: 'Flows that run together.',
  Schedules: 'Flows and suites that run by the clock.',
  Analytics: 'Figures over many runs.',
  Views: 'What lists and pages are read from: folds of the journal, which can be folded anew.',
  'Site agents': 'Runners in networks of their own, which connect outwards only.',
  'Agent protocol': 'What a site agent asks; its token opens these routes and no others.',
  GraphQL: 'Several things at once, as one asks for them.',
  Audit: 'Every change of what is configured, and who made it.',
};

export const openApi = (routes: readonly Route[], version: string): OpenApi => {
  const components = new Components();
  const paths: Record<string, Record<string, Json>> = {};
  for (const route of routes) {
    pathsOf(route).forEach((path, at) => {
      const shown = path.replaceAll(/:([A-Za-z_]+)/g, '{$1}');
      paths[shown] = { ...paths[shown], [route.method.toLowerCase()]: operation(route, at > 0, components) };
    });
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'TestMesh',
      version,
      description:
        'Runs flows and tells what happened. Every route of a workspace also answers under `/api/v1/workspaces/{workspace_id}`.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/', description: 'this server' }],
    tags: [...new Set(routes.flatMap(({ tags }) => tags))].map((name) => ({ name, description: TAGS[name] ?? name })),
    security: [{ bearer: [] }, { apiKey: [] }, { session: [] }],
    paths,
    components: {
      schemas: components.schemas,
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer', description: 'an API key: `tm_live_…`' },
        apiKey: { type: 'apiKey', in: 'header', name: 'X-API-Key' },
        agent: { type: 'http', scheme: 'bearer', description: "a site agent's token: `tm_agent_…`" },
        session: {
          type: 'apiKey',
          in: 'cookie',
          name: 'testmesh_session',
          description: 'of POST /api/v1/sessions; what changes something also sends X-CSRF-Token',
        },
      },
    },
  };
};

const operation = (route: Route, scoped: boolean, components: Components): Json => ({
  operationId: scoped ? `${route.operationId}InWorkspace` : route.operationId,
  summary: route.summary,
  ...(route.description !== undefined && { description: route.description }),
  tags: route.tags,
  ...securityOf(route),
  parameters: [
    ...(scoped || route.path.includes(':workspace_id') ? [WORKSPACE] : []),
    ...parameters('path', route.params, components),
    ...parameters('query', route.query, components),
    ...(route.headers ?? []).map(({ name, description }) => ({ name, in: 'header', description, schema: TEXT })),
  ],
  ...(route.body !== undefined && {
    requestBody: {
      required: !route.body.safeParse(undefined).success,
      content: {
        'application/json': {
          schema: components.of(route.body, 'input'),
          ...(route.example !== undefined && { example: route.example }),
        },
      },
    },
  }),
  responses: {
    ...Object.fromEntries(
      Object.entries(route.responses).map(([status, schema]) => [status, response(schema, components)]),
    ),
    ...refusals(components),
  },
});

const securityOf = (route: Route): Json => {
  if (route.area === 'workspace') return { 'x-permission': route.permission };
  if (route.area === 'agent') return { security: [{ agent: [] }] };
  return { security: route.area === 'person' ? [{ session: [] }] : [] };
};

const refusals = (components: Components): Json => {
  const content = { 'application/problem+json': { schema: components.of(problemBody, 'output') } };
  return {
    '4XX': { description: 'the request cannot be answered as asked', content },
    '5XX': { description: 'the server failed', content },
  };
};

const TEXT = { type: 'string' };
const WORKSPACE = { name: 'workspace_id', in: 'path', required: true, schema: { type: 'string', format: 'uuid' } };

const response = (schema: AnswerSchema, components: Components): Json => {
  if (schema === 'nothing') return { description: 'done' };
  const forms: readonly OneAnswer[] = 'length' in schema ? schema : [schema];
  return {
    description: forms.map((form) => form.description ?? 'as asked').join('; or '),
    content: Object.fromEntries(forms.map((form) => contentOf(form, components))),
  };
};

const contentOf = (form: OneAnswer, components: Components): readonly [string, Json] =>
  'contentType' in form
    ? [form.contentType, { schema: form.schema === undefined ? TEXT : components.of(form.schema, 'output') }]
    : ['application/json', { schema: components.of(form, 'output') }];

const parameters = (
  place: 'path' | 'query',
  schema: z.ZodType | undefined,
  components: Components,
): readonly Json[] => {
  if (schema === undefined) return [];
  const { properties = {}, required = [] } = components.of(schema, 'input') as {
    properties?: Record<string, Json>;
    required?: string[];
  };
  return Object.entries(properties).map(([name, { description, ...type }]) => ({
    name,
    in: place,
    required: place === 'path' || required.includes(name),
    ...(description !== undefined && { description }),
    schema: type,
  }));
};

class Components {
  readonly schemas: Record<string, Json> = {};

  /** The schema as JSON Schema, its named parts moved to the components. */
  of(schema: z.ZodType, io: 'input' | 'output'): Json {
    const { $schema: _dialect, $defs, ...rest } = z.toJSONSchema(schema, { io, override: readable }) as Json;
    for (const [name, definition] of Object.entries(($defs ?? {}) as Record<string, Json>)) {
      this.schemas[name] = moved(definition) as Json;
    }
    return this.#named(schema, moved(rest) as Json);
  }

  #named(schema: z.ZodType, converted: Json): Json {
    const name = schema.meta()?.id;
    if (name === undefined || converted['$ref'] !== undefined) return converted;
    const { id: _id, ...definition } = converted;
    this.schemas[name] = definition;
    return { $ref: `#/components/schemas/${name}` };
  }
}

/** Every answer has the keys it names, and may get more: a client must not refuse what a later version adds. */
const readable = ({ jsonSchema }: { readonly jsonSchema: Json }): void => {
  if (jsonSchema['propertyNames'] !== undefined) delete jsonSchema['propertyNames'];
};

const moved = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(moved);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [
      key,
      key === '$ref' && typeof item === 'string' ? item.replace('#/$defs/', '#/components/schemas/') : moved(item),
    ]),
  );
};
