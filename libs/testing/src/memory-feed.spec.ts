import { feedContract } from './feed.contract.ts';
import { memoryFeed } from './memory-feed.ts';
import { memoryJournal } from './memory-journal.ts';

feedContract('memoryFeed', () => {
  const journal = memoryJournal();
  return { journal, feed: memoryFeed(journal) };
});
