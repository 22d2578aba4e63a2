import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import fc from 'fast-check';
import { XMLParser, XMLValidator } from 'fast-xml-parser';

import { escapeText, renderAnswer, renderError } from './xml.ts';

const parser = new XMLParser({ trimValues: false, parseTagValue: false, htmlEntities: true });

describe(escapeText.name, () => {
  it('makes XML of any text, and the text can be read back', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const xml = `<a>x${escapeText(text)}</a>`;
        assert.equal(XMLValidator.validate(xml), true);
        const expected = text
          .toWellFormed()
          .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '\ufffd');
        assert.equal(parser.parse(xml).a, `x${expected}`);
      }),
    );
  });

  it('leaves nothing a page could take for markup', () => {
    assert.equal(escapeText(`<b a="1">'&`), '&#60;b a=&#34;1&#34;&#62;&#39;&#38;');
  });
});

describe(renderAnswer.name, () => {
  it('writes lists as members, maps as entries and leaves out what is undefined', () => {
    const result = {
      Topics: [{ TopicArn: 'a' }],
      Attributes: new Map([['k', '<']]),
      No: undefined,
    };
    assert.equal(
      renderAnswer('ListTopics', result, 'id'),
      '<ListTopicsResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><ListTopicsResult>' +
        '<Topics><member><TopicArn>a</TopicArn></member></Topics>' +
        '<Attributes><entry><key>k</key><value>&#60;</value></entry></Attributes>' +
        '</ListTopicsResult><ResponseMetadata><RequestId>id</RequestId></ResponseMetadata>' +
        '</ListTopicsResponse>',
    );
  });
});

describe(renderError.name, () => {
  it('blames the sender or the receiver', () => {
    const error = { code: 'InternalError', message: 'm', requestId: 'id' };
    assert.match(renderError({ ...error, senderFault: false }), /<Type>Receiver<\/Type>/);
    assert.match(renderError({ ...error, senderFault: true }), /<Type>Sender<\/Type>/);
  });
});
