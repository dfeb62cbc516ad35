import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';

const program = `
  import { actionContext } from '@testmesh/testing';
  import { kafkaConsumer } from './src/consumer.ts';
  const config = JSON.parse(process.argv[1]);
  const context = actionContext();
  await kafkaConsumer.prepare(config, context);
  console.log('ready');
  await kafkaConsumer.perform(config, context);
  await context.close();
`;

/** A process that waits for a message, and what Node warned of in it: Jest's own `process` hears no warnings. */
export const waiting = (config: { brokers: string; topic: string; timeout: string }) => {
  const args = ['--input-type=module', '--eval', program, JSON.stringify(config)];
  const { NODE_OPTIONS: _, ...env } = process.env;
  const child = spawn(process.execPath, args, { cwd: join(import.meta.dirname, '..'), env, timeout: 30_000 });
  const ready = new Promise((resolve) => child.stdout.once('data', resolve));
  return { ready, warnings: text(child.stderr) };
};
