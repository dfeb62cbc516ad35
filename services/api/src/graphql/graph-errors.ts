import { PROBLEMS, Problem } from '@testmesh/contracts';
import { GraphQLError, type GraphQLFormattedError } from 'graphql';

/** Errors as they are answered: with the code that the REST API gives the same problem, and nothing of what is ours alone. */
export const formatted =
  (onFailure: (error: Error) => void) =>
  (error: GraphQLError): GraphQLFormattedError => {
    const { message, locations, path, extensions } = error;
    const place = { ...(locations && { locations }), ...(path && { path }) };
    const cause = error.originalError;
    if (cause instanceof Problem) {
      const { code, errors } = cause;
      const { status } = PROBLEMS[code];
      return { message: cause.message, ...place, extensions: { code, status, ...(errors.length > 0 && { errors }) } };
    }
    if (cause === undefined || cause === null || cause instanceof GraphQLError) {
      return { message, ...place, extensions: { code: 'invalid-request', status: 400, ...extensions } };
    }
    onFailure(cause);
    const text = 'the server failed; its log says why, under the id of this request';
    return { message: text, ...place, extensions: { code: 'internal', status: 500 } };
  };
