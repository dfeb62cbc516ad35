import type { Effect, ValueMap } from '@testmesh/domain';
import type * as z from 'zod';

/** A key of an action's result, for validation, completion and the documentation page. */
export interface ResultKey {
  readonly type: 'string' | 'number' | 'boolean' | 'object' | 'list' | 'any';
  readonly description: string;
}

/** Something that is wrong with a config although its schema takes it. */
export interface ConfigFault {
  /** Where it stands in the config. */
  readonly path: readonly (string | number)[];
  readonly message: string;
  /** Set when it is the key itself, not its value. */
  readonly ofKey?: true;
  /** Set when the step may pass all the same. */
  readonly harmless?: true;
}

/** What a look at an unrendered config may ask. */
export interface ConfigLook {
  /** Whether a text holds a template, so that its value is not known yet. */
  readonly isOpen: (text: string) => boolean;
  /** Why a text is no regular expression that can be used; undefined when it is one. */
  readonly patternProblem: (text: string) => string | undefined;
}

/** What the flow language must know of an action without loading its driver. */
export interface ActionSchema {
  /** The canonical name: `http_request`. */
  readonly type: string;
  /** Other spellings of the action's name: `kafka_publish`. */
  readonly aliases: readonly string[];
  readonly summary: string;
  /** A strict object: an unknown key is an error. Its keys carry `.describe()` texts; the documentation page prints them. */
  readonly config: z.ZodType;
  /** Other spellings of config keys, resolved before overrides and validation: `connection_string` → `connection`. */
  readonly keyAliases: Readonly<Record<string, string>>;
  /** Rewrites author's forms that are more than a renamed key (`auto_offset_reset: earliest`), on the unrendered config. */
  readonly normalise?: (config: Readonly<Record<string, unknown>>) => Record<string, unknown>;
  /** Looks at the unrendered config for what would only be found once the step runs; a fault whose place holds a template is left to the run. */
  readonly faults?: (config: ValueMap, look: ConfigLook) => readonly ConfigFault[];
  /** Where the config names files that the step reads, relative to the flow. */
  readonly files?: (config: ValueMap) => readonly ConfigFault['path'][];
  /** Keys an environment may supply, so their absence in a file is not an error: `connection`, `brokers`. */
  readonly environmentKeys: readonly string[];
  /** Keys of the result, in the order a reader would want; `*` says that others depend on the config. */
  readonly result: Readonly<Record<string, ResultKey>>;
  /** Other names under which a result key is reachable: `count` → `row_count`. */
  readonly resultAliases: Readonly<Record<string, string>>;
  /** What may happen twice when the process dies; judged on the rendered config. */
  readonly effect: (config: ValueMap) => Effect;
  /** Whether the action checks something by itself (a status rule, a wait, a match), so that a step without assertions still counts as checked. */
  readonly checksByItself: boolean;
  /** Config keys whose templates are rendered by the action's own rules, not before it runs: nested asserts of `assert`. */
  readonly unrendered?: readonly string[];
  /** What must be there for the step to be carried out at all (exit code 6 when it could not be had). */
  readonly needs?: 'docker' | 'broker';
  /** A complete small flow that shows the action; the documentation page quotes it and a test runs it. */
  readonly example: string;
}
