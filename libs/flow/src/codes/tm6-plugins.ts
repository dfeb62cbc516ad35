import type { CodeText } from './code-text.ts';

/** What may stand in the way of a plugin before anything is sent. */
export const tm6Plugins = {
  TM6201: {
    title: 'a plugin cannot be found',
    explanation:
      'A package is sought in the `node_modules` of the folder that holds testmesh.yaml and of those above it, a path from that folder on. A plugin is not installed by TestMesh: add it to the project like any other development dependency.',
    example: { wrong: 'plugins:\n  - "@acme/testmesh-k9s"', right: 'plugins:\n  - "@acme/testmesh-k8s"' },
  },
  TM6202: {
    title: 'a plugin broke while it was loaded',
    explanation:
      'Its module threw. The message is the plugin’s own; nothing was sent. A module that opens connections when it is imported is better off doing so when an action runs.',
    example: {
      wrong: 'const client = connect(process.env.CLUSTER);   // throws without CLUSTER\nexport const plugin = …',
      right: 'export const plugin = …   // and connect within `run`',
    },
  },
  TM6203: {
    title: 'what was loaded is no plugin of this version',
    explanation:
      'A plugin exports `plugin`, made by `definePlugin({ actions: […] })` of `@testmesh/action-kit`. It carries the version of the kit it was written with, which has to be the one this testmesh speaks. Each of its actions has a type, a summary, a zod schema of its config and a function that carries it out.',
    example: {
      wrong: 'export const actions = [greet];',
      right: 'export const plugin = definePlugin({ actions: [greet] });',
    },
  },
  TM6204: {
    title: 'the name of an action is taken',
    explanation:
      'A plugin cannot replace an action that TestMesh brings, nor one of another plugin: which of them a flow means would depend on who was loaded first.',
    example: { wrong: "type: 'http_request'", right: "type: 'acme_request'" },
  },
  TM6205: {
    title: 'a plugin is not allowed here',
    explanation:
      'A server loads the plugins that its operator names in TESTMESH_PLUGINS and no others, whatever a project asks for. On a person’s machine a plugin that is a process of its own may be asked on loopback; any other address has to be named in TESTMESH_PLUGINS.',
    example: {
      wrong: 'plugins:\n  - url: http://plugins.acme:7000',
      right: 'plugins:\n  - url: http://127.0.0.1:7000',
    },
  },
  TM6206: {
    title: 'a plugin process does not say what it can do',
    explanation:
      'A plugin that is named by an address answers `GET /info` with its name, its version and its actions with the JSON Schema of their configs. It did not answer in time, or not with that.',
    example: {
      wrong: '{"actions": ["greet"]}',
      right: '{"id": "greeter", "version": "1.0.0", "actions": [{"id": "greet", "schema": {"type": "object"}}]}',
    },
  },
} as const satisfies Readonly<Record<string, CodeText>>;
