// Pages of other servers that an operator allows to use this one: a dashboard while it is developed, or one served elsewhere.
// An origin is allowed as it is written, scheme, host and port; nothing stands for several.

export type AllowedOrigins = ReadonlySet<string>;

export const NO_ORIGINS: AllowedOrigins = new Set();

/** Whether a page sent the request that the operator allows; a page in a frame without an origin of its own says `null`. */
export const isAllowedPage = ({ origin }: { readonly origin?: string | undefined }, allowed: AllowedOrigins): boolean =>
  origin !== undefined && allowed.has(origin);

/** What TESTMESH_ALLOWED_ORIGINS says. */
export const originsFrom = ({ TESTMESH_ALLOWED_ORIGINS: said = '' }: NodeJS.ProcessEnv): AllowedOrigins => {
  const origins = said
    .split(',')
    .map((origin) => origin.trim())
    .filter((origin) => origin !== '');
  const wrong = origins.find((origin) => !isOrigin(origin));
  if (wrong === undefined) return new Set(origins);
  throw new Error(
    `TESTMESH_ALLOWED_ORIGINS holds ${wrong}, which is no origin as browsers send it: http://localhost:5173, without a path, a wildcard or the port that goes without saying`,
  );
};

const isOrigin = (text: string): boolean =>
  /^https?:\/\/[^*]+$/.test(text) && URL.canParse(text) && new URL(text).origin === text;
