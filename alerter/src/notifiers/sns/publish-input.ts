import type { MessageAttributeValue, PublishCommandInput } from '@aws-sdk/client-sns';

import type { OutgoingAlert } from '../notifier.ts';

/** How texts to telephones are sent. */
export type SmsSettings = {
  /** Most US dollars a part may cost, such as `0.50`; undefined = the account's own limit. */
  readonly maxPriceUsd: string | undefined;
};

/** Longest subject SNS takes ("less than 100 characters"). */
const subjectCharactersMax = 99;

const subjectFallback = 'Crest alert';

/** An alert for everyone on a topic; each protocol gets the text made for it. */
export function topicPublishInput(
  topicArn: string,
  alert: OutgoingAlert,
  sms: SmsSettings,
): PublishCommandInput {
  return {
    TopicArn: topicArn,
    Subject: cleanSubject(alert.subject),
    MessageStructure: 'json',
    Message: JSON.stringify({ default: alert.body, email: alert.body, sms: alert.smsText }),
    MessageAttributes: messageAttributes(alert, sms),
  };
}

/** An alert straight to a telephone. */
export function phonePublishInput(
  phone: string,
  alert: OutgoingAlert,
  sms: SmsSettings,
): PublishCommandInput {
  return {
    PhoneNumber: phone,
    Message: alert.smsText,
    MessageAttributes: messageAttributes(alert, sms),
  };
}

/**
 * The subject as SNS takes it: accents dropped, other non-ASCII and controls turned into spaces,
 * cut to 99 characters, never empty.
 */
export function cleanSubject(subject: string): string {
  const ascii = subject
    .normalize('NFKD')
    .replace(/\p{Mark}+/gu, '')
    .replace(/[^\x21-\x7e]+/g, ' ')
    .trim()
    .slice(0, subjectCharactersMax)
    .trimEnd();
  return ascii === '' ? subjectFallback : ascii;
}

function messageAttributes(
  alert: OutgoingAlert,
  { maxPriceUsd }: SmsSettings,
): Record<string, MessageAttributeValue> {
  const attributes: Record<string, MessageAttributeValue> = {};
  for (const [name, value] of Object.entries(alert.attributes)) {
    // SNS refuses the whole message for one empty value.
    if (value !== '') attributes[name] = { DataType: 'String', StringValue: value };
  }
  attributes['alertId'] = { DataType: 'String', StringValue: alert.alertId };
  attributes['AWS.SNS.SMS.SMSType'] = { DataType: 'String', StringValue: 'Transactional' };
  if (maxPriceUsd !== undefined) {
    attributes['AWS.SNS.SMS.MaxPrice'] = { DataType: 'Number', StringValue: maxPriceUsd };
  }
  return attributes;
}
