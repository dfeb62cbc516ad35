// Characters of Unicode's private use area, which no text brings along by itself, stand around what the mock renders.
const OPEN = '\uE000';
const CLOSE = '\uE001';

/** The roots a mock's own placeholders may begin with. */
const ROOTS = ['request', 'path', 'query', 'headers', 'body', 'state', 'random', 'timestamp', 'call'] as const;

const OWN = new RegExp(`\\{\\{\\s*((?:${ROOTS.join('|')})(?:[.[][^{}]*?)?\\??)\\s*\\}\\}`, 'g');
const MARKED = new RegExp(`${OPEN}([^${CLOSE}]*)${CLOSE}`, 'g');

/** Marks `{{request.body.id}}` and its like as the mock's. */
export const marked = (text: string): string => text.replaceAll(OWN, `${OPEN}$1${CLOSE}`);

/** The path of a text that is one marked placeholder and nothing else. */
export const wholePath = (text: string): string | undefined => {
  const [all, path] = text.matchAll(MARKED).next().value ?? [];
  return all === text ? path : undefined;
};

/** Puts what `render` gives in the place of each marked placeholder. */
export const replaceMarked = (text: string, render: (path: string) => string): string =>
  text.replaceAll(MARKED, (_, path: string) => render(path));
