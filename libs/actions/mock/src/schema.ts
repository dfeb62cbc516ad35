// The driver-free face of the mock servers: validation, completion and documentation load this and nothing else.
import type { ActionSchema } from '@testmesh/contracts';
import { mockConfigureConfig, mockResetConfig, mockStartConfig, mockStopConfig, mockVerifyConfig } from './config.ts';
import { answerFiles, endpointFaults, expectationFaults } from './faults.ts';
import { normaliseEndpoints } from './normalise.ts';

const SERVER_KEYS = { server_id: 'server', name: 'server' };
const SERVER_ID = { type: 'string', description: 'What names the server beside its name.' } as const;

const EXAMPLE = `flow:
  name: A payment gateway that is not there yet
  setup:
    - id: gateway
      action: mock_server_start
      config:
        name: gateway
        endpoints:
          - path: /charges/:order
            method: POST
            response:
              status: 201
              body: { order: "{{path.order}}", amount: "{{request.body.amount}}" }
  steps:
    - id: charge
      action: http_request
      config:
        method: POST
        url: \${gateway.base_url}/charges/o-1
        body: { amount: 59.98 }
      assert:
        - status == 201
        - body.amount == 59.98
    - id: charged_once
      action: mock_server_verify
      config:
        server: gateway
        assertions:
          - { path: /charges/o-1, method: POST, count: 1, body_matches: ["$.amount == 59.98"] }
`;

export const mockServerStartSchema = {
  type: 'mock_server_start',
  aliases: [],
  summary: 'Start an HTTP server that answers as the flow says; it goes with the run.',
  config: mockStartConfig,
  keyAliases: {},
  normalise: normaliseEndpoints,
  faults: endpointFaults,
  files: answerFiles,
  environmentKeys: [],
  result: {
    base_url: { type: 'string', description: 'Its address: `http://127.0.0.1:41234`.' },
    server_id: SERVER_ID,
    name: { type: 'string', description: 'Its name.' },
    host: { type: 'string', description: 'The host of the address.' },
    port: { type: 'number', description: 'The port of the address.' },
    status: { type: 'string', description: '`running`.' },
  },
  resultAliases: { url: 'base_url' },
  effect: () => 'once',
  checksByItself: false,
  example: EXAMPLE,
} as const satisfies ActionSchema;

export const mockServerConfigureSchema = {
  type: 'mock_server_configure',
  aliases: ['mock_server_update'],
  summary: 'Give a mock server other answers; they win over earlier ones of the same priority.',
  config: mockConfigureConfig,
  keyAliases: SERVER_KEYS,
  normalise: normaliseEndpoints,
  faults: endpointFaults,
  files: answerFiles,
  environmentKeys: [],
  result: {
    server_id: SERVER_ID,
    endpoints_added: { type: 'number', description: 'How many endpoints came.' },
    status: { type: 'string', description: '`configured`.' },
  },
  resultAliases: {},
  effect: () => 'once',
  checksByItself: false,
  example: EXAMPLE,
} as const satisfies ActionSchema;

export const mockServerVerifySchema = {
  type: 'mock_server_verify',
  aliases: [],
  summary: 'Check which requests a mock server received.',
  config: mockVerifyConfig,
  keyAliases: SERVER_KEYS,
  faults: expectationFaults,
  environmentKeys: [],
  result: {
    verified: { type: 'boolean', description: 'Whether every expectation held.' },
    count: { type: 'number', description: 'How many requests came in all.' },
    calls: {
      type: 'list',
      description: 'The requests: `method`, `path`, `query`, `headers`, `body`, `status`, `endpoint`, `at`.',
    },
    server_id: SERVER_ID,
  },
  resultAliases: { requests: 'calls' },
  effect: () => 'repeatable',
  checksByItself: true,
  example: EXAMPLE,
} as const satisfies ActionSchema;

export const mockServerResetSchema = {
  type: 'mock_server_reset',
  aliases: ['mock_server_reset_state'],
  summary: 'Forget what a mock server received, and give it its first state back.',
  config: mockResetConfig,
  keyAliases: SERVER_KEYS,
  environmentKeys: [],
  result: { server_id: SERVER_ID, status: { type: 'string', description: '`reset`.' } },
  resultAliases: {},
  effect: () => 'repeatable',
  checksByItself: false,
  example: EXAMPLE,
} as const satisfies ActionSchema;

export const mockServerStopSchema = {
  type: 'mock_server_stop',
  aliases: [],
  summary: 'Stop a mock server before the run ends.',
  config: mockStopConfig,
  keyAliases: SERVER_KEYS,
  environmentKeys: [],
  result: {
    server_id: SERVER_ID,
    status: { type: 'string', description: '`stopped`.' },
    count: { type: 'number', description: 'How many requests it had received.' },
  },
  resultAliases: {},
  effect: () => 'repeatable',
  checksByItself: false,
  example: EXAMPLE,
} as const satisfies ActionSchema;

export const schemas: readonly ActionSchema[] = [
  mockServerStartSchema,
  mockServerConfigureSchema,
  mockServerVerifySchema,
  mockServerResetSchema,
  mockServerStopSchema,
];
