// How a Kustomization or a HelmRelease stands, from what Flux wrote: nothing here asks the cluster.
import type { Observation } from '@testmesh/ports';
import { type FluxCondition, type FluxKind, type FluxObject, REQUESTED } from './flux-object.ts';

type Standing =
  | { readonly health: 'healthy' }
  | { readonly health: 'progressing' | 'degraded'; readonly message: string };

export const textOf = (kind: FluxKind, name: string): string => `the Flux ${kind} "${name}"`;

export const judged = (kind: FluxKind, object: FluxObject): Observation => {
  const { name = '', uid = '', deletionTimestamp } = object.metadata ?? {};
  const text = textOf(kind, name);
  if (deletionTimestamp !== undefined) return { health: 'missing', message: `${text} is being deleted` };
  return { ...standing(kind, text, object), resources: [{ kind, name, uid }] };
};

const standing = (kind: FluxKind, text: string, object: FluxObject): Standing => {
  const { metadata, spec, status = {} } = object;
  if (spec?.suspend === true)
    return { health: 'progressing', message: `${text} is suspended: Flux does not look after it` };
  if (isAwaited(object))
    return { health: 'progressing', message: `${text} was to be looked at anew, and Flux has not done so yet` };
  const stalled = conditionOf(object, 'Stalled');
  if (stalled?.status === 'True') return { health: 'degraded', message: `${text} is stalled${reasonText(stalled)}` };
  const ready = conditionOf(object, 'Ready');
  if (ready?.status === 'True' && (status.observedGeneration ?? 0) >= (metadata?.generation ?? 1))
    return { health: 'healthy' };
  if (ready?.status === 'False') {
    const health = passes(kind, object, ready) ? 'progressing' : 'degraded';
    return { health, message: `${text} is not ready${reasonText(ready)}` };
  }
  return { health: 'progressing', message: `${text} is not ready yet${reasonText(ready ?? {})}` };
};

/** Flux was asked to look anew, by whomever, and what it wrote is from before. */
const isAwaited = ({ metadata, status }: FluxObject): boolean => {
  const requested = metadata?.annotations?.[REQUESTED];
  return requested !== undefined && requested !== status?.lastHandledReconcileAt;
};

/** A condition that speaks of an older generation says nothing of this one. */
const conditionOf = ({ metadata, status }: FluxObject, type: string): FluxCondition | undefined =>
  status?.conditions?.find(
    (condition) => condition.type === type && (condition.observedGeneration ?? Infinity) >= (metadata?.generation ?? 1),
  );

/** What waits for others, or is tried again within limits that Flux itself keeps: at their end it says `Stalled`. */
const passes = (kind: FluxKind, object: FluxObject, { reason = '' }: FluxCondition): boolean => {
  if (reason === 'DependencyNotReady' || reason === 'SourceNotReady' || reason.startsWith('Progressing')) return true;
  return kind === 'HelmRelease' && conditionOf(object, 'Reconciling')?.status === 'True';
};

const reasonText = ({ reason, message }: FluxCondition): string => {
  if (reason === undefined) return message === undefined ? '' : `: ${message}`;
  return message === undefined ? `: ${reason}` : `: ${reason} (${message})`;
};
