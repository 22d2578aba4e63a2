/** `npm run check`: the compiler, the linter and the formatter, over the whole repository. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '..');

const CHECKS = [
  { name: 'types (tsc)', script: 'node_modules/typescript/bin/tsc', args: ['-p', '.'] },
  { name: 'rules (eslint)', script: 'node_modules/eslint/bin/eslint.js', args: ['.'] },
  {
    name: 'format (prettier)',
    script: 'node_modules/prettier/bin/prettier.cjs',
    args: ['--check', '--log-level=warn', '.'],
  },
] as const;

const results = await Promise.all(CHECKS.map(run));
process.exitCode = results.every((passed) => passed) ? 0 : 1;

function run({ name, script, args }: (typeof CHECKS)[number]): Promise<boolean> {
  const startedMs = performance.now();
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [join(ROOT, script), ...args], {
      cwd: ROOT,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => (output += text));
    }
    child.once('error', reject);
    child.once('close', (code) => {
      const seconds = ((performance.now() - startedMs) / 1000).toFixed(1);
      console.log(`${code === 0 ? '✔' : '✖'} ${name} (${seconds} s)`);
      if (code !== 0) console.log(output.trimEnd());
      resolve(code === 0);
    });
  });
}
