import type { FilterSubject } from './filter-policy.ts';
import type { Form } from './form.ts';
import { formGroups } from './form.ts';
import { invalidParameter, SnsError } from './sns-error.ts';

/** Most bytes of UTF-8 in a message with its attributes, or in all of a batch. */
export const messageBytesMax = 256 * 1024;

/** Most characters of a text that goes to telephones; longer ones are refused, not cut. */
export const smsCharactersMax = 1_600;

/** One message attribute as it was given; `Binary` values stay in base64. */
export type MessageAttribute = { readonly type: string; readonly value: string };

/** A message that has passed every rule of `Publish`. */
export type Message = {
  readonly subject: string | undefined;
  /** The text for each protocol; `default` serves the rest. */
  readonly texts: ReadonlyMap<string, string>;
  readonly attributes: ReadonlyMap<string, MessageAttribute>;
  /** Bytes that count towards the limit. */
  readonly sizeBytes: number;
};

/**
 * Reads the message out of a `Publish` form or a batch entry.
 * Source: the constraints of `PublishInput` in `@aws-sdk/client-sns` 3.1169.0. Subjects are held
 * to ASCII: newer texts speak of UTF-8, but mail gateways and older regions refuse it.
 *
 * @throws SnsError `InvalidParameter` or `ParameterValueInvalid`
 */
export function readMessage(form: Form): Message {
  const text = form.get('Message') ?? '';
  if (text === '') throw invalidParameter('Empty message');
  const attributes = readAttributes(form);
  const sizeBytes = Buffer.byteLength(text) + attributeBytes(attributes);
  if (sizeBytes > messageBytesMax) throw invalidParameter('Message too long');
  return {
    subject: readSubject(form.get('Subject')),
    texts: readTexts(text, form.get('MessageStructure')),
    attributes,
    sizeBytes,
  };
}

/** The text for one protocol. */
export function textFor(message: Message, protocol: string): string {
  return message.texts.get(protocol) ?? message.texts.get('default') ?? '';
}

/** @throws SnsError `InvalidParameter` for a text that no telephone gets */
export function checkSmsText(text: string): void {
  if ([...text].length > smsCharactersMax) {
    throw invalidParameter(
      `Message Reason: SMS text exceeds ${String(smsCharactersMax)} characters`,
    );
  }
}

/** The attributes as a filter policy sees them; binary ones are invisible to it. */
export function filterSubject(message: Message): FilterSubject {
  const subject = new Map<string, readonly (string | number)[]>();
  for (const [name, { type, value }] of message.attributes) {
    if (type.startsWith('String.Array')) subject.set(name, readStringArray(name, value));
    else if (type.startsWith('String')) subject.set(name, [value]);
    else if (type.startsWith('Number')) subject.set(name, [Number(value)]);
  }
  return subject;
}

function readSubject(subject: string | undefined): string | undefined {
  if (subject === undefined) return undefined;
  if (!/^[\x21-\x7e][\x20-\x7e]{0,98}$/.test(subject)) throw invalidParameter('Subject');
  return subject;
}

function readTexts(text: string, structure: string | undefined): Map<string, string> {
  if (structure === undefined || structure === '') return new Map([['default', text]]);
  if (structure !== 'json') throw invalidParameter('MessageStructure');
  const prefix = 'Message Structure -';
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    throw invalidParameter(`${prefix} JSON message body failed to parse`);
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) {
    throw invalidParameter(`${prefix} JSON message body failed to parse`);
  }
  // SNS ignores members that are no strings, and refuses the message where that is `default`.
  const texts = new Map(
    Object.entries(parsed).filter(
      (entry): entry is [string, string] => typeof entry[1] === 'string',
    ),
  );
  if (!texts.has('default'))
    throw invalidParameter(`${prefix} No default entry in JSON message body`);
  return texts;
}

function readAttributes(form: Form): Map<string, MessageAttribute> {
  const attributes = new Map<string, MessageAttribute>();
  for (const group of formGroups(form, 'MessageAttributes.entry')) {
    const name = group.get('Name') ?? '';
    const type = group.get('Value.DataType') ?? '';
    const value = group.get('Value.StringValue') ?? group.get('Value.BinaryValue') ?? '';
    checkAttributeName(name);
    checkAttributeValue(name, type, value);
    attributes.set(name, { type, value });
  }
  for (const [name, { value }] of attributes) smsAttributeRules[name]?.(value);
  return attributes;
}

function checkAttributeName(name: string): void {
  const formed = /^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$/.test(name) && name.length <= 256;
  const reserved =
    /^(aws|amazon)\./i.test(name) && !/^AWS\.(SNS\.SMS|SNS\.MOBILE|MM\.SMS)\./.test(name);
  if (!formed || reserved) {
    throw valueInvalid(`The message attribute name '${name}' is invalid.`);
  }
}

function checkAttributeValue(name: string, type: string, value: string): void {
  if (!/^(String|Number|Binary|String\.Array)(\.[A-Za-z0-9_-]+)*$/.test(type)) {
    throw valueInvalid(`The message attribute '${name}' has an invalid message attribute type.`);
  }
  if (value === '') {
    throw valueInvalid(
      `The message attribute '${name}' must contain non-empty message attribute value ` +
        `for message attribute type '${type}'.`,
    );
  }
  if (type.startsWith('Number') && !Number.isFinite(Number(value))) {
    throw valueInvalid(`Could not cast message attribute '${name}' value to number.`);
  }
  if (type.startsWith('String.Array')) readStringArray(name, value);
}

function readStringArray(name: string, value: string): (string | number)[] {
  let parsed: unknown;
  try {
    parsed = JSON.parse(value);
  } catch {
    parsed = undefined;
  }
  if (!Array.isArray(parsed)) {
    throw valueInvalid(`The message attribute '${name}' is not a valid String.Array.`);
  }
  return parsed.map((item: unknown) => (typeof item === 'number' ? item : String(item)));
}

/** What SNS asks of the attributes that steer an SMS. */
const smsAttributeRules: Readonly<Record<string, (value: string) => void>> = {
  'AWS.SNS.SMS.SMSType': (value) => {
    if (value !== 'Promotional' && value !== 'Transactional') {
      throw valueInvalid('The message attribute AWS.SNS.SMS.SMSType is not valid.');
    }
  },
  'AWS.SNS.SMS.MaxPrice': (value) => {
    if (!/^\d+(\.\d{1,5})?$/.test(value)) {
      throw valueInvalid('The message attribute AWS.SNS.SMS.MaxPrice is not valid.');
    }
  },
  'AWS.SNS.SMS.SenderID': (value) => {
    if (!/^(?=.*[A-Za-z])[A-Za-z0-9-]{1,11}$/.test(value)) {
      throw valueInvalid('The message attribute AWS.SNS.SMS.SenderID is not valid.');
    }
  },
};

function valueInvalid(message: string): SnsError {
  return new SnsError('ParameterValueInvalid', message);
}

function attributeBytes(attributes: ReadonlyMap<string, MessageAttribute>): number {
  let bytes = 0;
  for (const [name, { type, value }] of attributes) {
    bytes += Buffer.byteLength(name) + Buffer.byteLength(type) + Buffer.byteLength(value);
  }
  return bytes;
}
