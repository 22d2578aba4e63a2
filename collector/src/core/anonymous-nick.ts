/**
 * Names of readers without an account: `justinfan` and five digits, as Twitch's own clients and all
 * large readers use them. Two connections with the same one would share its limit of rooms.
 */
const LEAST = 10_000;
const NICKS = 90_000;

/**
 * The nick of connection `connection` (0, 1, 2, ...). `random` in [0, 1), the same for all connections
 * of a process, keeps processes apart; within one, 90,000 connections in a row have different nicks.
 */
export function anonymousNick(connection: number, random: number): string {
  return `justinfan${LEAST + ((Math.floor(random * NICKS) + connection) % NICKS)}`;
}
