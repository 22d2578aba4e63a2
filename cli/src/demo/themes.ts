/** Themes made from the channels of a run: all of them, and those whose names begin alike. */
import type { Theme } from '@crest/shared/domain/rule';

/** The theme that holds every channel of the run. */
export const EVERYTHING = 'everything';

/** Who follows the theme of all channels in a run with the demo rules. */
export const DEMO_FOLLOWERS: Theme['followers'] = [
  { kind: 'email', address: 'follower@demo.example', subscriber: 'demo' },
  { kind: 'sms', phone: '+34612345678' },
];

/** More themes than this by name help nobody. */
const THEMES_BY_NAME_MAX = 20;

/**
 * One theme with every channel and one for each first word (`dota2_game1` and `dota2_game2` make
 * `dota2`) that at least two channels share.
 */
export function themesOf(
  channels: readonly { readonly id: string | null; readonly login: string }[],
  followers: Theme['followers'],
  createdAtMs: number,
): Theme[] {
  const theme = (_id: string, members: typeof channels, who: Theme['followers']): Theme => ({
    _id,
    channelIds: members.flatMap(({ id }) => (id === null ? [] : [id])),
    channelLogins: members.flatMap(({ id, login }) => (id === null ? [login] : [])),
    followers: who,
    createdAtMs,
  });
  const byWord = Map.groupBy(channels, ({ login }) => firstWord(login));
  const named = [...byWord]
    .filter(([word, members]) => members.length > 1 && word !== EVERYTHING && word !== '')
    .sort(([, a], [, b]) => b.length - a.length)
    .slice(0, THEMES_BY_NAME_MAX)
    .map(([word, members]) => theme(word, members, []));
  return [theme(EVERYTHING, channels, followers), ...named];
}

function firstWord(login: string): string {
  return login.split('_').find(Boolean) ?? '';
}
