import { setTimeout as pause } from 'node:timers/promises';
import { type Action, actionSchema, defineAction, PLUGIN_API } from '@testmesh/action-kit';
import * as z from 'zod';
import { guarded } from './guarded-action.ts';
import { callProcess } from './http-call.ts';
import { exchange, under } from './http-exchange.ts';
import { type ProcessAction, type ProcessInfo, processInfo } from './http-protocol.ts';
import { type LoadedPlugin, type NamedPlugin, PluginProblem, reasonOf } from './plugin.ts';

// A plugin that is a process of its own, in any language: asked once what it can do, then once per step.

const INFO_MS = 5000;
const INFO_BYTES = 1024 * 1024;
const BETWEEN_MS = 500;

export interface HttpOptions {
  readonly mayAsk: (url: URL) => boolean;
  readonly patienceMs: number;
}

/** Asks a plugin process what it can do; rejects with a `PluginProblem`. */
export const loadHttp = async (source: NamedPlugin, { mayAsk, patienceMs }: HttpOptions): Promise<LoadedPlugin> => {
  const url = addressOf(source.name);
  if (!mayAsk(url)) {
    throw new PluginProblem(
      'TM6205',
      `the plugin ${source.name} is not allowed: it is neither on loopback nor named in TESTMESH_PLUGINS`,
      `if it is meant: TESTMESH_PLUGINS=${source.name}`,
    );
  }
  const info = await patiently(() => infoOf(url), Date.now() + patienceMs);
  if (info.api !== PLUGIN_API) {
    const message = `the plugin ${info.id} ${info.version} at ${url.href} speaks version ${info.api} of the plugin API, this testmesh version ${PLUGIN_API}`;
    throw new PluginProblem('TM6203', message, 'use versions of both that go together');
  }
  const identity = { name: info.id, version: info.version };
  return { identity, source, actions: info.actions.map((action) => guarded(actionOf(action, info, url), identity)) };
};

const addressOf = (text: string): URL => {
  if (URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)) return new URL(text);
  throw new PluginProblem('TM6201', `the plugin ${text} has no address`, 'write it like http://127.0.0.1:7000');
};

const infoOf = async (url: URL): Promise<ProcessInfo> => {
  const help = 'is the process up? docs/plugins.md says what GET /info answers';
  try {
    const signal = AbortSignal.timeout(INFO_MS);
    const { status, text } = await exchange(under(url, 'info'), { method: 'GET', signal, mostBytes: INFO_BYTES });
    if (status !== 200) throw new Error(`it answered GET /info with status ${status}`);
    const info = processInfo.safeParse(JSON.parse(text));
    if (info.success) return info.data;
    const [issue] = info.error.issues;
    throw new Error(`its GET /info is not understood: ${issue?.path.join('.')} ${issue?.message}`);
  } catch (error) {
    const message = `the plugin at ${url.href} does not say what it can do: ${reasonOf(error)}`;
    throw new PluginProblem('TM6206', message, help, { cause: error });
  }
};

/** Tries again until the time is over: a server's plugins may come up after it. */
const patiently = async <T>(work: () => Promise<T>, untilMs: number): Promise<T> => {
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (Date.now() + BETWEEN_MS > untilMs) throw error;
      await pause(BETWEEN_MS);
    }
  }
};

const actionOf = (action: ProcessAction, info: ProcessInfo, url: URL): Action => {
  const { id, name, description, effect, result = {} } = action;
  const schema = actionSchema({
    type: id,
    summary: description ?? name ?? id,
    config: configOf(action, info),
    effect: () => effect,
    result: {
      ...Object.fromEntries(
        Object.entries(result).map(([key, text]) => [key, { type: 'any' as const, description: text }]),
      ),
      '*': { type: 'any', description: 'what else the plugin gives back' },
    },
  });
  return defineAction({ schema, run: (config, context) => callProcess({ url, info, action: id }, config, context) });
};

/** The config's JSON Schema as validation needs it: a key that it does not name is an error, unless it says otherwise. */
const configOf = ({ id, schema }: ProcessAction, { id: plugin, version }: ProcessInfo): z.ZodType => {
  const isOpen = schema['properties'] === undefined || schema['additionalProperties'] !== undefined;
  try {
    return z.fromJSONSchema(isOpen ? schema : { ...schema, additionalProperties: false });
  } catch (error) {
    const message = `the plugin ${plugin} ${version} gives ${id} a schema that is not understood: ${reasonOf(error)}`;
    throw new PluginProblem('TM6206', message, 'it has to be JSON Schema, without references to elsewhere');
  }
};
