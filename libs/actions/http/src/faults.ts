import type { ConfigFault, ConfigLook } from '@testmesh/contracts';
import type { Value, ValueMap } from '@testmesh/domain';
import { headerProblem, isHeaderName } from './header-problem.ts';

/** What would be found wrong with a request only when it is sent. */
export const requestFaults = (config: ValueMap, look: ConfigLook): readonly ConfigFault[] => [
  ...headerFaults(config['headers'], look),
  ...redirectFaults(config),
];

/** The files that parts of a multipart body are read from. */
export const multipartFiles = ({ multipart }: ValueMap): readonly ConfigFault['path'][] => {
  if (typeof multipart !== 'object' || multipart === null) return [];
  return Object.entries(multipart).flatMap(([name, part]: [string, Value]): ConfigFault['path'][] =>
    Array.isArray(part) ? part.map((_, index) => ['multipart', name, index, 'file']) : [['multipart', name, 'file']],
  );
};

const headerFaults = (headers: Value | undefined, { isOpen }: ConfigLook): readonly ConfigFault[] => {
  if (typeof headers !== 'object' || headers === null || Array.isArray(headers)) return [];
  return Object.entries(headers as ValueMap).flatMap(([name, value]) => {
    if (isOpen(name)) return [];
    const message = [value]
      .flat()
      .map((item) => headerProblem(name, item as Value))
      .find(Boolean);
    return message === undefined
      ? []
      : [{ path: ['headers', name], message, ...(!isHeaderName(name) && { ofKey: true }) }];
  });
};

const redirectFaults = ({ follow_redirects: follow, max_redirects: most }: ValueMap): readonly ConfigFault[] =>
  follow === false && most !== undefined
    ? [
        {
          path: ['max_redirects'],
          message: '`max_redirects` has no effect with `follow_redirects: false`',
          harmless: true,
        },
      ]
    : [];
