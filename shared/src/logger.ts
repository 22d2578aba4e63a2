/** The logger of every service: JSON lines on stdout, secrets and chat text kept out by its own settings. */
import { pino, type Logger } from 'pino';

export type { Logger };

/** Field names under which secrets or what people wrote might slip in: shown as `[redacted]`. */
export const REDACTED = ['password', 'token', 'authorization', 'url', 'text', 'phone', 'address'];

/** A logger whose lines carry `service`. `level` is a level of pino, or `silent`. */
export function createLogger(service: string, level: string): Logger {
  return pino({
    level,
    base: { service },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    redact: { paths: REDACTED.flatMap((key) => [key, `*.${key}`]), censor: '[redacted]' },
  });
}
