import type { StatementFailed } from './database.ts';

/** Errors that no waiting mends: the statement itself is wrong, or not allowed. */
const LASTING = /^(?:42601|42501|0A000|28|ER_PARSE_ERROR|ER_TABLEACCESS_DENIED_ERROR|ER_SYNTAX_ERROR)/;

/** Whether the same statement may succeed later: a table, column or schema that is not there yet. */
export const canStillAppear = ({ code }: StatementFailed): boolean => !LASTING.test(code);
