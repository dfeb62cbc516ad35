/** Codes of grpc_call. A server that cannot be reached keeps the system's code (`ECONNREFUSED`) or gRPC's (`UNAVAILABLE`). */
export const tm4Grpc = {
  TM4402: {
    title: 'a .proto file cannot be used',
    explanation:
      'The file, or one that it imports, could not be read or is not written in the protobuf language. Imports are looked for in `import_paths`, beside the importing file, and at the project root.',
    example: {
      wrong: `config:
  proto: protos/user.proto`,
      right: `config:
  proto: protos/user.proto
  import_paths: [protos, third_party]`,
    },
  },
  TM4403: {
    title: 'the server does not describe its services',
    explanation:
      'Without `proto` the server is asked through gRPC server reflection (v1, then v1alpha). This one does not offer it, or its answer is incomplete.',
    example: {
      wrong: `config:
  address: localhost:5005
  service: demo.UserService
  method: GetUser`,
      right: `config:
  address: localhost:5005
  service: demo.UserService
  method: GetUser
  proto: protos/user.proto`,
    },
  },
  TM4404: {
    title: 'there is no such service or method',
    explanation:
      'The server, or the `.proto` files, have no service or method of that name. The message lists those there are.',
    example: {
      wrong: `config:
  service: demo.UserService
  method: getUser`,
      right: `config:
  service: demo.UserService
  method: GetUser`,
    },
  },
  TM4405: {
    title: 'the request does not fit the method',
    explanation:
      'A field does not exist in the message, a value has another type or is out of range, two members of a oneof are given, several requests go to a method that takes one, or metadata cannot be sent. The message names the place.',
    example: {
      wrong: `config:
  method: GetUser
  request: { userid: u-1 }`,
      right: `config:
  method: GetUser
  request: { user_id: u-1 }`,
    },
  },
  TM4406: {
    title: 'the stream has too many messages',
    explanation:
      'The server sent more than 10000 messages. `max_messages` leaves the stream after as many as are needed.',
    example: {
      wrong: `config:
  method: Watch`,
      right: `config:
  method: Watch
  max_messages: 10`,
    },
  },
  TM4407: {
    title: 'the TLS settings cannot be used',
    explanation: 'A certificate or key could not be read as PEM, or a client certificate was given without its key.',
    example: {
      wrong: `config:
  tls: { cert: client.pem }`,
      right: `config:
  tls: { cert: client.pem, key: client.key }`,
    },
  },
} as const;
