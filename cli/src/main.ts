#!/usr/bin/env node
/** The `crest` command: arguments, exit code. */
import { standardOutput } from './output.ts';
import { runProgram } from './program.ts';

// A reader such as `head` may leave early: that is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
});
process.exitCode = await runProgram(process.argv.slice(2), standardOutput());
