import type { TestEnvironmentSpec } from '@testmesh/domain';
import * as z from 'zod';
import type { FluxKind } from './flux-object.ts';

const settings = z.strictObject({ kind: z.enum(['Kustomization', 'HelmRelease']).default('Kustomization') });

/** What deploys the environment; `undefined` where the request says what is not understood. */
export const fluxKind = (spec: Pick<TestEnvironmentSpec, 'settings'>): FluxKind | undefined =>
  settings.safeParse(spec.settings).data?.kind;
