import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { formGroups, formList, formMap, parseForm } from './form.ts';

describe(parseForm.name, () => {
  it('takes what the SDK escapes', () => {
    const form = parseForm('Action=Publish&Message=%C3%A4%20~%20%2B%26%3D');
    assert.equal(form.get('Message'), 'ä ~ +&=');
  });
});

describe(formGroups.name, () => {
  it('orders the groups by number, not by position or by letters', () => {
    const form = parseForm('M.10.Id=j&M.2.Id=b&M.1.Id=a&Other.1.Id=x&M.0.Id=zero&M.x.Id=none');
    assert.deepEqual(
      formGroups(form, 'M').map((group) => group.get('Id')),
      ['a', 'b', 'j'],
    );
  });
});

describe(formList.name, () => {
  it('reads the members of a list', () => {
    assert.deepEqual(formList(parseForm('n.member.1=a&n.member.2=b'), 'n'), ['a', 'b']);
  });
});

describe(formMap.name, () => {
  it('reads the entries of a map', () => {
    const form = parseForm('A.entry.1.key=k&A.entry.1.value=v&A.entry.2.key=l&A.entry.2.value=');
    assert.deepEqual(
      [...formMap(form, 'A')],
      [
        ['k', 'v'],
        ['l', ''],
      ],
    );
  });
});
