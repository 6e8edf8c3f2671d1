/** What this folder needs of a logger. Fields are short facts; never a token, an annotation value or a body. */
export type Log = (
  level: 'debug' | 'info' | 'warn' | 'error',
  fields: Readonly<Record<string, unknown>>,
  message: string,
) => void;
