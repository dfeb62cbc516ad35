import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { operatorRules, outboundPolicy } from '@testmesh/outbound';
import type { Delivery, Destination, OutboundPolicy, Send } from '@testmesh/ports';
import { SMTPServer } from 'smtp-server';
import { sendToChannels } from './send.ts';

const delivery: Delivery = {
  id: '0190a000-0000-7000-8000-0000000000d1',
  attempt: 1,
  destination: undefined,
  message: {
    event: 'failing',
    workspace: 'w1',
    title: 'schedule <nightly> began to fail',
    text: 'run r1 in staging failed: status == 200 does not hold',
    subject: { kind: 'schedule', id: 's1', name: '<nightly>' },
    environment: 'staging',
    runId: 'r1',
    createdAt: new Date('2026-01-01T00:00:00Z'),
  },
};
const NOW = 1_900_000_000_000;
const sender = (policy: OutboundPolicy | undefined, publicUrl?: string, timeLimitMs = 5000): Send =>
  sendToChannels({ outbound: async () => policy, clock: { now: () => NOW }, publicUrl, timeLimitMs });
const send = (destination: Destination, by: Send = sender(undefined)) => by({ ...delivery, destination });
const addressOf = (server: Pick<Server, 'address'>): number => (server.address() as AddressInfo).port;

