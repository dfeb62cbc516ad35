// Ends this process soon after the one that started it is gone, however that one ended: nothing is left running.
// Loaded with `node --import`, or imported by an entry point.
const parent = process.ppid;
const patienceMs = 15_000;

const watch = setInterval(() => {
  if (process.ppid === parent) return;
  clearInterval(watch);
  process.kill(process.pid, 'SIGTERM'); // the chance to clean up
  setTimeout(() => process.kill(process.pid, 'SIGKILL'), patienceMs).unref();
}, 300);
watch.unref();
