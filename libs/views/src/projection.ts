/** A read model as data: one small function per event it cares about. */
export interface Projection<View, Event extends { readonly type: string }> {
  readonly name: string;
  readonly initial: View;
  readonly on: { readonly [T in Event['type']]?: (view: View, event: Extract<Event, { readonly type: T }>) => View };
}

/** The view after one more event. */
export const project = <View, Event extends { readonly type: string }>(
  projection: Projection<View, Event>,
  view: View,
  event: Event,
): View => {
  const step = projection.on[event.type as Event['type']] as ((view: View, event: Event) => View) | undefined;
  return step === undefined ? view : step(view, event);
};
