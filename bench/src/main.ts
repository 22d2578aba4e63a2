/** `npm run bench -- NAME [...]`: runs one bench by its name. */

/** Every bench by name; each module exports `run(args)`, which resolves with the exit code. */
const BENCHES: Readonly<
  Record<string, () => Promise<{ run(args: readonly string[]): Promise<number> }>>
> = {
  alerts: () => import('./alerts.ts'),
  parse: () => import('./parse.ts'),
  pipeline: () => import('./pipeline.ts'),
};

const [name = '', ...args] = process.argv.slice(2);
const load = Object.hasOwn(BENCHES, name) ? BENCHES[name] : undefined;
if (load === undefined) {
  console.error(`Use: npm run bench -- NAME, with one of: ${Object.keys(BENCHES).join(', ')}`);
  process.exitCode = 2;
} else {
  const { run } = await load();
  process.exitCode = await run(args);
}
