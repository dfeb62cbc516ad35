import type { ActionContext, ActionOutcome } from '@testmesh/action-kit';
import { UnusableConnection } from './address.ts';
import type { ConnectionConfig } from './config.ts';
import type { Sql } from './database.ts';
import { explainFailure } from './failure.ts';
import { type Session, sessionOf } from './session.ts';
import { shownExchange } from './shown.ts';
import type { Dialect } from './statement.ts';

export interface Task {
  readonly connection: ConnectionConfig;
  readonly statements: readonly Sql[];
  readonly context: ActionContext;
  /** Set for actions that speak to one kind of database. */
  readonly only?: Dialect;
}

/** Does work on the run's session for a connection; what a database can do wrong becomes an outcome. */
export const onSession = async (
  { connection, statements, context, only }: Task,
  work: (session: Session) => Promise<ActionOutcome>,
): Promise<ActionOutcome> => {
  let session: Session | undefined;
  try {
    session = await sessionOf(connection, context);
    if (only !== undefined && session.address.dialect !== only) {
      throw new UnusableConnection('the postgresql.* actions speak to PostgreSQL; use database_query here');
    }
    return await work(session);
  } catch (error) {
    context.signal.throwIfAborted();
    const failure = explainFailure(error, session?.address);
    if (failure === undefined) throw error;
    const exchange = session && shownExchange(statements, session.address, { failed: failure.code });
    return { kind: 'not-carried-out', ...failure, ...(exchange && { exchange }) };
  }
};
