import type { PluginIdentity } from '@testmesh/action-kit';
import type { ActionSchema } from '@testmesh/contracts';
import * as z from 'zod';
import { table } from '../terminal/table.ts';

interface KeySchema {
  readonly description?: string;
  readonly type?: string;
}

/** What there is to know of an action: its keys, its result, an example. */
export const actionText = (schema: ActionSchema, plugin: PluginIdentity | undefined): string => {
  const { type, aliases, summary, result, example } = schema;
  const from = plugin === undefined ? '' : `  (plugin ${plugin.name} ${plugin.version})`;
  const also = aliases.length === 0 ? '' : `Also: ${aliases.join(', ')}\n`;
  const keys = Object.entries(result).map(([key, { type: kind, description }]) => [`  ${key}`, kind, description]);
  return [
    `${type}${from}\n\n${summary}\n${also}`,
    `Config:\n${table(['  KEY', 'TYPE', '', 'WHAT IT IS'], configRows(schema))}`,
    `Result:\n${table(['  KEY', 'TYPE', 'WHAT IT IS'], keys)}`,
    ...(example === '' ? [] : [`Example:\n${example.replace(/^(?=.)/gm, '  ')}\n`]),
  ].join('\n');
};

const configRows = ({ config, environmentKeys }: ActionSchema): string[][] => {
  const document = z.toJSONSchema(config, { io: 'input', unrepresentable: 'any' });
  const required = new Set(document.required ?? []);
  return Object.entries(document.properties ?? {}).map(([key, value]) => {
    const { description = '', type = '' } = value as KeySchema;
    const need = required.has(key) && !environmentKeys.includes(key) ? 'required' : '';
    return [`  ${key}`, type, need, description];
  });
};
