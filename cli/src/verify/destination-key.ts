/** One name for a destination on both sides of the comparison. */
import type { RuleDestination } from '@crest/shared/domain/rule';

/** `email:ADDRESS`, `sms:PHONE` or `theme`; the inbox names recipients in the same way. */
export function destinationKey(destination: RuleDestination): string {
  switch (destination.kind) {
    case 'email':
      return `email:${destination.address}`;
    case 'sms':
      return `sms:${destination.phone}`;
    case 'theme':
      return 'theme';
  }
}
