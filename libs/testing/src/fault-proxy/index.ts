export { type FaultProxy, type FaultProxyOptions, type ProxyFigures, startFaultProxy } from './fault-proxy.ts';
