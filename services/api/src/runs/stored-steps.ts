import { eachElement, eachMember, endOfValue, isKey } from './json-walk.ts';

// The steps of a finished run as they go over the wire, put together from what lies stored: the outline of each, and what it sent
// and got, cut out of the report. To parse a report of two megabytes and spell it again takes ten times as long.

const bytes = (text: string): Buffer => Buffer.from(text);

/** What a step has beside its outline; null where it does not. */
const DETAILS = ['attempts', 'assertions', 'output', 'captured', 'exchange'].map((name) => ({
  name: bytes(name),
  label: bytes(`,"${name}":`),
}));
const STEPS = bytes('steps');
const NULL = bytes('null');
const BEGIN = bytes('{"steps":[');
const NEXT = bytes(',');
const STEP_END = bytes('}');
const END = bytes('],"total":');
/** Of a step, beside what is cut out. */
const MOST_LABELS = DETAILS.reduce((sum, { label }) => sum + label.length + NULL.length, NEXT.length + STEP_END.length);

/** Where each of the details begins and ends in the report, in their order; 0 and 0 for one that is not there. */
type Places = readonly number[];

export interface StepPage {
  readonly offset: number;
  readonly limit: number;
}

export const ALL_STEPS: StepPage = { offset: 0, limit: Number.POSITIVE_INFINITY };

/** The body of `/steps` from a report and its outline, which have the same steps in the same order. */
export const storedSteps = (report: Buffer, outline: Buffer, { offset, limit }: StepPage = ALL_STEPS): Buffer => {
  const steps = stepsIn(report);
  const body = Buffer.allocUnsafeSlow(report.length + outline.length + MOST_LABELS * steps.length + 64);
  let at = BEGIN.copy(body);
  let nth = 0;
  eachElement(outline, 0, (start) => {
    const end = endOfValue(outline, start);
    const places = steps[nth];
    if (places === undefined) throw new Error(`step ${nth + 1} of the outline is not in the report`);
    if (nth >= offset && nth < offset + limit) {
      if (nth > offset) at += NEXT.copy(body, at);
      at += outline.copy(body, at, start, end - 1);
      at = withDetails(body, at, report, places);
    }
    nth += 1;
    return end;
  });
  if (nth < steps.length) throw new Error(`step ${nth + 1} of the report is not in the outline`);
  at += END.copy(body, at);
  at += body.write(`${nth}}`, at);
  return body.subarray(0, at);
};

const withDetails = (body: Buffer, from: number, report: Buffer, places: Places): number => {
  let at = from;
  for (const [nth, { label }] of DETAILS.entries()) {
    const [start = 0, end = 0] = [places[2 * nth], places[2 * nth + 1]];
    at += label.copy(body, at);
    at += end === 0 ? NULL.copy(body, at) : report.copy(body, at, start, end);
  }
  return at + STEP_END.copy(body, at);
};

/** The steps in the order of the report, those within a step behind it. */
const stepsIn = (report: Buffer): readonly Places[] => {
  const found: Places[] = [];
  const step = (at: number): number => {
    const places = new Array<number>(2 * DETAILS.length).fill(0);
    found.push(places);
    return eachMember(report, at, (key, start) => {
      if (isKey(report, key, STEPS)) return eachElement(report, start, step);
      const end = endOfValue(report, start);
      const nth = DETAILS.findIndex(({ name }) => isKey(report, key, name));
      if (nth >= 0) places.splice(2 * nth, 2, start, end);
      return end;
    });
  };
  eachMember(report, 0, (key, start) =>
    isKey(report, key, STEPS) ? eachElement(report, start, step) : endOfValue(report, start),
  );
  return found;
};
