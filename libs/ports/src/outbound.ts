/** What a connection is about to reach. */
export type OutboundTarget =
  /** `host` as it was written, `address` what it resolved to. */
  | { readonly host: string; readonly address: string }
  /** A socket in this machine's file system. */
  | { readonly path: string };

/** Why something may not be reached or used. */
export interface OutboundRefusal {
  readonly code: string;
  /** A sentence that names the target and the rule. */
  readonly reason: string;
  /** Who allows it, and how. */
  readonly help: string;
}

/** What a run may reach and use of the machine it is carried out on. Absent where people run flows on their own machine. */
export interface OutboundPolicy {
  /** Undefined lets it through. Asked with the resolved address, at the moment of connecting. */
  readonly connecting: (target: OutboundTarget) => OutboundRefusal | undefined;
  /**
   * Containers; `beyondRun` for folders and the network of this machine and containers that the run did not start, `network` for
   * one that was there before and is none of ours.
   */
  readonly usingDocker: (wanted: {
    readonly beyondRun: boolean;
    readonly network?: string;
  }) => OutboundRefusal | undefined;
  /** Listening at an address of this machine. */
  readonly listening: (host: string) => OutboundRefusal | undefined;
}
