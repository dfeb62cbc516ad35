import { randomBytes } from 'node:crypto';
import type { Channel, ChannelContent, ChannelSecrets } from '@testmesh/store-postgres';
import * as z from 'zod';
import { instant, thingName } from '../configuration/wire.ts';

const event = z.enum(['failing', 'recovered', 'passed']);
const about = z.enum(['schedule', 'suite', 'flow']);

const kept = 'never given out again; what is not sent with a change stays as it is';
const webAddress = z
  .url({ protocol: /^https?$/ })
  .max(2000)
  .optional();

const common = {
  name: thingName,
  enabled: z.boolean().default(true),
  events: z
    .array(event)
    .max(3)
    .default(['failing', 'recovered'])
    .describe('`passed` is told of schedules that ask for it'),
  about: z
    .array(about)
    .max(3)
    .default(['schedule', 'suite'])
    .describe('`flow`: runs of stored flows that neither a schedule nor a suite asked for'),
};

/** What POST and PUT take. */
export const channelRequest = z
  .discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('slack'), ...common, url: webAddress.describe(`an incoming webhook; ${kept}`) }),
    z.strictObject({
      kind: z.literal('webhook'),
      ...common,
      url: webAddress.describe(kept),
      signing_secret: z
        .string()
        .min(16)
        .max(200)
        .regex(/^(?!whsec_)|^whsec_[A-Za-z0-9+/]{24,}={0,2}$/, 'after whsec_ a secret is base64 of at least 18 bytes')
        .optional()
        .describe(`made where a new channel brings none, and shown that once; ${kept}`),
    }),
    z.strictObject({
      kind: z.literal('email'),
      ...common,
      server: z
        .url({ protocol: /^smtps?$/ })
        .max(2000)
        .optional()
        .describe(`\`smtps://user:password@host:port\`; ${kept}`),
      from: z.string().min(3).max(320).describe('the sender: `TestMesh <testmesh@example.com>`'),
      to: z.array(z.email()).max(50).default([]).describe("beside a schedule's own addresses"),
    }),
  ])
  .meta({ id: 'NotificationChannelRequest' });
type ChannelRequest = z.output<typeof channelRequest>;

export const channelBody = z
  .object({
    id: z.guid(),
    name: z.string(),
    kind: z.enum(['slack', 'webhook', 'email']),
    enabled: z.boolean(),
    events: z.array(event),
    about: z.array(about),
    target: z.string().describe('the host it sends to'),
    from: z.string().nullable(),
    to: z.array(z.string()),
    version: z.int(),
    created_at: instant,
    updated_at: instant,
  })
  .meta({ id: 'NotificationChannel' });

interface Given {
  readonly content: ChannelContent;
  /** Only those that were sent. */
  readonly secrets: ChannelSecrets;
}

/** A request as it is kept; the host of an address that was not sent is the one that is known. */
export const givenBy = (request: ChannelRequest, before?: Channel): Given => {
  const { name, kind, enabled, events, about: subjects } = request;
  const address = kind === 'email' ? request.server : request.url;
  const target = address === undefined ? (before?.settings['target'] ?? '') : new URL(address).host;
  const settings = kind === 'email' ? { target, from: request.from, to: request.to } : { target };
  const content = { name, kind, enabled, events: [...new Set(events)], about: [...new Set(subjects)], settings };
  return { content, secrets: secretsOf(request) };
};

const secretsOf = (request: ChannelRequest): ChannelSecrets => {
  if (request.kind === 'email') return request.server === undefined ? {} : { server: request.server };
  const signing = request.kind === 'webhook' ? request.signing_secret : undefined;
  return {
    ...(request.url !== undefined && { url: request.url }),
    ...(signing !== undefined && { signing_secret: signing }),
  };
};

export const newSigningSecret = (): string => `whsec_${randomBytes(32).toString('base64')}`;

export const channelOf = (channel: Channel) => ({
  id: channel.id,
  name: channel.name,
  kind: channel.kind,
  enabled: channel.enabled,
  events: channel.events,
  about: channel.about,
  target: String(channel.settings['target'] ?? ''),
  from: (channel.settings['from'] as string | undefined) ?? null,
  to: (channel.settings['to'] as readonly string[] | undefined) ?? [],
  version: channel.version,
  created_at: channel.createdAt.toISOString(),
  updated_at: channel.updatedAt.toISOString(),
});
