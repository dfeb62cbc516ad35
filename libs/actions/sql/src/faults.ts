// What is wrong with the configs of the SQL actions although their schema takes them.
import { type ConfigFault, type ConfigLook, parseDuration } from '@testmesh/contracts';
import { stringifyJson, type Value, type ValueMap } from '@testmesh/domain';
import { parseAddress, UnusableConnection } from './address.ts';
import { bindPostgres, highestNumber, inlineMysql, ParameterMismatch, type Params } from './parameters.ts';
import type { Dialect } from './statement.ts';

type Faults = readonly ConfigFault[];

/** Connections that name no database we know, parameters that do not fit, polls that try once. */
export const queryFaults = (config: ValueMap, look: ConfigLook): Faults => [
  ...connectionFaults(config, look),
  ...paramFaults(config, look),
  ...statementFaults(config, look),
  ...pollFaults(config),
];

const connectionFaults = ({ connection }: ValueMap, { isOpen }: ConfigLook): Faults => {
  if (typeof connection !== 'string' || connection === '' || isOpen(connection)) return [];
  try {
    parseAddress(connection);
    return [];
  } catch (error) {
    if (error instanceof UnusableConnection) return [{ path: ['connection'], message: error.message }];
    throw error;
  }
};

const statementFaults = ({ statements }: ValueMap, look: ConfigLook): Faults =>
  Array.isArray(statements)
    ? statements.flatMap((statement: Value, index) =>
        paramFaults(statement as ValueMap, look).map((fault) => ({
          ...fault,
          path: ['statements', index, ...fault.path],
        })),
      )
    : [];

const DIALECTS: readonly Dialect[] = ['postgres', 'mysql'];

// Which dialect it is may only be known when the flow runs, so what is wrong must be wrong in both.
const paramFaults = (statement: ValueMap, { isOpen }: ConfigLook): Faults => {
  if (typeof statement !== 'object' || statement === null) return [];
  const { query, params } = statement;
  if (typeof query !== 'string' || isOpen(query) || typeof params !== 'object' || params === null) return [];
  if (!Array.isArray(params) && Object.keys(params).some(isOpen)) return [];
  const messages = DIALECTS.map((dialect) => mismatch(query, params as Params, dialect));
  const [message] = messages;
  return message === undefined || messages.includes(undefined) ? [] : [{ path: ['query'], message }];
};

const mismatch = (query: string, params: Params, dialect: Dialect): string | undefined => {
  try {
    if (dialect === 'mysql') inlineMysql(query, params, stringifyJson);
    else bindPostgres(query, params);
  } catch (error) {
    if (error instanceof ParameterMismatch) return error.message;
    throw error;
  }
  const highest = highestNumber(query, dialect);
  return Array.isArray(params) && highest > params.length
    ? `the query uses $${highest}, but \`params\` has ${params.length === 1 ? '1 value' : `${params.length} values`}`
    : undefined;
};

const pollFaults = ({ poll, timeout, interval }: ValueMap): Faults => {
  const isMap = typeof poll === 'object' && poll !== null;
  const { timeout: limit, interval: pause } = isMap ? (poll as ValueMap) : { timeout, interval };
  if (typeof limit !== 'string' || typeof pause !== 'string') return [];
  const [longest, between] = [parseDuration(limit), parseDuration(pause)];
  if (longest === undefined || between === undefined || between <= longest) return [];
  const message = `\`interval\` is longer than \`timeout\`: the query runs only once`;
  return [{ path: [...(isMap ? ['poll'] : []), 'interval'], message, harmless: true }];
};
