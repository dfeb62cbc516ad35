import type { Delivery, Message } from '@testmesh/ports';

const COLOURS: Readonly<Record<Message['event'], string>> = {
  passed: '#36a64f',
  recovered: '#36a64f',
  failing: '#e01e5a',
  test: '#1264a3',
};

/** Where the run can be looked at; null where nobody said how the server is reached. */
export const linkOf = (publicUrl: string | undefined, { runId, subject, workspace }: Message): string | null => {
  if (publicUrl === undefined || runId === null) return null;
  const base = `${publicUrl.replace(/\/+$/, '')}/api/v1/workspaces/${workspace}`;
  return subject?.kind === 'suite' ? `${base}/suites/${subject.id}/runs/${runId}` : `${base}/executions/${runId}`;
};

/** Slack reads `&`, `<` and `>` as its own. */
const plain = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

/** An incoming webhook's message; an attachment, for its colour. */
export const slackBody = ({ event, title, text, environment, createdAt }: Message, link: string | null): string =>
  JSON.stringify({
    text: plain(title),
    attachments: [
      {
        color: COLOURS[event],
        fallback: plain(`${title}: ${text}`),
        text: plain(text),
        ...(link !== null && { title: 'the run', title_link: link }),
        fields: environment === null ? [] : [{ title: 'environment', value: plain(environment), short: true }],
        ts: Math.floor(createdAt.getTime() / 1000),
      },
    ],
  });

/** The same bytes at every attempt. */
export const webhookBody = ({ id, message }: Delivery, link: string | null): string =>
  JSON.stringify({
    id,
    type: `notification.${message.event}`,
    timestamp: message.createdAt.toISOString(),
    data: {
      workspace_id: message.workspace,
      title: message.title,
      message: message.text,
      subject: message.subject,
      environment: message.environment,
      run_id: message.runId,
      url: link,
    },
  });

/** Text of a mail. */
export const mailText = ({ text }: Message, link: string | null): string =>
  [text, ...(link === null ? [] : [link]), '--', 'sent by TestMesh'].join('\n\n');
