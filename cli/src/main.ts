#!/usr/bin/env node
/** The `crest` command: arguments, exit code. */
import { standardOutput } from './output.ts';
import { runProgram } from './program.ts';

// A reader such as `head` may leave early, and a terminal may be closed while everything is being
// stopped: what cannot be shown is not, and the command goes on.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE' && error.code !== 'EIO') throw error;
  });
}
process.exitCode = await runProgram(process.argv.slice(2), standardOutput());
