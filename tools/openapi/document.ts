import {
  agentRoutes,
  allRoutes,
  buildGraphSchema,
  configurationRoutes,
  coverageRoutes,
  openApi,
  printedSchema,
  viewRoutes,
} from '@testmesh/api';

const VERSION = '1';

const untouched: unknown = new Proxy(() => undefined, { get: () => untouched });

/** Every route of this version. Making the table calls nothing of what the routes need. */
const everyRoute = (): ReturnType<typeof allRoutes> => {
  const configuration = [
    ...configurationRoutes(untouched as Parameters<typeof configurationRoutes>[0]),
    ...agentRoutes(untouched as Parameters<typeof agentRoutes>[0]),
    ...coverageRoutes(untouched as Parameters<typeof coverageRoutes>[0]),
    ...viewRoutes(untouched as Parameters<typeof viewRoutes>[0]),
  ];
  const deps = new Proxy(Object(untouched), {
    get: (_, name) => (name === 'routes' ? configuration : untouched),
  }) as Parameters<typeof allRoutes>[0];
  return allRoutes(deps);
};

/** The document as every server of this version serves it. */
export const apiDocument = (): ReturnType<typeof openApi> => openApi(everyRoute(), VERSION);

/** The GraphQL schema as every server of this version answers by it. */
export const graphqlDocument = (): string =>
  printedSchema(buildGraphSchema(everyRoute(), untouched as Parameters<typeof buildGraphSchema>[1]));
