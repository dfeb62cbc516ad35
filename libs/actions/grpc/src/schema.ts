// The driver-free face of grpc_call: validation, completion and documentation load this and nothing else.
import type { ActionSchema } from '@testmesh/contracts';
import { grpcCallConfig } from './config.ts';

export const grpcCallSchema = {
  type: 'grpc_call',
  aliases: ['grpc', 'grpc_stream'],
  summary: 'Call a gRPC method, unary or streaming, and look at the answer.',
  config: grpcCallConfig,
  keyAliases: {
    host: 'address',
    message: 'request',
    messages: 'requests',
    deadline: 'timeout',
    max_receive: 'max_messages',
    proto_file: 'proto',
    proto_files: 'proto',
    use_reflection: 'reflection',
    use_tls: 'tls',
  },
  files: ({ proto }) => (Array.isArray(proto) ? proto.map((_, index) => ['proto', index]) : [['proto']]),
  environmentKeys: ['address'],
  result: {
    status: { type: 'string', description: 'The name of the status: `OK`, `NOT_FOUND`, `DEADLINE_EXCEEDED`.' },
    code: { type: 'number', description: 'Its number: 0, 5, 4.' },
    response: { type: 'any', description: 'The answer; absent when there was none, `{messages}` for a stream.' },
    messages: { type: 'list', description: 'All answers, in order; one for a unary call.' },
    error_message: { type: 'string', description: 'What the server said about a status that is not OK, else empty.' },
    metadata: {
      type: 'object',
      description: 'Metadata that came before the answer; several values joined with a comma.',
    },
    trailers: { type: 'object', description: 'Metadata that came after it.' },
    duration_ms: { type: 'number', description: 'From the call to its status.' },
  },
  resultAliases: {
    status_code: 'status',
    body: 'response',
    message: 'response',
    headers: 'metadata',
    latency_ms: 'duration_ms',
  },
  effect: () => 'once',
  checksByItself: true,
  example: `flow:
  name: Recommendations for a user
  steps:
    - id: recommend
      action: grpc_call
      config:
        address: localhost:5005
        service: testmesh.demo.RecommendationService
        method: GetRecommendations
        request: { user_id: u-1, limit: 3 }
        timeout: 5s
      assert:
        - status == "OK"
        - len(response.products) <= 3
`,
} as const satisfies ActionSchema;

export const schemas: readonly ActionSchema[] = [grpcCallSchema];
