/** Colours on a terminal only, and never where `NO_COLOR` (https://no-color.org) or a dumb terminal says no. */
export const wantsColour = (
  stream: { readonly isTTY?: boolean | undefined },
  env: Readonly<Record<string, string | undefined>>,
): boolean => stream.isTTY === true && !env.NO_COLOR && env.TERM !== "dumb";
