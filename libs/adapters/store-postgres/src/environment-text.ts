import { escapedForYaml, stringifyJson, type Value } from '@testmesh/domain';
import type { OpenEnvironment } from './environment-content.ts';

/**
 * The environment as `environments/NAME.yaml` would hold it. It is written as JSON, which is YAML, so that every value
 * keeps its type and nothing in it can be taken for syntax.
 */
export const environmentText = (
  environment: OpenEnvironment,
): { readonly name: string; readonly file: string; readonly text: string } => {
  const { name, description, color, isDefault, protected: isProtected, routing } = environment;
  const document: Value = {
    name,
    ...(description !== '' && { description }),
    color,
    is_default: isDefault,
    protected: isProtected,
    variables: environment.variables.map(({ key, value, secret, enabled }) => ({
      key,
      value,
      is_secret: secret,
      enabled,
    })),
    routing: {
      ...(routing.services && { services: routing.services }),
      ...(routing.headers && { headers: routing.headers }),
      ...(routing.overrides && { overrides: routing.overrides }),
    },
  };
  return { name, file: `environments/${name}.yaml`, text: `${escapedForYaml(stringifyJson(document, 2))}\n` };
};
