/**
 * Loaded into every command that bootstrap.mjs runs: when the bootstrap is killed, so that it can hand on
 * no signal any more, the command stops as if it had been asked to.
 */
const parent = process.ppid;

const timer = setInterval(() => {
  if (process.ppid === parent) return;
  clearInterval(timer);
  process.kill(process.pid, 'SIGTERM');
}, 500);
timer.unref();
