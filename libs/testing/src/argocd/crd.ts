// Argo CD's kind as far as tests need it. As in the real one there is no status subresource: whoever writes a status patches the
// object, and a definition that had one would drop such patches without a word.
const anything = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };

export const applicationDefinition = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'applications.argoproj.io' },
  spec: {
    group: 'argoproj.io',
    scope: 'Namespaced',
    names: { plural: 'applications', singular: 'application', kind: 'Application', shortNames: ['app'] },
    versions: [
      {
        name: 'v1alpha1',
        served: true,
        storage: true,
        schema: {
          openAPIV3Schema: {
            type: 'object',
            required: ['metadata', 'spec'],
            properties: { spec: anything, status: anything, operation: anything },
          },
        },
      },
    ],
  },
};
