import { type HeaderLines, MAX_SHOWN, type Shown } from './shown-request.ts';

const shell = (text: string): string => (/^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`);

const methodFlags = ({ sent: { method, body } }: Shown): string[] => {
  if (method === 'HEAD') return ['-I'];
  return method === (body === undefined ? 'GET' : 'POST') ? [] : ['-X', method];
};

const headerFlags = ({ parts }: Shown, headers: HeaderLines): string[] =>
  headers.flatMap(([name, value]) => {
    const lower = name.toLowerCase();
    // curl chooses its own multipart boundary, and a repeated request is a trace of its own.
    if (lower === 'traceparent' || (lower === 'content-type' && parts !== undefined)) return [];
    const flags = ['-H', shell(`${name}: ${value}`)];
    return lower === 'accept-encoding' ? ['--compressed', ...flags] : flags;
  });

const bodyFlags = ({ sent: { body }, parts }: Shown): string[] => {
  if (parts !== undefined) {
    return parts.flatMap(({ name, filename, content }) => [
      '-F',
      shell(filename === undefined ? `${name}=${String(content)}` : `${name}=@${filename}`),
    ]);
  }
  if (body === undefined) return [];
  // A command line is no place for a large body: it is to be saved in a file of this name first.
  return body.length > MAX_SHOWN ? ['--data-binary', '@body'] : ['--data-raw', shell(String(body))];
};

/** A command that sends the same request; credentials stand as `***`. */
export const curlCommand = (shown: Shown, headers: HeaderLines): string =>
  [
    'curl',
    ...(shown.insecure ? ['-k'] : []),
    ...(shown.follows ? ['-L'] : []),
    ...methodFlags(shown),
    shell(shown.url),
    ...headerFlags(shown, headers),
    ...bodyFlags(shown),
  ].join(' ');
