import { expect, test } from '@jest/globals';
import { type FlowResult, junitText, type SuiteResult } from '@testmesh/views';
import { xmlSchemaCheck } from '@testmesh/xml-schema-libxml2';
import { flow, report, span, step, suite } from './reports.fixture.ts';

// What the readers of Jenkins and GitLab look at: names are there, counts are whole numbers, times are seconds with three decimals,
// properties stand before the cases, and a case is at most one of skipped, failed and broken.
const SCHEMA = `<?xml version="1.0" encoding="UTF-8"?>
<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema">
  <xs:simpleType name="seconds">
    <xs:restriction base="xs:string"><xs:pattern value="[0-9]+\\.[0-9]{3}"/></xs:restriction>
  </xs:simpleType>
  <xs:simpleType name="text">
    <xs:restriction base="xs:string"><xs:minLength value="1"/></xs:restriction>
  </xs:simpleType>
  <xs:attributeGroup name="counts">
    <xs:attribute name="name" type="text" use="required"/>
    <xs:attribute name="tests" type="xs:nonNegativeInteger" use="required"/>
    <xs:attribute name="failures" type="xs:nonNegativeInteger" use="required"/>
    <xs:attribute name="errors" type="xs:nonNegativeInteger" use="required"/>
    <xs:attribute name="skipped" type="xs:nonNegativeInteger" use="required"/>
    <xs:attribute name="time" type="seconds" use="required"/>
  </xs:attributeGroup>
  <xs:complexType name="problem">
    <xs:simpleContent>
      <xs:extension base="xs:string">
        <xs:attribute name="message" type="xs:string" use="required"/>
        <xs:attribute name="type" type="text" use="required"/>
      </xs:extension>
    </xs:simpleContent>
  </xs:complexType>
  <xs:complexType name="skipped"><xs:attribute name="message" type="text" use="required"/></xs:complexType>
  <xs:complexType name="property">
    <xs:attribute name="name" type="text" use="required"/>
    <xs:attribute name="value" type="xs:string" use="required"/>
  </xs:complexType>
  <xs:complexType name="testcase">
    <xs:sequence>
      <xs:choice minOccurs="0">
        <xs:element name="skipped" type="skipped"/>
        <xs:element name="failure" type="problem"/>
        <xs:element name="error" type="problem"/>
        <xs:element name="flakyFailure" type="problem" maxOccurs="unbounded"/>
      </xs:choice>
      <xs:element name="system-out" type="xs:string" minOccurs="0"/>
    </xs:sequence>
    <xs:attribute name="name" type="text" use="required"/>
    <xs:attribute name="classname" type="text" use="required"/>
    <xs:attribute name="file" type="text"/>
    <xs:attribute name="line" type="xs:positiveInteger"/>
    <xs:attribute name="time" type="seconds" use="required"/>
  </xs:complexType>
  <xs:complexType name="testsuite">
    <xs:sequence>
      <xs:element name="properties" minOccurs="0">
        <xs:complexType><xs:sequence><xs:element name="property" type="property" maxOccurs="unbounded"/></xs:sequence></xs:complexType>
      </xs:element>
      <xs:element name="testcase" type="testcase" minOccurs="0" maxOccurs="unbounded"/>
    </xs:sequence>
    <xs:attributeGroup ref="counts"/>
    <xs:attribute name="file" type="text"/>
  </xs:complexType>
  <xs:element name="testsuites">
    <xs:complexType>
      <xs:sequence><xs:element name="testsuite" type="testsuite" minOccurs="0" maxOccurs="unbounded"/></xs:sequence>
      <xs:attributeGroup ref="counts"/>
    </xs:complexType>
  </xs:element>
</xs:schema>`;

const findings = (text: string) => xmlSchemaCheck({ file: 'junit.xsd', texts: { 'junit.xsd': SCHEMA } }, text);

const excused = step('excused', { status: 'failed', excused: true, reason: 'on_error: continue' });
const flows: readonly FlowResult[] = [
  flow,
  { ...flow, report: { ...report, steps: [excused], environment: 'staging' } },
  { ...flow, status: 'error', report: { ...report, steps: [], reason: 'nothing \u0000 was "checked" ]]>' } },
  {
    file: 'bad.yaml',
    name: 'bad',
    status: 'invalid',
    diagnostics: [{ code: 'TM1101', severity: 'error', message: 'unknown key', span: span(2) }],
    text: '',
  },
];

test.each<[string, SuiteResult]>([
  ['a step of every kind', suite],
  ['flows of every kind', { flows, exitReason: 'invalid', durationMs: 123_456_789 }],
  ['no flows', { flows: [], exitReason: 'nothing_matched', durationMs: 0 }],
])('JUnit with %s is what readers look for', (_what, result) => {
  expect(findings(junitText(result))).toEqual([]);
});

test('the schema finds what would be wrong', () => {
  const text = junitText(suite);
  for (const [from, to] of [
    ['time="0.055"', 'time="0,055"'],
    [' classname="flows/order.yaml"', ''],
    ['type="ECONNREFUSED"', ''],
    ['<skipped message="not run"/>', '<failure/><skipped message="not run"/>'],
  ] as const) {
    expect(text).toContain(from);
    expect(findings(text.replace(from, to))).not.toEqual([]);
  }
});
