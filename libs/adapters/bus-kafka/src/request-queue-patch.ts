import RequestQueue from 'kafkajs/src/network/requestQueue/index.js';

// kafkajs re-arms a timer of about -now milliseconds whenever a response arrives. Node makes that 1 ms and warns
// (TimeoutNegativeWarning), and the timer arms itself again: an idle connection wakes a thousand times a second.
// With nothing pending and no throttling there is nothing to check.
const original = RequestQueue.prototype.scheduleCheckPendingRequests;

RequestQueue.prototype.scheduleCheckPendingRequests = function (this: typeof RequestQueue.prototype): void {
  if (this.pending.length === 0 && this.throttledUntil <= Date.now()) return;
  original.call(this);
};
