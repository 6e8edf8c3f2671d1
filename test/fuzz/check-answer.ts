/** What every answer keeps to, whatever was asked: the table of responses and its bounds. */
const plainStatus = new Set([400, 404, 405, 408, 413, 415, 503]);

const maxAnswerBytes = 1.5 * 2 ** 20;

interface Response {
  readonly uid?: unknown;
  readonly allowed?: unknown;
  readonly patch?: string;
  readonly status?: { readonly message?: string };
  readonly warnings?: readonly string[];
}

/** @returns what is wrong with an answer, or undefined */
export function faultIn(status: number, text: string): string | undefined {
  if (text.length > maxAnswerBytes) return `${text.length} bytes`;
  if (plainStatus.has(status)) return text.length < 600 ? undefined : `a text of ${text.length} bytes`;
  // Some bodies ask about a namespace that is none; nothing else is an error of the program's own.
  if (status === 500) return text === 'the namespace is unknown\n' ? undefined : `500 ${text.slice(0, 100)}`;
  return status === 200 ? faultInReview(text) : `HTTP ${status}`;
}

function faultInReview(text: string): string | undefined {
  const { response } = JSON.parse(text) as { response: Response };
  if (typeof response.uid !== 'string' || typeof response.allowed !== 'boolean')
    return 'no answer to a review';
  const { patch, warnings = [] } = response;
  if (patch !== undefined && !Array.isArray(JSON.parse(Buffer.from(patch, 'base64').toString())))
    return 'no patch';
  const lines = response.status?.message?.split('\n') ?? [];
  if (lines.length > 21 || lines.some((line) => line.length > 500)) return `${lines.length} long lines`;
  if (warnings.length > 20 || warnings.some((line) => line.length > 256)) return 'long warnings';
  return undefined;
}
