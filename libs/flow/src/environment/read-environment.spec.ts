import { describe, expect, test } from '@jest/globals';
import { catalogue } from '../reading/catalogue.fixture.ts';
import { readEnvironment } from './read-environment.ts';

const read = (text: string) => readEnvironment({ file: 'environments/staging.yaml', text }, 'staging', catalogue);
const found = async (text: string) =>
  (await read(text)).diagnostics.map(({ code, span }) => `${code} ${span.line}:${span.column}`);

// The body of the guide's request, which is JSON and therefore YAML.
const PRINTED = `{
"name": "staging",
"color": "#F59E0B",
"variables": [
{ "key": "AUTH_TOKEN", "value": "stg-token-abc", "is_secret": true, "enabled": true },
{ "key": "OLD", "value": "x", "enabled": false }
],
"routing": {
"services": {
"user-api": "http://user-service.staging.svc.cluster.local:5001",
"postgres": "postgres://app:pass@rds-staging.cluster.example.com:5432/app"
},
"overrides": {
"database_query": {
"connection_string": "\${service.postgres}"
},
"kafka_consumer": { "brokers": "\${service.kafka}" }
},
"headers": { "X-Env": "\${NAME}" }
}
}`;

describe('an environment', () => {
  test('is read as the guide prints it', async () => {
    const { environment, diagnostics } = await read(PRINTED);
    expect(diagnostics).toEqual([]);
    expect(environment).toMatchObject({ name: 'staging', protected: false, text: PRINTED });
    expect(environment?.variables.map(({ name, secret }) => [name, secret])).toEqual([['AUTH_TOKEN', true]]);
    expect(environment?.services.map(({ name }) => name)).toEqual(['user-api', 'postgres']);
    expect([...(environment?.overrides.keys() ?? [])]).toEqual(['database_query', 'kafka_consumer']);
    expect(environment?.overrides.get('database_query')).toMatchObject({
      kind: 'map',
      entries: [{ key: 'connection' }],
    });
    expect([...(environment?.mentions ?? [])].sort()).toEqual(['NAME', 'service.kafka', 'service.postgres']);
  });

  test('may be written shorter', async () => {
    const { environment, diagnostics } = await read(
      'protected: true\nvariables: { A: 1, TOKEN: { value: long-enough-secret, is_secret: true } }\nservices: { user-api: "http://a" }\noverrides: { kafka_consume: { max_messages: 3 } }',
    );
    expect(diagnostics).toEqual([]);
    expect(environment).toMatchObject({ name: 'staging', protected: true });
    expect(environment?.variables.map(({ name, secret }) => [name, secret])).toEqual([
      ['A', false],
      ['TOKEN', true],
    ]);
    expect(environment?.overrides.get('kafka_consumer')).toMatchObject({ kind: 'constant', value: { count: 3 } });
  });

  test.each([
    ['an unknown key', 'varaibles: {}', ['TM1101 1:1']],
    ['a list', '- a', ['TM1103 1:1']],
    ['a variable without a key', 'variables: [{ value: 1 }]', ['TM1102 1:13']],
    ['a variable that is a text', 'variables: [a]', ['TM1103 1:13']],
    ['a variable twice', 'variables: [{ key: A, value: 1 }, { key: A, value: 2 }]', ['TM1003 1:42']],
    ['a short secret', 'variables: [{ key: PIN, value: "1234", is_secret: true }]', ['TM2015 1:20']],
    ['a service that is a map', 'services: { a: { b: c } }', ['TM1103 1:16']],
    ['services here and there', 'services: { a: b }\nrouting: { services: { a: c } }', ['TM1104 2:12']],
    ['an override of an unknown action', 'overrides: { databse_query: {} }', ['TM1201 1:14']],
    ['an override of one action twice', 'overrides: { http: {}, http_request: {} }', ['TM1104 1:24']],
    ['an unknown key of an override', 'overrides: { database_query: { conection: a } }', ['TM1203 1:32']],
    ['variables that lead in a circle', 'variables: { A: "${B}", B: "x ${A}" }', ['TM2009 1:14']],
    ['a header whose name is none', 'headers: { Bad Header: x }', ['TM1109 1:12']],
    ['a header with a line break', 'headers: { X-A: "a\\r\\nX-B: b" }', ['TM1205 1:17']],
    ['a header with a line break beside a name', 'headers: { X-A: "${B}\\n" }', ['TM1205 1:17']],
    ['an override of the wrong kind', 'overrides: { kafka_consumer: { count: many } }', ['TM1205 1:39']],
  ])('%s is told with its place', async (_what, text, expected) => {
    expect(await found(text)).toEqual(expected);
  });
});
