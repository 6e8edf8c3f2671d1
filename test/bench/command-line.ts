/**
 * The command line, bundled: how long a person waits, and how many documents a second go through, each against
 * what the same machine does without us in the same run. In CPU time, user and system: what else the machine does
 * makes everybody wait, and is none of this. Medians, so of a program that has kept its compiled code since its
 * first start (src/bin/outrigger.ts). `node test/bench/command-line.ts` after `npm run prepare`, with bash.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { reportFigures } from './figures.ts';
import { median, type Row } from './table.ts';

const program = process.env['PROGRAM'] ?? fileURLToPath(new URL('../../dist/launch.js', import.meta.url));
/** With the flag of its first line, as it is started when it is installed. */
const published = ['--max-semi-space-size=2', program];
const yamlPackage = fileURLToPath(import.meta.resolve('yaml'));
const folder = mkdtempSync(path.join(tmpdir(), 'outrigger-bench-'));
const rounds = Number(process.env['ROUNDS'] ?? 15);

/** A Deployment as people write it: comments, probes, resources, environment; about 1.2 kB. */
const deployment = (index: number): string => `apiVersion: apps/v1
kind: Deployment
metadata:
  name: web-${index} # one of many
  namespace: shop
  labels: {app: web-${index}, tier: front}
spec:
  replicas: 3
  selector:
    matchLabels: {app: web-${index}}
  template:
    metadata:
      labels:
        app: web-${index}
        tier: front
    spec:
      serviceAccountName: web
      containers:
        - name: web
          image: registry.example.org/shop/web:1.4.${index}
          # the shop's own port
          ports:
            - {name: http, containerPort: 8080}
            - name: metrics
              containerPort: 9090
          env:
            - name: REGION
              value: east
            - name: PASSWORD
              valueFrom: {secretKeyRef: {name: web, key: password}}
          resources:
            requests: {cpu: 100m, memory: 128Mi}
            limits: {memory: 256Mi}
          readinessProbe:
            httpGet: {path: /ready, port: http}
            periodSeconds: 5
          volumeMounts:
            - name: data
              mountPath: /data
      volumes:
        - name: data
          emptyDir: {}
`;

function write(name: string, count: number): string {
  const file = path.join(folder, name);
  const parts = Array.from({ length: count }, (_, index) => deployment(index));
  writeFileSync(file, parts.join('---\n'));
  return file;
}

/** Milliseconds of CPU time of a command that must succeed; bash tells them to the millisecond. */
function timeOf(args: readonly string[]): number {
  const script = 'TIMEFORMAT="%U %S"; time "$@" > /dev/null';
  const { status, stderr } = spawnSync('bash', ['-c', script, 'bash', process.execPath, ...args]);
  if (status !== 0) throw new Error(`${args.join(' ')}: ${stderr.toString()}`);
  const [user = '', system = ''] = stderr.toString().trimEnd().split('\n').at(-1)?.split(' ') ?? [];
  return (Number(user) + Number(system)) * 1000;
}

/** Side by side, so that what else the machine does hits all of them. */
function compare(commands: Readonly<Record<string, readonly string[]>>): Record<string, number> {
  const times = Object.keys(commands).map((name) => [name, [] as number[]] as const);
  for (let round = 0; round < rounds; round += 1)
    for (const [name, list] of times) list.push(timeOf(commands[name] ?? []));
  return Object.fromEntries(times.map(([name, list]) => [name, median(list)]));
}

function ratioRow(what: string, ratio: number, most: number): Row {
  return { what, measured: `${ratio.toFixed(2)} ×`, reach: `≤ ${most} × node -e 0`, ok: ratio <= most };
}

function measureStart(): Row[] {
  const file = write('one.yaml', 1);
  const ms = compare({
    node: ['-e', '0'],
    help: [...published, '--help'],
    inject: [...published, 'inject', file],
  });
  const ratio = (name: string): number => (ms[name] ?? Number.NaN) / (ms['node'] ?? Number.NaN);
  return [
    ratioRow('outrigger --help', ratio('help'), 1.5),
    ratioRow('inject of one file', ratio('inject'), 2.5),
  ];
}

/** What anybody would write: parse the stream, set two annotations, print it. */
const parseAndPrint = `
  const { readFileSync } = require('node:fs');
  const { parseAllDocuments } = require(${JSON.stringify(yamlPackage)});
  const out = [];
  for (const document of parseAllDocuments(readFileSync(process.argv[1], 'utf8'))) {
    document.setIn(['spec', 'template', 'metadata', 'annotations', 'linkerd.io/inject'], 'enabled');
    out.push(document.toString());
  }
  process.stdout.write(out.join(''));
`;

function measureThroughput(count = 1000): Row[] {
  const file = write('many.yaml', count);
  const ms = compare({
    yaml: ['-e', parseAndPrint, file],
    inject: [...published, 'inject', '--quiet', file],
    manual: [...published, 'inject', '--manual', '--quiet', file],
  });
  const row = (name: string, least: number): Row => {
    const ratio = (ms['yaml'] ?? Number.NaN) / (ms[name] ?? Number.NaN);
    const speed = Math.round((count / (ms[name] ?? Number.NaN)) * 1000);
    return {
      what: `${count} Deployments, ${name}`,
      measured: `${speed} documents/s, ${ratio.toFixed(2)} × yaml's parse and print`,
      reach: `≥ ${least} ×`,
      ok: ratio >= least,
    };
  };
  return [row('inject', 2), row('manual', 1.5)];
}

/** The most that the process ever held, in MiB, of a stream of 100 MB. */
function measureMemory(): Row {
  const file = write('large.yaml', Math.ceil(100_000_000 / deployment(1000).length));
  const report = `process.on('exit', () => process.stderr.write('peak ' + process.resourceUsage().maxRSS));`;
  const preload = `data:text/javascript,${encodeURIComponent(report)}`;
  const args = ['--import', preload, ...published, 'inject', '--quiet', file];
  const { stderr } = spawnSync(process.execPath, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  const mebibytes = Math.round(Number(/peak (\d+)/u.exec(stderr.toString())?.[1]) / 1024);
  return {
    what: 'memory for a stream of 100 MB',
    measured: `${mebibytes} MiB`,
    reach: '≤ 300 MiB',
    ok: mebibytes <= 300,
  };
}

try {
  reportFigures('the command line', [...measureStart(), ...measureThroughput(), measureMemory()]);
} finally {
  rmSync(folder, { recursive: true });
}
