export { type ChannelOptions, sendToChannels } from './send.ts';
export { signatureOf } from './signature.ts';
