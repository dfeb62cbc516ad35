import protobuf, { type Method, type ReflectionObject, type Root, type Service, type Type } from 'protobufjs';
import { GrpcProblem } from './problem.ts';

/** A method with everything needed to call it. */
export interface Callable {
  readonly path: string;
  readonly request: Type;
  readonly response: Type;
  readonly takesStream: boolean;
  readonly givesStream: boolean;
}

/** Finds a method by its service, with its package or, when that is clear, without, and its name. */
export const findMethod = (root: Root, serviceName: string, methodName: string): Callable => {
  const service = findService(root, serviceName);
  const method = service.methods[methodName];
  if (method === undefined)
    throw new GrpcProblem(
      'TM4404',
      `${nameOf(service)} has no method ${methodName}; it has ${Object.keys(service.methods).join(', ') || 'none'}`,
    );
  return callable(service, method);
};

const findService = (root: Root, name: string): Service => {
  const all = servicesIn(root);
  const found = all.filter((service) => nameOf(service) === name);
  const matching = found.length > 0 ? found : all.filter((service) => service.name === name);
  const [service] = matching;
  if (service && matching.length === 1) return service;
  const names = all.map(nameOf).join(', ') || 'none';
  if (service) throw new GrpcProblem('TM4404', `several services are called ${name}; name its package: ${names}`);
  throw new GrpcProblem('TM4404', `there is no service ${name}; there are ${names}`);
};

const servicesIn = (parent: ReflectionObject): readonly Service[] => {
  if (parent instanceof protobuf.Service) return [parent];
  return parent instanceof protobuf.Namespace ? parent.nestedArray.flatMap(servicesIn) : [];
};

const nameOf = ({ fullName }: ReflectionObject): string => fullName.replace(/^\./, '');

const callable = (service: Service, method: Method): Callable => {
  method.resolve();
  const { resolvedRequestType: request, resolvedResponseType: response } = method;
  if (!request || !response)
    throw new GrpcProblem('TM4404', `the messages of ${nameOf(service)}.${method.name} are not defined`);
  return {
    path: `/${nameOf(service)}/${method.name}`,
    request,
    response,
    takesStream: method.requestStream === true,
    givesStream: method.responseStream === true,
  };
};
