/** Below this size Buffers share their memory. */
const OWN_MEMORY = 65_536;

/**
 * Gives the memory of bytes back that nobody reads any more. Left to the collector, every eighth answer of two megabytes has it
 * walk the whole heap, for longer than the answer took.
 */
export const letGo = (bytes: Buffer): void => {
  if (bytes.length > OWN_MEMORY) (bytes.buffer as ArrayBuffer).transfer(0);
};
