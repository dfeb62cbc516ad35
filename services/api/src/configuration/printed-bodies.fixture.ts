// The bodies of POST /api/v1/environments as the guide prints them.
export const PRINTED_ENVIRONMENTS = [
  {
    name: 'staging',
    color: '#F59E0B',
    variables: [
      {
        key: 'AUTH_TOKEN',
        value: 'stg-token-abc',
        is_secret: true,
        enabled: true,
      },
    ],
    routing: {
      services: {
        'user-api': 'http://user-service.staging.svc.cluster.local:5001',
        'order-api': 'http://order-service.staging.svc.cluster.local:5003',
        'product-api': 'http://product-service.staging.svc.cluster.local:5002',
        postgres: 'postgres://app:pass@rds-staging.cluster.example.com:5432/app',
        redis: 'redis://elasticache-staging.abc.cache.amazonaws.com:6379',
        kafka: 'b-1.msk-staging.abc.kafka.us-east-1.amazonaws.com:9092',
      },
      overrides: {
        database_query: {
          connection_string: '${service.postgres}',
        },
        kafka_producer: {
          brokers: '${service.kafka}',
        },
        kafka_consumer: {
          brokers: '${service.kafka}',
        },
      },
    },
  },
  {
    name: 'production',
    color: '#EF4444',
    variables: [
      {
        key: 'AUTH_TOKEN',
        value: 'prod-token-xyz',
        is_secret: true,
        enabled: true,
      },
    ],
    routing: {
      services: {
        'user-api': 'http://user-service.production.svc.cluster.local:5001',
        'order-api': 'http://order-service.production.svc.cluster.local:5003',
        'product-api': 'http://product-service.production.svc.cluster.local:5002',
        postgres: 'postgres://app:pass@rds-prod.cluster.example.com:5432/app',
        redis: 'redis://elasticache-prod.xyz.cache.amazonaws.com:6379',
        kafka: 'b-1.msk-prod.xyz.kafka.us-east-1.amazonaws.com:9092',
      },
      overrides: {
        database_query: {
          connection_string: '${service.postgres}',
        },
        kafka_producer: {
          brokers: '${service.kafka}',
        },
        kafka_consumer: {
          brokers: '${service.kafka}',
        },
      },
    },
  },
  {
    name: 'aws-staging',
    routing: {
      services: {
        postgres: 'postgres://app:${DB_PASS}@mydb.cluster-abc.us-east-1.rds.amazonaws.com:5432/app',
        redis: 'rediss://myredis.abc.0001.use1.cache.amazonaws.com:6379',
        kafka:
          'b-1.mycluster.abc.c3.kafka.us-east-1.amazonaws.com:9092,b-2.mycluster.abc.c3.kafka.us-east-1.amazonaws.com:9092',
      },
    },
  },
  {
    name: 'gcp-staging',
    routing: {
      services: {
        postgres: 'postgres://app:${DB_PASS}@/app?host=/cloudsql/project:region:instance',
        redis: 'redis://10.0.0.5:6379',
        pubsub: 'projects/my-project/topics',
      },
    },
  },
  {
    name: 'azure-staging',
    routing: {
      services: {
        postgres: 'postgres://app@myserver:${DB_PASS}@myserver.postgres.database.azure.com:5432/app',
        redis: 'rediss://:${REDIS_PASS}@myredis.redis.cache.windows.net:6380',
      },
    },
  },
] as const;
