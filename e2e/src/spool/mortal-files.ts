/** Real files, and a process that kills itself (SIGKILL) in the operation of a given number. */
import type { SpoolFile, SpoolFiles } from '../../../collector/src/spool/spool-files.ts';

/** `random` decides how much of the last write still happens. */
export function mortalFiles(files: SpoolFiles, dieAt: number, random: () => number): SpoolFiles {
  let operations = 0;
  async function step<T>(operation: () => Promise<T>, part?: () => Promise<unknown>): Promise<T> {
    if (operations === dieAt) {
      const chance = random();
      if (chance < 0.3) await operation();
      else if (chance < 0.7) await part?.();
      process.kill(process.pid, 'SIGKILL');
      // The signal is on its way: nothing more happens here.
      await new Promise(() => setInterval(() => undefined, 1000));
    }
    operations += 1;
    return operation();
  }
  function mortalFile(file: SpoolFile): SpoolFile {
    return {
      read: (into, at) => step(() => file.read(into, at)),
      write: (bytes, at) => {
        const part = bytes.subarray(0, Math.floor(random() * bytes.length));
        return step(
          () => file.write(bytes, at),
          () => file.write(part, at),
        );
      },
      truncate: (bytes) => step(() => file.truncate(bytes)),
      sync: () => step(() => file.sync()),
      close: () => step(() => file.close()),
    };
  }
  return {
    list: () => step(() => files.list()),
    open: async (name, how) => mortalFile(await step(() => files.open(name, how))),
    remove: (name) => step(() => files.remove(name)),
    syncDirectory: () => step(() => files.syncDirectory()),
  };
}
