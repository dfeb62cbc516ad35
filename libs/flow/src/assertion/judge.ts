// Judges a step's assertions. Invariants:
// A1. Every assertion is judged and recorded, also behind one that failed.
// A2. What the data are to blame for fails the assertion; what the flow is to blame for is a defect.
import type { AssertionRecord, SubValue, Value } from '@testmesh/domain';
import type { Ast } from '../expression/ast.ts';
import { Evaluation, Missing } from '../expression/evaluation.ts';
import { evaluateAst } from '../expression/evaluator.ts';
import { isAbsence } from '../expression/expression.ts';
import { fittingReading } from '../expression/lookup.ts';
import { outermostReferences } from '../expression/names.ts';
import { caught } from '../expression/problem.ts';
import { describe, isSmall, show } from '../expression/value-text.ts';
import type { Scope } from '../model/scope.ts';
import type { Outcome, Problem } from '../model/text.ts';
import { renderTemplate } from '../template/render.ts';
import { render } from '../template/template.ts';
import type { Assertion, SchemaCheck } from './assertion.ts';
import { blamed, explain, sides, type Trace } from './explain.ts';
import { type IsSecret, withoutSecrets } from './made-of-secrets.ts';
import { unusableSchema } from './schema-problems.ts';

export interface JudgeOptions {
  readonly schemaCheck?: SchemaCheck | undefined;
  readonly xmlSchemaCheck?: SchemaCheck | undefined;
  /** The schemas of `schemaFiles`, read, by path. */
  readonly schemas?: ReadonlyMap<string, Value> | undefined;
  /** Tells a text or number that no record may show, nor what is computed of it. */
  readonly isSecret?: IsSecret | undefined;
}

export interface Judgement {
  readonly records: readonly AssertionRecord[];
  readonly holds: boolean;
  /** It does not hold, and only because paths are absent: "not yet" for a poll. */
  readonly onlyMissing: boolean;
  /** A defect of the flow itself, which nothing excuses. */
  readonly defect?: Problem;
}

/** Mismatches of the data: they fail an assertion, the flow is not at fault. */
const DATA_CODES: ReadonlySet<string> = new Set(['TM3102', 'TM3103', 'TM3104', 'TM3105', 'TM3106', 'TM3108', 'TM3109']);

interface Finding {
  readonly assertion: Assertion;
  readonly passed: boolean;
  readonly actual?: Value | undefined;
  readonly expected?: Value | undefined;
  readonly values: readonly SubValue[];
  readonly message?: string | undefined;
  readonly span?: AssertionRecord['span'] | undefined;
  readonly missing?: boolean;
  readonly defect?: Problem | undefined;
}

export const judge = (assertions: readonly Assertion[], scope: Scope, options: JudgeOptions): Judgement => {
  const findings = assertions.map((assertion) => inGroup(judgeOne(assertion, scope, options)));
  const defect = findings.find((finding) => finding.defect)?.defect;
  const wanting = findings.filter(({ passed, assertion }) => !passed && assertion.group !== 'any');
  const any = findings.filter(({ assertion }) => assertion.group === 'any');
  if (any.length > 0 && !any.some(({ passed }) => passed)) wanting.push(...any);
  const holds = wanting.length === 0 && !defect;
  return {
    records: findings.map((finding) => recorded(finding, scope)),
    holds,
    onlyMissing: !holds && !defect && wanting.every(({ missing }) => missing),
    ...(defect && { defect }),
  };
};

/** In `assert_none` an assertion passes by not holding; a missing path or a mismatch holds nothing, either way. */
const inGroup = (finding: Finding): Finding => {
  if (finding.assertion.group !== 'none' || finding.missing || finding.defect) return finding;
  if (!finding.passed && finding.span !== undefined) return finding;
  const message = finding.passed ? 'it holds, and none of these may' : undefined;
  return { ...finding, passed: !finding.passed, message };
};

const judgeOne = (assertion: Assertion, scope: Scope, options: JudgeOptions): Finding =>
  assertion.check.kind === 'schema'
    ? judgeSchema(assertion, assertion.check, scope, options)
    : judgeExpression(assertion, assertion.check, scope, options);

type Check<Kind> = Extract<Assertion['check'], { kind: Kind }>;

const judgeExpression = (
  assertion: Assertion,
  { expression }: Check<'expression'>,
  scope: Scope,
  { isSecret }: JudgeOptions,
): Finding => {
  const trace = new Map<Ast, Value>();
  const evaluation = new Evaluation(scope, expression.text, renderTemplate, { trace });
  const outcome = caught(expression.text, () => {
    const ast =
      expression.ast.kind === 'hyphenated' ? fittingReading(expression.ast.readings, evaluation) : expression.ast;
    return { ast, result: evaluateAst(ast, evaluation) };
  });
  if (!outcome.ok) {
    const shown = withoutSecrets(blamed(expression.ast, trace), trace, isSecret);
    const { problem } = outcome;
    return stopped(assertion, shown === trace ? problem : withoutValue(problem), expression.ast, shown);
  }
  const { ast, result } = outcome.value;
  if (result instanceof Missing) return stopped(assertion, result.problem(), ast, trace);
  if (typeof result !== 'boolean') {
    const message = `${describe(result)} is not true or false — compare it with something`;
    return { assertion, passed: false, actual: result, values: [], message, span: assertion.span };
  }
  const told = result ? ast : blamed(ast, trace);
  const { left, right } = sides(told);
  const shown = withoutSecrets(told, trace, isSecret);
  const found = { assertion, actual: shown.get(left), expected: right && shown.get(right) };
  const values = subValues(evaluation, told, shown);
  return result
    ? { ...found, passed: true, values }
    : { ...found, passed: false, values, message: whyFalse(told, shown, evaluation) };
};

