import type { ConfigFault, ConfigLook } from '@testmesh/contracts';
import type { Value, ValueMap } from '@testmesh/domain';
import { publications } from './ports.ts';

const NAME = '[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*';
const REGISTRY = String.raw`(?:[A-Za-z0-9.-]+|\[[0-9a-fA-F:]+\])(?::\d+)?`;
const DIGEST = '@[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}';
const IMAGE = new RegExp(`^(?:${REGISTRY}/)?${NAME}(?:/${NAME})*(?::\\w[\\w.-]{0,127})?(?:${DIGEST})?$`);

/** What the daemon would say of a container's config once it is asked. */
export const containerFaults = ({ image, ports }: ValueMap, { isOpen }: ConfigLook): readonly ConfigFault[] => {
  const faults: ConfigFault[] = [];
  if (typeof image === 'string' && !isOpen(image) && !IMAGE.test(image)) {
    const message = `"${image}" is not the name of an image, such as postgres:16-alpine (lower case, no spaces)`;
    faults.push({ path: ['image'], message });
  }
  const read = publications(portTexts(ports, isOpen));
  if (typeof read === 'string') faults.push({ path: ['ports'], message: read.replace(/^ports: /, '') });
  return faults;
};

const portTexts = (ports: Value | undefined, isOpen: ConfigLook['isOpen']): Record<string, string> | string[] => {
  if (Array.isArray(ports)) return ports.map(String).filter((text) => !isOpen(text));
  if (typeof ports !== 'object' || ports === null) return [];
  const entries = Object.entries(ports).map(([container, host]): [string, string] => [container, String(host)]);
  return Object.fromEntries(entries.filter(([container, host]) => !isOpen(container) && !isOpen(host)));
};
