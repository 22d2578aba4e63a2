/**
 * What an answer says before it is XML. An array becomes repeated `<member>` elements, a Map the
 * `<entry><key/><value/></entry>` of the AWS Query protocol; undefined members are left out.
 */
export type XmlValue =
  | string
  | number
  | boolean
  | undefined
  | readonly XmlValue[]
  | ReadonlyMap<string, string>
  | { readonly [name: string]: XmlValue };

const xmlNamespace = 'http://sns.amazonaws.com/doc/2010-03-31/';

/** The answer to an action that succeeded. An undefined result writes no `<...Result>` element. */
export function renderAnswer(action: string, result: XmlValue, requestId: string): string {
  const body = result === undefined ? '' : element(`${action}Result`, result);
  const metadata = element('ResponseMetadata', { RequestId: requestId });
  return `<${action}Response xmlns="${xmlNamespace}">${body}${metadata}</${action}Response>`;
}

/** What went wrong, as SNS says it; `senderFault` tells the client's mistakes from its own. */
export type ErrorAnswer = {
  readonly code: string;
  readonly message: string;
  readonly senderFault: boolean;
  readonly requestId: string;
};

/** The answer to an action that failed. */
export function renderError(error: ErrorAnswer): string {
  const type = error.senderFault ? 'Sender' : 'Receiver';
  const detail = element('Error', { Type: type, Code: error.code, Message: error.message });
  const requestId = element('RequestId', error.requestId);
  return `<ErrorResponse xmlns="${xmlNamespace}">${detail}${requestId}</ErrorResponse>`;
}

/**
 * Text as XML and HTML may hold it. Characters that XML 1.0 forbids even as references (most
 * controls, lone surrogates) become U+FFFD.
 */
export function escapeText(text: string): string {
  return text
    .toWellFormed()
    .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '\ufffd')
    .replace(/[&<>"'\r]/g, (char) => `&#${String(char.charCodeAt(0))};`);
}

function element(name: string, value: XmlValue): string {
  return value === undefined ? '' : `<${name}>${content(value)}</${name}>`;
}

function content(value: Exclude<XmlValue, undefined>): string {
  if (typeof value !== 'object') return escapeText(String(value));
  if (isMap(value)) {
    return [...value].map(([key, text]) => element('entry', { key, value: text })).join('');
  }
  if (isList(value)) return value.map((item) => element('member', item)).join('');
  return Object.entries(value)
    .map(([name, member]) => element(name, member))
    .join('');
}

function isMap(value: XmlValue): value is ReadonlyMap<string, string> {
  return value instanceof Map;
}

function isList(value: XmlValue): value is readonly XmlValue[] {
  return Array.isArray(value);
}
