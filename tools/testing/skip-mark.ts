/** Stands before the reason in the name of a skipped suite: `NAME [skipped: REASON]`. */
export const skipMark = 'skipped:';
