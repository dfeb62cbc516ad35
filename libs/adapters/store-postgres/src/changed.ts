/** What became of a change: a refusal is a value, and nothing was changed. */
export type Changed<Value> =
  | {
      readonly ok: true;
      readonly value: Value;
      /** It was so before: nothing is written, and nothing told. */
      readonly isUnchanged?: true;
    }
  | {
      readonly ok: false;
      readonly refusal: ConfigRefusal;
      /** Names of what stands in the way. */
      readonly because?: readonly string[];
    };

/** Why a change of configuration was not made. */
export type ConfigRefusal =
  | 'NotFound'
  | 'ChangedMeanwhile'
  | 'NameTaken'
  | 'MemberExists'
  | 'LastOwnerStays'
  | 'KeyAlreadyRevoked'
  | 'DefaultEnvironmentStays'
  | 'SecretValueMissing'
  | 'FlowNotFound'
  | 'SuiteNotFound'
  | 'DatasetNotFound'
  | 'DatasetInSchedules'
  | 'EnvironmentNotFound'
  | 'DefaultWorkspaceStays'
  | 'FlowTwice'
  | 'FlowInSuites'
  | 'InGitTriggerRules'
  | 'RunsNeedIt'
  | 'EnvironmentInSchedules'
  | 'AlreadyMade';

export const changed = <Value>(value: Value) => ({ ok: true as const, value });
export const unchanged = <Value>(value: Value) => ({ ok: true as const, value, isUnchanged: true as const });
export const refused = (refusal: ConfigRefusal, because?: readonly string[]) => ({
  ok: false as const,
  refusal,
  ...(because && { because }),
});
