import type { Keys, Shape } from '../reading/keys.ts';

const text: Shape = { kind: 'text' };
const values: Shape = { kind: 'values' };

export const VARIABLE_KEYS = {
  key: { shape: text, description: "The variable's name.", aliases: ['name'] },
  value: { shape: { kind: 'any' }, description: 'Its value; it may refer to other names.' },
  is_secret: { shape: { kind: 'boolean' }, description: 'Masks the value wherever it appears.', aliases: ['secret'] },
  enabled: { shape: { kind: 'boolean' }, description: 'False leaves the variable out.' },
  description: { shape: text, description: 'What it is for.' },
} as const satisfies Keys;

export const ROUTING_KEYS = {
  services: { shape: values, description: 'Addresses by the name that `${service.NAME}` uses.' },
  overrides: { shape: values, description: "Settings by action that lie under each step's own." },
  headers: { shape: values, description: 'Headers under those of each HTTP request.' },
} as const satisfies Keys;

export const ENVIRONMENT_KEYS = {
  name: { shape: text, description: 'What the environment is called.' },
  description: { shape: text, description: 'What it is.' },
  color: { shape: text, description: 'How the dashboard shows it.' },
  is_default: { shape: { kind: 'boolean' }, description: 'Whether the dashboard offers it first.' },
  protected: { shape: { kind: 'boolean' }, description: 'Whether a run here must be confirmed.' },
  variables: {
    shape: { kind: 'any' },
    description: 'Names and values, as a map or a list of {key, value, is_secret, enabled}.',
  },
  routing: { shape: { kind: 'keys', of: ROUTING_KEYS }, description: 'Where services are and how they are reached.' },
  ...ROUTING_KEYS,
} as const satisfies Keys;
