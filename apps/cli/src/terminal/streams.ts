import { type ColourChoice, type Style, styleOf, wantsColour, wantsUnicode } from './style.ts';

/** The style of a stream of this process. */
export const terminalStyle = (stream: NodeJS.WriteStream, choice: ColourChoice): Style =>
  styleOf({
    colour: wantsColour(choice, process.env, stream.isTTY === true),
    unicode: wantsUnicode(process.env),
    width: stream.columns ?? 100,
  });

/** The style of a report in a file. */
export const fileStyle: Style = styleOf({ colour: false, unicode: true, width: 120 });
