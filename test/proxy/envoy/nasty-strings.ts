const words = [
  'yes No on OFF y N true False null Null ~ << = .nan .inf -.INF nan Infinity',
  '0 -1 +1 1e3 1E-3 1. .5 0x1F 010 0o10 0b11 1_000 1:30 2001-12-14 2001-12-14t21:59:43.10-05:00 1.5 12e03',
  "- -- --- ... ? : , # a: :a it's ' '' \" \"quoted\" \\ \\n [ ] { } [a] {a} a,b &a *a !a !!str | > % @ `",
  '%REQ(:path)% äöü 日本 😀',
].flatMap((line) => line.split(' '));

/** Texts that a YAML reader takes for something else, or stumbles over, where they stand without quotes. */
export const nastyStrings: readonly string[] = [
  ...words,
  '',
  ' leading',
  'trailing ',
  'a: b',
  'a #b',
  '{a: b}',
  'tab\there',
  'line\nline',
  '\n',
  '\r\n',
  '\u0000',
  '\u0085',
  '\u2028',
  '\ufeff',
  '\u007f',
];
