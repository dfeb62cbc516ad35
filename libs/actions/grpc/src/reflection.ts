// Asks a server which services it has and what their messages look like.
import { type Client, Metadata, status as Status } from '@grpc/grpc-js';
import protobuf, { type NamespaceBase, type Root, type Type } from 'protobufjs';
import descriptor from 'protobufjs/ext/descriptor/index.js';
import { call } from './call.ts';
import { connectionTrouble } from './outcome.ts';
import { GrpcProblem } from './problem.ts';

// Both versions of the protocol have these messages, field for field; only the name of the service differs.
const MESSAGES = protobuf.Root.fromJSON({
  nested: {
    Request: {
      oneofs: { what: { oneof: ['file_by_filename', 'file_containing_symbol', 'list_services'] } },
      fields: {
        file_by_filename: { type: 'string', id: 3 },
        file_containing_symbol: { type: 'string', id: 4 },
        list_services: { type: 'string', id: 7 },
      },
    },
    Files: { fields: { file_descriptor_proto: { rule: 'repeated', type: 'bytes', id: 1 } } },
    Service: { fields: { name: { type: 'string', id: 1 } } },
    Services: { fields: { service: { rule: 'repeated', type: 'Service', id: 1 } } },
    Refusal: { fields: { error_code: { type: 'int32', id: 1 }, error_message: { type: 'string', id: 2 } } },
    Response: {
      fields: {
        file_descriptor_response: { type: 'Files', id: 4 },
        list_services_response: { type: 'Services', id: 6 },
        error_response: { type: 'Refusal', id: 7 },
      },
    },
  },
});
const REQUEST = MESSAGES.lookupType('Request');
const RESPONSE = MESSAGES.lookupType('Response');
const VERSIONS = ['grpc.reflection.v1.ServerReflection', 'grpc.reflection.v1alpha.ServerReflection'];

interface Answer {
  readonly file_descriptor_response?: { readonly file_descriptor_proto: readonly Uint8Array[] } | null;
  readonly list_services_response?: { readonly service: readonly { readonly name: string }[] } | null;
  readonly error_response?: { readonly error_code: number; readonly error_message: string } | null;
}

interface FileProto {
  readonly name: string;
  readonly dependency: readonly string[];
}

export interface Server {
  readonly client: Client;
  /** For what a person reads. */
  readonly address: string;
  readonly deadline: Date;
  readonly signal: AbortSignal;
}

type Ask = (request: Record<string, string>) => Promise<Answer>;

/** The names of the services a server offers, itself without the reflection service. */
const servicesOf = async (ask: Ask): Promise<readonly string[]> => {
  const { list_services_response: list } = await ask({ list_services: '*' });
  return (list?.service ?? []).map(({ name }) => name).filter((name) => !name.startsWith('grpc.reflection.'));
};

/** What a server says about one of its services, whose name may come without its package. */
export const rootOfServer = async (server: Server, service: string): Promise<Root> => {
  const ask = await conversation(server);
  const names = await servicesOf(ask);
  const same = names.filter((name) => name === service || name.endsWith(`.${service}`));
  const name = names.includes(service) ? service : same.length === 1 ? same[0] : undefined;
  if (name === undefined)
    throw new GrpcProblem(
      'TM4404',
      `${server.address} has no service ${service}; it has ${names.join(', ') || 'none'}`,
    );
  return rootOf(await filesFor(name, ask));
};

/** Finds the version of the protocol that the server speaks. */
const conversation = async (server: Server): Promise<Ask> => {
  for (const version of VERSIONS) {
    const ask: Ask = async (request) => {
      const answer = await askOnce(server, version, request);
      if (answer === undefined) throw noReflection(server.address);
      return answer;
    };
    if (await askOnce(server, version, { list_services: '*' })) return ask;
  }
  throw noReflection(server.address);
};

const noReflection = (address: string): GrpcProblem =>
  new GrpcProblem(
    'TM4403',
    `${address} does not describe its services (no server reflection)`,
    'give its `.proto` files under `proto`',
  );

/** Undefined when the server does not have this version. */
const askOnce = async (
  { client, address, deadline, signal }: Server,
  version: string,
  request: Record<string, string>,
): Promise<Answer | undefined> => {
  const outcome = await call({
    client,
    path: `/${version}/ServerReflectionInfo`,
    requests: [REQUEST.encode(request).finish()],
    metadata: new Metadata(),
    deadline,
    enough: 1,
    signal,
  });
  if (outcome.code === Status.UNIMPLEMENTED) return undefined;
  const trouble = connectionTrouble(outcome, address);
  if (trouble) throw trouble;
  const [bytes] = outcome.answers;
  if (outcome.code !== Status.OK || bytes === undefined)
    throw new GrpcProblem(
      'TM4403',
      `${address} did not describe its services: ${Status[outcome.code]} ${outcome.details}`,
    );
  const answer = RESPONSE.decode(bytes) as Answer;
  if (answer.error_response)
    throw new GrpcProblem('TM4403', `${address} did not describe its services: ${answer.error_response.error_message}`);
  return answer;
};

/** The file that defines a service and everything it imports. */
const filesFor = async (service: string, ask: Ask): Promise<readonly FileProto[]> => {
  const files = new Map<string, FileProto>();
  const take = ({ file_descriptor_response: found }: Answer): void => {
    for (const bytes of found?.file_descriptor_proto ?? []) {
      const file = descriptor.FileDescriptorProto.decode(bytes) as unknown as FileProto;
      files.set(file.name, file);
    }
  };
  take(await ask({ file_containing_symbol: service }));
  const missing = (): string | undefined =>
    [...files.values()].flatMap(({ dependency }) => dependency).find((name) => !files.has(name));
  for (let name = missing(); name !== undefined; name = missing()) {
    take(await ask({ file_by_filename: name }));
    if (!files.has(name))
      throw new GrpcProblem('TM4403', `the server did not send ${name}, which its own files import`);
  }
  return [...files.values()];
};

const rootOf = (files: readonly FileProto[]): Root => {
  const set = descriptor.FileDescriptorSet.create({ file: files } as never);
  const { fromDescriptor } = protobuf.Root as unknown as { fromDescriptor: (set: object) => Root };
  const root = fromDescriptor(set);
  restoreMaps(root);
  root.resolveAll();
  return root;
};

/** A descriptor writes `map<K, V>` as a list of entry messages; make it a map again. */
const restoreMaps = (parent: NamespaceBase): void => {
  for (const nested of parent.nestedArray) if (nested instanceof protobuf.Namespace) restoreMaps(nested);
  if (!(parent instanceof protobuf.Type)) return;
  for (const field of parent.fieldsArray) {
    const entry = field.repeated ? parent.lookup(field.type, [protobuf.Type]) : null;
    if (!(entry instanceof protobuf.Type) || !isMapEntry(entry)) continue;
    const { key, value } = entry.fields;
    if (!key || !value) continue;
    parent.remove(field);
    parent.add(new protobuf.MapField(field.name, field.id, key.type, value.type));
  }
};

const isMapEntry = ({ options = {} }: Type): boolean => options['map_entry'] === true || options['mapEntry'] === true;
