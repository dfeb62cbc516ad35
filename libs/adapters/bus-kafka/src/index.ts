export { type KafkaBusSettings, kafkaBus } from './kafka-bus.ts';
export { ensureTopic, JOURNAL_TOPIC, type TopicSettings } from './topic.ts';
