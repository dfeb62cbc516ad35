import type { FeedCursor, FeedPage, FeedReader } from '@testmesh/ports';

/**
 * Reads the page after a full one while that one is worked on: whoever catches up waits for the journal only once. A page that
 * was not full is the newest there is, and nothing is read ahead of it.
 */
export class ReadAhead<Event> {
  readonly #feed: FeedReader<Event>;
  readonly #pageSize: number;
  #ahead: { readonly after: FeedCursor; readonly page: Promise<FeedPage<Event>> } | undefined;

  constructor(feed: FeedReader<Event>, pageSize: number) {
    this.#feed = feed;
    this.#pageSize = pageSize;
  }

  async after(cursor: FeedCursor): Promise<FeedPage<Event>> {
    const ahead = this.#ahead;
    this.#ahead = undefined;
    const page = await (ahead?.after === cursor ? ahead.page : this.#feed.readAfter(cursor, this.#pageSize));
    if (page.events.length >= this.#pageSize) this.#read(page.cursor);
    return page;
  }

  #read(after: FeedCursor): void {
    const page = this.#feed.readAfter(after, this.#pageSize);
    // Whoever asks for it is told what went wrong; a page nobody asks for is read again by whoever needs it.
    page.catch(() => undefined);
    this.#ahead = { after, page };
  }
}
