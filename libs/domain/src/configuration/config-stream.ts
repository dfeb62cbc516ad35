/** The stream that keeps every change of a workspace's configuration, and of its test environments. */
export const configStream = (workspace: string): string => `config-${workspace}`;
