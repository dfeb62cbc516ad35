export { type FluxProviderSettings, fluxProvider } from './flux-provider.ts';
