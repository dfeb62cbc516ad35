const GRACE_MS = 1000;

/** Closes politely, and cuts the sockets when that takes too long: kafkajs waits for answers a dead broker never gives. */
export const closeWithin = async (close: () => Promise<void>, cut: () => void): Promise<void> => {
  let timer: NodeJS.Timeout | undefined;
  const grace = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, GRACE_MS);
  });
  try {
    await Promise.race([close(), grace]);
  } finally {
    clearTimeout(timer);
    cut();
  }
};
