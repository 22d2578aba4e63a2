/** Nothing goes wrong: what the other scenarios are compared with. */
import { caughtUp, flatMemory, judgedByLedger, noGaps } from '../harness/expectations.ts';
import { worldLoad, type ScenarioFile } from '../harness/scenario.ts';

export const scenario: ScenarioFile = {
  about: 'Nothing goes wrong.',
  load: worldLoad({ seconds: 60 }),
  plan: ({ seconds }) => ({
    acts: [],
    expects: [
      judgedByLedger(),
      noGaps(),
      caughtUp({ from: seconds / 2, withinSeconds: 5 }),
      flatMemory({
        before: { from: seconds / 3, to: seconds / 2 },
        after: { from: seconds - 10, to: seconds },
        riseMiB: 48,
        peakMiB: 96,
      }),
    ],
  }),
};