describe('over HTTP', () => {
  let server: Server;
  let url: string;
  const seen: { readonly path: string; readonly headers: IncomingHttpHeaders; readonly body: string }[] = [];
  beforeAll(async () => {
    server = createServer((request, response) => {
      const path = request.url ?? '';
      const [, status = '200'] = /^\/status\/(\d+)/.exec(path) ?? [];
      void text(request).then((body) => {
        seen.push({ path, headers: request.headers, body });
        if (path === '/silent') return;
        if (status === '302') response.setHeader('location', '/elsewhere');
        response.statusCode = Number(status);
        response.end('said   the\nserver');
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    url = `http://127.0.0.1:${addressOf(server)}`;
  });
  beforeEach(() => {
    seen.length = 0;
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  test('a webhook is signed over its id, time and body, and says the same bytes at every attempt', async () => {
    const signingSecret = `whsec_${Buffer.from('0123456789abcdef01234567').toString('base64')}`;
    const to = { kind: 'webhook', url: `${url}/hook`, signingSecret } as const;
    expect(await send(to, sender(undefined, 'https://testmesh.example/'))).toEqual({ outcome: 'sent' });
    await send(to, sender(undefined, 'https://testmesh.example/'));
    const [first, second] = seen;
    const mac = createHmac('sha256', '0123456789abcdef01234567');
    const signed = mac.update(`${delivery.id}.1900000000.${first?.body}`).digest('base64');
    expect(first?.headers).toMatchObject({
      'webhook-id': delivery.id,
      'webhook-timestamp': '1900000000',
      'webhook-signature': `v1,${signed}`,
      'content-type': 'application/json',
    });
    expect(second?.body).toBe(first?.body);
    expect(JSON.parse(first?.body ?? '')).toEqual({
      id: delivery.id,
      type: 'notification.failing',
      timestamp: '2026-01-01T00:00:00.000Z',
      data: {
        workspace_id: 'w1',
        title: delivery.message.title,
        message: delivery.message.text,
        subject: delivery.message.subject,
        environment: 'staging',
        run_id: 'r1',
        url: 'https://testmesh.example/api/v1/workspaces/w1/executions/r1',
      },
    });
  });

  test('Slack gets text in which a name is no markup', async () => {
    expect(await send({ kind: 'slack', url })).toEqual({ outcome: 'sent' });
    const { text: title, attachments } = JSON.parse(seen[0]?.body ?? '{}');
    expect(title).toBe('schedule &lt;nightly&gt; began to fail');
    expect(attachments).toMatchObject([{ color: '#e01e5a', text: delivery.message.text }]);
  });

  test.each([
    [400, true],
    [404, true],
    [302, true],
    [408, false],
    [429, false],
    [500, false],
    [503, false],
  ])('the answer %d is final: %s', async (status, final) => {
    const error = `127.0.0.1:${addressOf(server)} answered ${status}: said the server`;
    const outcome = await send({ kind: 'slack', url: `${url}/status/${status}/SECRET` });
    expect(outcome).toEqual({ outcome: 'refused', error, final });
    expect(seen.map(({ path }) => path)).not.toContain('/elsewhere');
  });

  test('a server that does not answer is given up in time, and nothing says its whole address', async () => {
    const outcome = await send({ kind: 'slack', url: `${url}/silent` }, sender(undefined, undefined, 200));
    const error = `127.0.0.1:${addressOf(server)} did not answer in time`;
    expect(outcome).toEqual({ outcome: 'refused', error, final: false });
  });

  test('a server’s policy is kept: what it denies is not connected to, by address or by name', async () => {
    const denies = outboundPolicy(operatorRules({ TESTMESH_OUTBOUND_DENY: '127.0.0.0/8,::1' }, 'server'));
    for (const host of ['127.0.0.1', 'localhost']) {
      const outcome = await send({ kind: 'slack', url: `http://${host}:${addressOf(server)}/` }, sender(denies));
      expect(outcome).toMatchObject({ outcome: 'refused', final: true });
    }
    expect(seen).toEqual([]);
  });
});

describe('over SMTP', () => {
  let server: SMTPServer;
  let port: number;
  let inbox: { readonly from: string; readonly to: readonly string[]; readonly source: string }[] = [];
  beforeAll(async () => {
    server = new SMTPServer({
      authOptional: true,
      disabledCommands: ['STARTTLS'],
      allowInsecureAuth: true,
      onRcptTo: ({ address }, _session, done) => {
        const refusal = Object.assign(new Error('no such mailbox'), { responseCode: 550 });
        done(address.startsWith('nobody') ? refusal : null);
      },
      onData: (stream, { envelope }, done) => {
        void text(stream).then((source) => {
          const from = envelope.mailFrom === false ? '' : (envelope.mailFrom?.address ?? '');
          inbox.push({ from, to: envelope.rcptTo.map(({ address }) => address), source });
          done();
        });
      },
    });
    server.listen(0, '127.0.0.1');
    await once(server.server, 'listening');
    port = addressOf(server.server);
  });
  beforeEach(() => {
    inbox = [];
  });
  afterAll(() => new Promise<void>((resolve) => server.close(() => resolve())));

  const mail = (to: readonly string[], credentials = ''): Destination => ({
    kind: 'email',
    server: `smtp://${credentials}127.0.0.1:${port}`,
    from: 'TestMesh <testmesh@example.com>',
    to,
  });

  test('a mail arrives at every address, and its id is the delivery’s', async () => {
    expect(await send(mail(['ada@example.com', 'bob@example.com']))).toEqual({ outcome: 'sent' });
    expect(inbox).toMatchObject([{ from: 'testmesh@example.com', to: ['ada@example.com', 'bob@example.com'] }]);
    expect(inbox[0]?.source).toContain('Subject: schedule <nightly> began to fail');
    expect(inbox[0]?.source).toContain(`Message-ID: <${delivery.id}@testmesh>`);
    expect(inbox[0]?.source).toContain('status == 200 does not hold');
  });

  test('a mailbox that does not exist is refused for good', async () => {
    expect(await send(mail(['nobody@example.com']))).toMatchObject({ outcome: 'refused', final: true });
  });

  test('a password is not sent without TLS, nor said', async () => {
    const outcome = await send(mail(['ada@example.com'], 'user:hunter22@'));
    expect(outcome).toMatchObject({ outcome: 'refused' });
    expect(JSON.stringify(outcome)).not.toContain('hunter22');
    expect(inbox).toEqual([]);
  });

  test('a server that is not there, or that the policy denies, is named', async () => {
    const denies = outboundPolicy(operatorRules({ TESTMESH_OUTBOUND_DENY: '127.0.0.0/8' }, 'server'));
    expect(await send(mail(['ada@example.com']), sender(denies))).toMatchObject({ outcome: 'refused', final: true });
    const gone: Destination = {
      kind: 'email',
      server: 'smtp://127.0.0.1:1',
      from: 'a@example.com',
      to: ['b@example.com'],
    };
    expect(await send(gone)).toMatchObject({
      outcome: 'refused',
      final: false,
      error: expect.stringMatching(/^127\.0\.0\.1:1: /),
    });
    expect(inbox).toEqual([]);
  });
});
