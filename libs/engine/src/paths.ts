/** The path of a file named in another file, both relative to where the person stands. */
export const besideFile = (file: string, path: string): string => {
  if (path.startsWith('/')) return path;
  const folder = file.split('/').slice(0, -1);
  const parts: string[] = [];
  for (const part of [...folder, ...path.split('/')]) {
    if (part === '..' && parts.length > 0 && parts.at(-1) !== '..') parts.pop();
    else if (part !== '.' && !(part === '' && parts.length > 0)) parts.push(part);
  }
  return parts.join('/');
};
