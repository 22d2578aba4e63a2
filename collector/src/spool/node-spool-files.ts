/** The spool's files in a directory of this machine. One process at a time may use a directory. */
import { constants } from 'node:fs';
import { mkdir, open, readdir, stat, unlink, type FileHandle } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { SpoolFile, SpoolFiles } from './spool-files.ts';

const { O_RDWR, O_CREAT, O_EXCL } = constants;
const FLAGS = { new: O_RDWR | O_CREAT | O_EXCL, existing: O_RDWR, any: O_RDWR | O_CREAT };
/** What people wrote is in these files. */
const OWNER_ONLY = 0o600;

/** Opens a directory, which is made where it is missing. @throws the error of the file system. */
export async function openSpoolDirectory(path: string): Promise<SpoolFiles> {
  const dir = resolve(path);
  const made = await mkdir(dir, { recursive: true, mode: 0o700 });
  if (made !== undefined) await syncMade(dir, made);
  return {
    list: () => list(dir),
    open: async (name, how) => fileOf(await open(join(dir, name), FLAGS[how], OWNER_ONLY)),
    remove: (name) => unlink(join(dir, name)),
    syncDirectory: () => syncPath(dir),
  };
}

/** Every directory that got a new entry, from that of the first one made down. */
async function syncMade(dir: string, firstMade: string): Promise<void> {
  for (let path = dir; path.length >= firstMade.length; path = dirname(path)) {
    await syncPath(dirname(path));
  }
}

async function list(dir: string): Promise<{ name: string; bytes: number }[]> {
  const names = await readdir(dir);
  return Promise.all(
    names.map(async (name) => ({ name, bytes: (await stat(join(dir, name))).size })),
  );
}

async function syncPath(path: string): Promise<void> {
  // Windows cannot open a directory, and keeps names by its own journal.
  if (process.platform === 'win32') return;
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function fileOf(handle: FileHandle): SpoolFile {
  return {
    read: (into, at) => readAll(handle, into, at),
    write: (bytes, at) => writeAll(handle, bytes, at),
    truncate: (bytes) => handle.truncate(bytes),
    // The length is part of what `fdatasync` makes durable; times are not needed.
    sync: () => handle.datasync(),
    close: () => handle.close(),
  };
}

async function readAll(handle: FileHandle, into: Buffer, at: number): Promise<number> {
  let done = 0;
  while (done < into.length) {
    const { bytesRead } = await handle.read(into, done, into.length - done, at + done);
    if (bytesRead === 0) break;
    done += bytesRead;
  }
  return done;
}

async function writeAll(handle: FileHandle, bytes: Buffer, at: number): Promise<void> {
  for (let done = 0; done < bytes.length;) {
    const { bytesWritten } = await handle.write(bytes, done, bytes.length - done, at + done);
    done += bytesWritten;
  }
}
