import type { Action } from '@testmesh/action-kit';
import { kafkaAdminCreateTopic, kafkaAdminDeleteTopic, kafkaAdminTopics } from './admin.ts';
import { kafkaConsumer } from './consumer.ts';
import { kafkaProducer } from './producer.ts';

export const actions: readonly Action[] = [
  kafkaProducer,
  kafkaConsumer,
  kafkaAdminTopics,
  kafkaAdminCreateTopic,
  kafkaAdminDeleteTopic,
];

export { kafkaAdminCreateTopic, kafkaAdminDeleteTopic, kafkaAdminTopics, kafkaConsumer, kafkaProducer };
