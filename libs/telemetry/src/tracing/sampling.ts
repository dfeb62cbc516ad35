// Which runs are traced. The decision depends on the run's id alone, so that every process comes to the same one.

/** What the variables of OpenTelemetry ask for. */
export interface TraceSettings {
  /** The part of all runs, 0 to 1. */
  readonly ratio: number;
  /** Runs that did not pass are exported whatever the ratio says. */
  readonly failed: boolean;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Undefined where no exporter is configured: then nothing of OpenTelemetry is loaded. */
export const traceSettings = (environment: Environment): TraceSettings | undefined => {
  const given = (name: string): string => (environment[name] ?? '').trim();
  const exporter = given('OTEL_TRACES_EXPORTER');
  const endpoint = given('OTEL_EXPORTER_OTLP_TRACES_ENDPOINT') || given('OTEL_EXPORTER_OTLP_ENDPOINT');
  const isOff = given('OTEL_SDK_DISABLED').toLowerCase() === 'true' || exporter === 'none';
  if (isOff || (exporter === '' && endpoint === '')) return undefined;
  return {
    ratio: ratioOf(given('OTEL_TRACES_SAMPLER'), given('OTEL_TRACES_SAMPLER_ARG')),
    failed: failedOf(environment),
  };
};

const failedOf = (environment: Environment): boolean => environment['TESTMESH_TRACE_FAILED_RUNS'] !== 'false';

const ratioOf = (sampler: string, argument: string): number => {
  switch (sampler.replace(/^parentbased_/, '')) {
    case '':
    case 'always_on':
      return 1;
    case 'always_off':
      return 0;
    case 'traceidratio': {
      const ratio = argument === '' ? 1 : Number(argument);
      if (ratio >= 0 && ratio <= 1) return ratio;
      throw new Error(`OTEL_TRACES_SAMPLER_ARG=${argument} is not a number from 0 to 1`);
    }
    default:
      throw new Error(`OTEL_TRACES_SAMPLER=${sampler} is not one of always_on, always_off, traceidratio`);
  }
};

/** By the last seven bytes of the id, which are random in a run's id as in W3C trace context level 2. */
export const isSampled = (traceId: string, ratio: number): boolean =>
  Number.parseInt(traceId.slice(-14), 16) < ratio * 2 ** 56;
