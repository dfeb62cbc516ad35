import * as z from 'zod';

// The ways a service can be told to misbehave, so that a flow can show which seam broke.
// A set is always replaced as a whole: `{}` heals the service.

export const faultsSchema = z.strictObject({
  /** Every route but /admin/faults answers 503, or its connection is closed without an answer. */
  unavailable: z.enum(['503', 'close']).optional(),
  /** Answers, caches and publishes as always, but the row is not in the table. */
  lose_writes: z.boolean().optional(),
  /** The order service writes `userId` where its events promise `user_id`. */
  camel_case_user_id: z.boolean().optional(),
  /** The consumer takes these events and does nothing, without a word. */
  drop_events: z.array(z.string()).optional(),
  /** The consumer waits this long before it handles an event. */
  consumer_delay_ms: z.int().min(0).max(60_000).optional(),
});

export type Faults = z.infer<typeof faultsSchema>;

/** The faults in force; replaced at run time through PUT /admin/faults. */
export interface FaultSwitch {
  current: Faults;
}

type Spelled<Payload> = Payload | (Omit<Payload, 'user_id'> & { readonly userId: string });

/** The payload as the consumer expects it, or with the field name it does not know. */
export const spellUserId = <Payload extends { readonly user_id: string }>(
  { current }: FaultSwitch,
  payload: Payload,
): Spelled<Payload> => {
  if (current.camel_case_user_id !== true) return payload;
  const { user_id: userId, ...rest } = payload;
  return { ...rest, userId };
};
