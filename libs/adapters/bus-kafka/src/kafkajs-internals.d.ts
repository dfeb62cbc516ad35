// biome-ignore-all lint/style/noDefaultExport: this is how a CommonJS module looks from an ES module
declare module 'kafkajs/src/network/requestQueue/index.js' {
  const RequestQueue: {
    readonly prototype: {
      readonly pending: readonly unknown[];
      readonly throttledUntil: number;
      scheduleCheckPendingRequests(): void;
    };
  };
  export default RequestQueue;
}
