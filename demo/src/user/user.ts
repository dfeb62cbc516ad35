import * as z from 'zod';
import { type DomainEvent, event } from '../service/outbox.ts';

export const newUserSchema = z.object({
  /** A client may choose the id, so that a test knows it beforehand. */
  id: z.string().min(1).max(200).optional(),
  email: z.email(),
  name: z.string().min(1).max(200),
});

export const loginSchema = z.object({ email: z.email() });

export type NewUser = z.infer<typeof newUserSchema>;

/** A row as the table has it: a test database may know fewer columns. */
export interface User {
  readonly id: string;
  readonly email: string;
  readonly name: string;
  readonly created_at?: Date;
  readonly updated_at?: Date;
}

export const userCreated = ({ id, email, name }: User): DomainEvent =>
  event('user.created', id, { user_id: id, email, name });

export const userLoggedIn = ({ id, email }: User): DomainEvent => event('user.login', id, { user_id: id, email });
