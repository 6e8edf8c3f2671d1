import { getText } from '../api/http-text.ts';
import type { RunningPod } from './pods.ts';

/** One line of Prometheus' text format. */
export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** What the sidecar of a pod shows on its admin port. */
export async function readMetrics({ status }: RunningPod): Promise<Sample[]> {
  const { status: code, body } = await getText(`http://${status.podIP}:4191/metrics`);
  if (code !== 200) throw new Error(`/metrics: ${code} ${body.slice(0, 300)}`);
  return [...body.matchAll(/^(\w+)\{(.*)\} (\S+)$/gmu)].map(([, name = '', labels = '', value]) => ({
    name,
    labels: Object.fromEntries([...labels.matchAll(/(\w+)="([^"]*)"/gu)].map(([, key, text]) => [key, text])),
    value: Number(value),
  }));
}

/** The sum of all samples of that name with these labels. */
export function sum(samples: readonly Sample[], name: string, labels: Readonly<Record<string, string>> = {}) {
  const matches = (sample: Sample) =>
    sample.name === name && Object.entries(labels).every(([key, value]) => sample.labels[key] === value);
  return samples.filter(matches).reduce((total, { value }) => total + value, 0);
}
