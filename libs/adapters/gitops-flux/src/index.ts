export { type FluxProviderSettings, fluxProvider } from './flux-provider.ts';
export { FluxWatches } from './flux-watches.ts';
