import { expect, test } from '@jest/globals';
import { xmlSchemaCheck } from './xml-schema-check.ts';

const xsd = (inside: string): string => `<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema">${inside}</xs:schema>`;
const schema = {
  file: 'schemas/order.xsd',
  texts: {
    'schemas/order.xsd': xsd(`
      <xs:include schemaLocation="types/money.xsd"/>
      <xs:element name="order"><xs:complexType><xs:sequence>
        <xs:element name="id" type="xs:int"/><xs:element name="total" type="money"/>
      </xs:sequence></xs:complexType></xs:element>`),
    'schemas/types/money.xsd': xsd(
      '<xs:simpleType name="money"><xs:restriction base="xs:decimal"><xs:fractionDigits value="2"/></xs:restriction></xs:simpleType>',
    ),
  },
};

test('a document that fits has no findings', () => {
  expect(xmlSchemaCheck(schema, '<order><id>1</id><total>59.98</total></order>')).toEqual([]);
});

test('every misfit is told with its place', () => {
  expect(xmlSchemaCheck(schema, '<order><id>x</id><total>59.987</total></order>')).toEqual([
    { path: '/order/id', message: "Element 'id': 'x' is not a valid value of the atomic type 'xs:int'." },
    { path: '/order/total', message: expect.stringContaining("The value '59.987' has more fractional digits") },
  ]);
});

test('X3: what is not well-formed is told with its line', () => {
  expect(xmlSchemaCheck(schema, '<order>\n<id>1</id>')).toEqual([
    { path: '', message: 'line 2: Premature end of data in tag order line 1' },
  ]);
  expect(xmlSchemaCheck(schema, { id: 1 })).toEqual([{ path: '', message: 'it is no text, so it is no XML document' }]);
});

test('X3: a schema that cannot be used says why', () => {
  const broken = { file: 'a.xsd', texts: { 'a.xsd': xsd('<xs:element name="a" type="nowhere"/>') } };
  expect(xmlSchemaCheck(broken, '<a/>')[0]).toMatchObject({
    message: expect.stringMatching(/^the schema cannot be used: .*nowhere/),
    ofSchema: true,
  });
});

test('X1: a schema that is not among the texts is not looked for elsewhere', () => {
  const reaching = { file: 'a.xsd', texts: { 'a.xsd': xsd('<xs:include schemaLocation="/etc/passwd"/>') } };
  expect(xmlSchemaCheck(reaching, '<a/>')[0]?.message).toMatch(/failed to load "\/etc\/passwd"/);
});

test('X2: entities are never expanded', () => {
  const bomb = '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><order><id>&x;</id><total>1</total></order>';
  expect(xmlSchemaCheck(schema, bomb)).toEqual([
    { path: '', message: 'a document with a document type (<!DOCTYPE …>) is not checked' },
  ]);
});
