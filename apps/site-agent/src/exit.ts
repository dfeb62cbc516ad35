/** How an agent ends. */
export const EXIT = { stopped: 0, broken: 1, settings: 2, notAdmitted: 4 } as const;
