import type { Action } from './action.ts';
import { page, required } from './action.ts';
import { formList, formMap } from './form.ts';
import { isPhoneNumber } from './phone-number.ts';
import { invalidParameter } from './sns-error.ts';

/** A telephone may be opted in again only once in this time. */
const optInIntervalMs = 30 * 24 * 60 * 60 * 1_000;

const smsAttributeNames = new Set([
  'MonthlySpendLimit',
  'DeliveryStatusIAMRole',
  'DeliveryStatusSuccessSamplingRate',
  'DefaultSenderID',
  'DefaultSMSType',
  'UsageReportS3Bucket',
]);

export const checkIfPhoneNumberIsOptedOut: Action = (context, { form }) => ({
  isOptedOut: context.account.optedOut.has(requirePhone(form)),
});

export const listPhoneNumbersOptedOut: Action = (context, { form }) => {
  const { items, nextToken } = page([...context.account.optedOut.keys()], form.get('nextToken'));
  return { phoneNumbers: items, nextToken };
};

/** Opting in a telephone that is not opted out changes nothing. */
export const optInPhoneNumber: Action = (context, { form }) => {
  const phone = requirePhone(form);
  const { optedOut, optedInAtMs } = context.account;
  if (!optedOut.has(phone)) return {};
  const nowMs = context.nowMs();
  if (nowMs - (optedInAtMs.get(phone) ?? -Infinity) < optInIntervalMs) {
    throw invalidParameter('phoneNumber Reason: opted in within the last 30 days');
  }
  optedOut.delete(phone);
  optedInAtMs.set(phone, nowMs);
  return {};
};

export const setSmsAttributes: Action = (context, { form }) => {
  const attributes = formMap(form, 'attributes');
  for (const [name, value] of attributes) {
    if (!smsAttributeNames.has(name)) throw invalidParameter(`Reason: Invalid key "${name}"`);
    if (name === 'DefaultSMSType' && value !== 'Promotional' && value !== 'Transactional') {
      throw invalidParameter('DefaultSMSType is invalid');
    }
    if (name === 'MonthlySpendLimit' && !/^\d+$/.test(value)) {
      throw invalidParameter('MonthlySpendLimit is invalid');
    }
  }
  for (const [name, value] of attributes) context.account.smsAttributes.set(name, value);
  return {};
};

/** All attributes that were ever set, or of the names given those that were. */
export const getSmsAttributes: Action = (context, { form }) => {
  const names = formList(form, 'attributes');
  const known = [...context.account.smsAttributes];
  return {
    attributes: new Map(known.filter(([name]) => names.length === 0 || names.includes(name))),
  };
};

function requirePhone(form: ReadonlyMap<string, string>): string {
  const phone = required(form, 'phoneNumber');
  if (!isPhoneNumber(phone)) throw invalidParameter(`phoneNumber Reason: ${phone} is not E.164`);
  return phone;
}