/** Messages quote what they are about, and that may be a part of a secret. */
const withoutValue = ({ code, span }: Problem): Problem => ({
  code,
  message: 'it could not be worked out, and what it is computed of is secret',
  span,
});

const whyFalse = (ast: Ast, trace: Trace, evaluation: Evaluation): string => {
  if (ast.kind !== 'exists') return explain(ast, trace);
  // Asked once more for the reason alone.
  const missing = evaluateAst(ast.of, evaluation);
  return missing instanceof Missing ? absence(missing.problem()) : explain(ast, trace);
};

const absence = ({ message, suggestion }: Problem): string => (suggestion ? `${message}; ${suggestion}` : message);

/** An assertion that could not be worked out. */
const stopped = (assertion: Assertion, problem: Problem, ast: Ast, trace: Trace): Finding => {
  const { left, right } = sides(blamed(ast, trace));
  const isData = DATA_CODES.has(problem.code);
  const help = isData && problem.help !== undefined && problem.suggestion === undefined ? `; ${problem.help}` : '';
  return {
    assertion,
    passed: false,
    actual: trace.get(left),
    expected: right && trace.get(right),
    values: [],
    message: `${absence(problem)}${help}`,
    span: problem.span,
    missing: isAbsence(problem),
    defect: isData ? undefined : problem,
  };
};

/** What else the expression looked at: references that are not one of its two sides. */
const subValues = (evaluation: Evaluation, ast: Ast, trace: Trace): readonly SubValue[] => {
  const found: SubValue[] = [];
  for (const part of furtherReferences(ast)) {
    const value = trace.get(part);
    if (value === undefined) continue;
    const span = evaluation.text.span(part.start, part.end);
    found.push({ text: evaluation.sourceOf(part), value: brief(value), span });
  }
  return found;
};

const references = new WeakMap<Ast, readonly Ast[]>();

// The same for every judgement of an expression, so worked out once.
const furtherReferences = (ast: Ast): readonly Ast[] => {
  const known = references.get(ast);
  if (known) return known;
  const { left, right } = sides(ast);
  const found = outermostReferences(ast).filter((part) => part !== left && part !== right);
  references.set(ast, found);
  return found;
};

const judgeSchema = (
  assertion: Assertion,
  { subject, schema }: Check<'schema'>,
  scope: Scope,
  options: JudgeOptions,
): Finding => {
  const trace = new Map<Ast, Value>();
  const evaluation = new Evaluation(scope, subject.text, renderTemplate, { trace });
  const value = caught(subject.text, () => evaluateAst(subject.ast, evaluation));
  if (!value.ok) return stopped(assertion, value.problem, subject.ast, trace);
  if (value.value instanceof Missing) return stopped(assertion, value.value.problem(), subject.ast, trace);
  const wanted = schemaOf(assertion, schema, scope, options);
  if (!wanted.ok) return stopped(assertion, wanted.problem, subject.ast, trace);
  const isXml = schema.kind === 'file' && schema.language === 'xml';
  const check = isXml ? options.xmlSchemaCheck : options.schemaCheck;
  if (!check) {
    const what = `${isXml ? 'XML' : 'JSON'} Schema checks are not available here`;
    return stopped(assertion, notHere(assertion, what), subject.ast, trace);
  }
  const unusable = isXml ? undefined : unusableSchema(wanted.value);
  if (unusable !== undefined) return stopped(assertion, badSchema(assertion, unusable), subject.ast, trace);
  const findings = check(wanted.value, value.value);
  const ofSchema = findings.find((finding) => finding.ofSchema);
  if (ofSchema !== undefined) return stopped(assertion, badSchema(assertion, ofSchema.message), subject.ast, trace);
  const message = findings
    .slice(0, 5)
    .map(({ path, message: what }) => (path === '' ? what : `${path}: ${what}`))
    .join('; ');
  const more = findings.length > 5 ? `; and ${findings.length - 5} more` : '';
  return {
    assertion,
    passed: findings.length === 0,
    actual: value.value,
    values: [],
    message: findings.length === 0 ? undefined : message + more,
  };
};

const schemaOf = (
  assertion: Assertion,
  source: Check<'schema'>['schema'],
  scope: Scope,
  options: JudgeOptions,
): Outcome<Value> => {
  if (source.kind === 'inline') return render(source.schema, scope);
  const schema = options.schemas?.get(source.path);
  if (schema !== undefined) return { ok: true, value: schema };
  return { ok: false, problem: notHere(assertion, `the schema file ${source.path} was not read`) };
};

const notHere = ({ span }: Assertion, message: string): Problem => ({ code: 'TM3113', message, span });

const badSchema = ({ span }: Assertion, message: string): Problem => ({ code: 'TM3024', message, span });

const recorded = (finding: Finding, scope: Scope): AssertionRecord => {
  const { assertion, passed, actual, expected, values, message, span } = finding;
  const said = passed ? undefined : (ownMessage(assertion, scope) ?? message);
  return {
    expression: assertion.text,
    group: assertion.group,
    passed,
    ...(actual !== undefined && { actual: brief(actual) }),
    ...(expected !== undefined && { expected: brief(expected) }),
    ...(said !== undefined && { message: said }),
    values,
    span: passed ? assertion.span : (span ?? assertion.span),
  };
};

const ownMessage = ({ message }: Assertion, scope: Scope): string | undefined => {
  if (!message) return undefined;
  const rendered = render(message, scope);
  return rendered.ok
    ? show(rendered.value).replace(/^"|"$/g, '')
    : `(its message cannot be written: ${rendered.problem.message})`;
};

/** A record keeps what a person can read; of a large value it keeps the beginning. */
const brief = (value: Value): Value => (isSmall(value) ? value : show(value));
