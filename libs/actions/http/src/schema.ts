// The driver-free face of http_request: validation, completion and documentation load this and nothing else.
import type { ActionSchema } from '@testmesh/contracts';
import type { ValueMap } from '@testmesh/domain';
import { httpRequestConfig } from './config.ts';
import { multipartFiles, requestFaults } from './faults.ts';

const REPEATABLE: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);

const methodOf = ({ method, graphql }: ValueMap): string => {
  if (typeof method === 'string') return method.toUpperCase();
  return graphql === undefined ? 'GET' : 'POST';
};

export const httpRequestSchema = {
  type: 'http_request',
  aliases: ['http'],
  summary: 'Send an HTTP request and look at the response.',
  config: httpRequestConfig,
  keyAliases: { query_params: 'params', query: 'params', form_data: 'form' },
  faults: requestFaults,
  files: multipartFiles,
  environmentKeys: [],
  result: {
    status: { type: 'number', description: 'The status code.' },
    body: {
      type: 'any',
      description:
        'Parsed when it is JSON, else its text; base64 when it is no text; an empty text when there is none.',
    },
    headers: { type: 'object', description: 'Lower-case names, text values; repeated ones joined with a comma.' },
    cookies: { type: 'object', description: 'Names and values of the cookies this response set.' },
    set_cookies: { type: 'list', description: 'The Set-Cookie lines as they came.' },
    content_type: { type: 'string', description: 'The media type without parameters, lower case.' },
    duration_ms: { type: 'number', description: 'From the first byte sent to the last byte received.' },
    size: { type: 'number', description: 'Bytes of the body, after decompression.' },
    url: { type: 'string', description: 'The address that answered, after redirects.' },
    saved_to: { type: 'string', description: 'The file that keeps the body, when `save_to_file` asked for it.' },
    redirects: { type: 'list', description: 'The addresses that redirected, in order.' },
  },
  resultAliases: { time: 'duration_ms', status_code: 'status' },
  effect: (config) => (REPEATABLE.has(methodOf(config)) ? 'repeatable' : 'once'),
  checksByItself: true,
  example: `flow:
  name: A user can be read back
  env:
    USER_SERVICE: http://localhost:5001
  steps:
    - id: create
      action: http_request
      config:
        method: POST
        url: \${USER_SERVICE}/api/v1/users
        body:
          name: Ada
          email: ada-\${RANDOM_ID}@example.com
      assert:
        - status == 201
        - body.name == "Ada"
      output:
        user_id: $.body.id
    - id: read
      action: http_request
      config:
        url: \${USER_SERVICE}/api/v1/users/\${user_id}
      assert:
        - status == 200
        - body.id == "\${user_id}"
`,
} as const satisfies ActionSchema;

export const schemas: readonly ActionSchema[] = [httpRequestSchema];
