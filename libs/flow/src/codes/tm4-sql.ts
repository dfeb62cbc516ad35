/** Codes of the SQL actions. What the server refuses keeps the server's own code: `42P01`, `28P01`, `ER_NO_SUCH_TABLE`. */
export const tm4Sql = {
  TM4101: {
    title: 'a connection that cannot be used',
    explanation:
      'The connection is no URL, no list of key=value words and no map; it names an unknown kind of database, an unknown setting, or no user.',
    example: {
      wrong: `config:
  connection: localhost:5432/shop
  query: SELECT 1`,
      right: `config:
  connection: postgresql://app:secret@localhost:5432/shop
  query: SELECT 1`,
    },
  },
  TM4102: {
    title: 'a query took too long',
    explanation: 'The query took longer than its `timeout` and was cancelled on the server.',
    example: {
      wrong: `config:
  connection: \${DB}
  query: SELECT pg_sleep(5)
  timeout: 1s`,
      right: `config:
  connection: \${DB}
  query: SELECT pg_sleep(5)
  timeout: 10s`,
    },
  },
  TM4103: {
    title: 'the parameters do not fit the query',
    explanation:
      'The query uses a parameter that `params` does not give, or `params` gives one that the query never uses. A list belongs to `$1`, `$2` or `?`, a map to `:name`.',
    example: {
      wrong: `config:
  connection: \${DB}
  query: SELECT * FROM orders WHERE id = :order_id
  params: { id: 5 }`,
      right: `config:
  connection: \${DB}
  query: SELECT * FROM orders WHERE id = :order_id
  params: { order_id: 5 }`,
    },
  },
  TM4104: {
    title: 'the result is too large',
    explanation:
      'The rows together are larger than `max_result_size` (64 MiB unless the step says otherwise). The query was cancelled and nothing of it was kept.',
    example: {
      wrong: `config:
  connection: \${DB}
  query: SELECT * FROM audit_log`,
      right: `config:
  connection: \${DB}
  query: SELECT count(*) AS entries FROM audit_log`,
    },
  },
  TM4105: {
    title: 'the session with the database was lost',
    explanation:
      'The server or the network ended the session while a query was under way, so whether it took effect is not known. The next step opens a new session; settings and temporary tables of the old one are gone.',
    example: {
      wrong: `config:
  connection: \${DB}
  query: SELECT pg_terminate_backend(pg_backend_pid())`,
      right: `config:
  connection: \${DB}
  query: SELECT pg_backend_pid()`,
    },
  },
} as const;
