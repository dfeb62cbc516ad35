import type { EndedRun } from './ended-runs.ts';
import type { FeedCursor } from './feed.ts';

/** What could not be taken in: `run-ID` or `suite-run-ID`, and why. */
export interface SetAside {
  readonly name: string;
  readonly error: string;
}

/**
 * What becomes of ended runs: firings and suites that end with them, and messages to people. What cannot be taken in is set aside
 * and holds up nobody; the database's own trouble sets nothing aside, it fails.
 */
export interface OutcomeStore {
  readonly cursor: () => Promise<FeedCursor>;
  /** Takes ended runs in and moves the cursor, in one transaction, unless somebody else moved it; what had to be set aside. */
  readonly take: (expected: FeedCursor, next: FeedCursor, ended: readonly EndedRun[]) => Promise<readonly SetAside[]>;
  /** Ends suites whose parts have all ended. */
  readonly settle: () => Promise<{ readonly isMore: boolean; readonly setAside: readonly SetAside[] }>;
  /** What is set aside now, the oldest first. */
  readonly setAside: () => Promise<readonly SetAside[]>;
  /** Takes in what was set aside, a run with its end; false when it still cannot be. A run that is gone is forgotten. */
  readonly retake: (name: string, ended?: EndedRun) => Promise<boolean>;
}

export type NotificationEvent = 'failing' | 'recovered' | 'passed' | 'test';

/** What people are told, whichever way. */
export interface Message {
  readonly event: NotificationEvent;
  readonly workspace: string;
  readonly title: string;
  readonly text: string;
  readonly subject: { readonly kind: 'schedule' | 'suite' | 'flow'; readonly id: string; readonly name: string } | null;
  readonly environment: string | null;
  readonly runId: string | null;
  readonly createdAt: Date;
}

/** Where a message goes. Addresses and keys are secrets: they are never logged and never part of an error. */
export type Destination =
  | { readonly kind: 'slack'; readonly url: string }
  | { readonly kind: 'webhook'; readonly url: string; readonly signingSecret: string }
  | {
      readonly kind: 'email';
      /** `smtp://user:password@host:port` or `smtps://…` */
      readonly server: string;
      readonly from: string;
      readonly to: readonly string[];
    };

/** A message on its way; its id is the same at every attempt, so that a receiver knows it again. */
export interface Delivery {
  readonly id: string;
  /** This attempt included. */
  readonly attempt: number;
  readonly message: Message;
  /** Undefined where there is nowhere to send it any more, and where it could not be read. */
  readonly destination: Destination | undefined;
  /** Why the destination could not be read. */
  readonly unreadable?: string;
}

export interface Outbox {
  /** Takes deliveries that are due; whoever took one and is not heard of loses it after `leaseMs`. */
  readonly claim: (limit: number, leaseMs: number) => Promise<readonly Delivery[]>;
  readonly delivered: (id: string) => Promise<void>;
  /** It is tried again after so long, or never where that is null. */
  readonly failed: (id: string, error: string, retryInMs: number | null) => Promise<void>;
}

export type SendOutcome =
  | { readonly outcome: 'sent' }
  /** `final`: trying again would change nothing. */
  | { readonly outcome: 'refused'; readonly error: string; readonly final: boolean };

/** Brings one message to one destination. */
export type Send = (delivery: Delivery & { readonly destination: Destination }) => Promise<SendOutcome>;
