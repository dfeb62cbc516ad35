/** One consistency boundary: what may happen (`decide`) and what did (`evolve`). */
export interface Decider<State, Command, Event, Refusal> {
  readonly initial: State;
  readonly decide: (command: Command, state: State) => Decision<Event, Refusal>;
  readonly evolve: (state: State, event: Event) => State;
}

export type Decision<Event, Refusal> =
  | { readonly ok: true; readonly events: readonly Event[] }
  | { readonly ok: false; readonly refusal: Refusal };

export const accept = <Event>(...events: readonly Event[]): Decision<Event, never> => ({ ok: true, events });

export const refuse = <Refusal>(refusal: Refusal): Decision<never, Refusal> => ({ ok: false, refusal });

/** `given(decider)(...history).when(command)` */
export const given =
  <State, Command, Event, Refusal>({ initial, decide, evolve }: Decider<State, Command, Event, Refusal>) =>
  (...history: readonly Event[]) => ({
    when: (command: Command): Decision<Event, Refusal> => decide(command, history.reduce(evolve, initial)),
  });
