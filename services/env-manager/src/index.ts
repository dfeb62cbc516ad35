export { createEnvManager, type EnvManager, type EnvManagerParts } from './env-manager.ts';
export { type EnvManagerSettings, envManagerSettings } from './settings.ts';
