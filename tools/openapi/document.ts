import { allRoutes, configurationRoutes, openApi } from '@testmesh/api';

const VERSION = '1';

/** The document as every server of this version serves it. Making it calls nothing of what the routes need. */
export const apiDocument = (): ReturnType<typeof openApi> => {
  const untouched: unknown = new Proxy(() => undefined, { get: () => untouched });
  const configuration = configurationRoutes(untouched as Parameters<typeof configurationRoutes>[0]);
  const deps = new Proxy(Object(untouched), {
    get: (_, name) => (name === 'routes' ? configuration : untouched),
  }) as Parameters<typeof allRoutes>[0];
  return openApi(allRoutes(deps), VERSION);
};
