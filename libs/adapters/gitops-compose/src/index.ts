export { type ComposeProviderSettings, composeProvider } from './compose-provider.ts';
