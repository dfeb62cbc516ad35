import type { TestEnvironmentSpec } from '@testmesh/domain';

/** What every template may ask for beside what the request says: where it goes, for whom, and the images it names. */
export const templateVariables = (
  workspace: string,
  { namespace, context, services }: Pick<TestEnvironmentSpec, 'namespace' | 'context' | 'services'>,
  given: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> => {
  const images = services.flatMap(({ name, image }) => (image === undefined ? [] : [[`IMAGE_${nameOf(name)}`, image]]));
  const own = { TESTMESH_NAMESPACE: namespace, TESTMESH_CONTEXT: context, TESTMESH_WORKSPACE: workspace };
  return { ...Object.fromEntries(images), ...given, ...own };
};

/** `user-service` is asked for as `IMAGE_USER_SERVICE`. */
const nameOf = (service: string): string => service.toUpperCase().replaceAll(/[^A-Z0-9]/g, '_');
