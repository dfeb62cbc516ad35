import { escapedForYaml, type Value } from '@testmesh/domain';
import { Document, Scalar, visit } from 'yaml';

/** YAML that can be read again whatever the value holds: a text that YAML cannot show as it is stands in double quotes. */
export const yamlText = (value: Value): string => {
  const document = new Document(value);
  visit(document, {
    Scalar: (_key, scalar) => {
      const { value: held } = scalar;
      if (typeof held === 'string' && escapedForYaml(held) !== held) scalar.type = Scalar.QUOTE_DOUBLE;
    },
  });
  return escapedForYaml(document.toString({ lineWidth: 0 }));
};
