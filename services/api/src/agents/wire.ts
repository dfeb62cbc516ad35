import * as z from 'zod';

// What agents and the server say to each other. `libs/adapters/journal-remote` is the other side; both change together,
// and `PROTOCOL` says so: what is added must be left out by nobody's choice but an older version's.

/** Raised when an older side could not go on. */
export const PROTOCOL = 1;

/** Characters of events in one request; an agent sends more in several. */
export const MOST_CHARACTERS = 6_000_000;
/** Bytes of one body. */
export const MOST_BLOB_BYTES = 6_000_000;
/** Bytes of a request with any of these: what is escaped, or written as base64, is longer. */
export const LARGE_BYTES = 10 * 1024 * 1024;
/** Characters of one kept text. */
const MOST_SECRET_CHARACTERS = 4_000_000;

const runId = z.string().regex(/^[\w-]{1,64}$/);
/** Columns that count hold 32 bits. */
const MOST_COUNT = 2_147_483_647;
export const epoch = z.int().min(0).max(MOST_COUNT);
const held = { run_id: runId, epoch };
export const leaseMs = z.int().min(1000).max(600_000);

export const sessionRequest = z
  .strictObject({
    protocol: z.int(),
    version: z.string().max(100),
    host: z.string().max(255),
    slots: z.int().min(0).max(1000),
    pools: z.array(z.string().max(100)).max(100),
    labels: z.record(z.string().max(63), z.string().max(200)),
  })
  .meta({ id: 'AgentSessionRequest' });

export const sessionBody = z
  .object({
    protocol: z.int().describe('what this server speaks'),
    workspace: z.string(),
    agent: z.string().describe('the name it was given'),
    executor: z.string().describe('under which this process holds runs'),
    pools: z.array(z.string()).describe('those its token lets it take runs of'),
    server_time: z.number().describe('milliseconds since 1970'),
    environments: z.boolean().describe('whether runs of agents are given test environments'),
  })
  .meta({ id: 'AgentSession' });

export const claimRequest = z
  .strictObject({
    pools: z.array(z.string().max(100)).max(100),
    slots: z.int().min(0).max(1000),
    lease_ms: leaseMs,
    wait_ms: z.int().min(0).max(20_000).describe('for so long the answer may wait for a run'),
    known: z.array(z.strictObject(held)).max(5000).describe('what this process was given and heard of'),
  })
  .meta({ id: 'AgentClaimRequest' });

export const claimBody = z
  .object({
    runs: z.array(z.object({ ...held, workspace: z.string(), attempt: z.int(), ver: z.int() })),
  })
  .meta({ id: 'AgentClaim' });

export const heartbeatRequest = z
  .strictObject({ lease_ms: leaseMs, runs: z.array(z.strictObject(held)).max(1000) })
  .meta({ id: 'AgentHeartbeatRequest' });

export const heartbeatBody = z
  .object({
    runs: z.array(z.object({ ...held, lease: z.enum(['held', 'lost']), cancelled_by: z.string().optional() })),
  })
  .meta({ id: 'AgentHeartbeat' });

export const appendRequest = z
  .strictObject({
    batches: z
      .array(
        z.strictObject({
          ...held,
          expected_ver: z.int().min(0).max(MOST_COUNT),
          events: z.string().describe('a JSON array of events, as text: no digit of a number is lost on the way'),
        }),
      )
      .max(1000),
  })
  .meta({ id: 'AgentAppendRequest' });

export const appendBody = z
  .object({
    results: z.array(
      z.object({
        outcome: z.enum(['applied', 'already_applied', 'conflict', 'fenced', 'terminal', 'refused']),
        ver: z.int().optional(),
        epoch: z.int().optional(),
        reason: z.string().optional().describe('what is wrong with events that were refused'),
      }),
    ),
  })
  .meta({ id: 'AgentAppend' });

export const runParams = z.strictObject({ run_id: runId });
export const blobParams = z.strictObject({ hash: z.string().max(200) });
export const epochQuery = z.strictObject({ epoch: z.coerce.number().int().min(0).max(MOST_COUNT) });
export const eventsQuery = epochQuery.extend({ after: z.coerce.number().int().min(0).max(MOST_COUNT).default(0) });

export const eventsBody = z
  .object({
    events: z.array(z.json()).describe('in order, as the journal holds them'),
    more: z.boolean(),
  })
  .meta({ id: 'AgentEvents' });

export const releaseRequest = z
  .strictObject({ epoch, reason: z.string().max(2000) })
  .meta({ id: 'AgentReleaseRequest' });
export const releaseBody = z.object({ released: z.boolean() }).meta({ id: 'AgentRelease' });

export const secretRequest = z
  .strictObject({ epoch, name: z.string().min(1).max(2000), value: z.string().max(MOST_SECRET_CHARACTERS) })
  .meta({ id: 'AgentSecretRequest' });

export const inputsBody = z
  .object({
    values: z.record(z.string(), z.string()).describe('what was kept for the run, by name'),
    outbound: z.object({ allow: z.array(z.string()).nullable(), deny: z.array(z.string()) }),
  })
  .meta({ id: 'AgentRunInputs' });

export const blobRequest = z.strictObject({ epoch, base64: z.base64() }).meta({ id: 'AgentBlobRequest' });
export const hashBody = z.object({ hash: z.string() }).meta({ id: 'AgentBlobName' });
export const blobBody = z.object({ base64: z.string() }).meta({ id: 'AgentBlob' });
