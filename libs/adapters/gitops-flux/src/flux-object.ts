// What is read of a Kustomization or a HelmRelease. Everything is optional: Flux fills it in as it goes.
import type { KubernetesObject, ObjectMetadata } from '@testmesh/kubernetes';

export const KINDS = {
  Kustomization: { apiVersion: 'kustomize.toolkit.fluxcd.io/v1', kind: 'Kustomization' },
  HelmRelease: { apiVersion: 'helm.toolkit.fluxcd.io/v2', kind: 'HelmRelease' },
} as const;

export type FluxKind = keyof typeof KINDS;

export interface FluxCondition {
  readonly type?: string;
  readonly status?: string;
  readonly reason?: string;
  readonly message?: string;
  readonly observedGeneration?: number;
}

interface FluxMetadata extends ObjectMetadata {
  readonly generation?: number;
}

export interface FluxObject extends KubernetesObject {
  readonly metadata?: FluxMetadata;
  readonly spec?: { readonly suspend?: boolean; readonly targetNamespace?: string };
  readonly status?: {
    readonly observedGeneration?: number;
    /** The last value of the annotation below that Flux acted upon. */
    readonly lastHandledReconcileAt?: string;
    readonly conditions?: readonly FluxCondition[];
  };
}

/** Flux looks anew when this changes; any text will do. */
export const REQUESTED = 'reconcile.fluxcd.io/requestedAt';

/** Where it deploys; a HelmRelease that does not say deploys beside itself. */
export const targetNamespaceOf = (kind: FluxKind, { metadata, spec }: FluxObject): string | undefined =>
  spec?.targetNamespace ?? (kind === 'HelmRelease' ? metadata?.namespace : undefined);
