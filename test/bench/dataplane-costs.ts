/** What each feature costs: Envoy's CPU time per request with all features and with all but one. */
import type { Bootstrap } from './dataplane-bootstraps.ts';
import { features } from './dataplane-features.ts';
import { measureRate, type Protocol } from './dataplane-load.ts';
import type { Proxied, Rig } from './dataplane-rig.ts';
import { interleave, type Measured } from './dataplane-rounds.ts';
import { median } from './table.ts';

const protocols: readonly Protocol[] = ['HTTP/1.1', 'HTTP/2'];

/** A table in Markdown, of shares of the bare Envoy's CPU time per request. */
export async function measureFeatures(
  rig: Rig,
  ours: Proxied,
  bare: Proxied,
  requests: number,
): Promise<string> {
  const without: Proxied[] = [];
  for (const { name, leaveOut } of features)
    without.push(
      await rig.addProxied(`without-${without.length}`, checked(name, rig, leaveOut(rig.bootstrap))),
    );
  const all = [ours, bare, ...without];
  const columns: number[][] = [];
  for (const protocol of protocols) {
    const rounds = await interleave(all, requests, (proxied) =>
      measureRate(proxied.way('inbound'), protocol, requests),
    );
    columns.push(costs(rounds));
  }
  const names = ['all of ours', ...features.map(({ name }) => name)];
  const lines = names.map((name, index) => {
    const cells = columns.map((column) => `${((column[index] ?? 0) * 100).toFixed(1)} %`);
    return `| ${[name, ...cells].join(' | ')} |`;
  });
  return [
    '| Costs, of a bare Envoy’s CPU per request, inbound | HTTP/1.1 | HTTP/2 |',
    '| --- | --- | --- |',
    ...lines,
  ].join('\n');
}

/** A feature that is no longer there to be left out would cost nothing, wrongly. */
function checked(name: string, rig: Rig, bootstrap: Bootstrap): Bootstrap {
  if (JSON.stringify(bootstrap) === JSON.stringify(rig.bootstrap))
    throw new Error(`leaving out ${name} changes nothing`);
  return bootstrap;
}

/** First ours over the bare, then by how much ours falls when a feature is left out; medians over the rounds. */
function costs(rounds: readonly (readonly Measured[])[]): number[] {
  const perRequest = rounds.map((round) => round.map(({ perCpuSecond }) => 1 / perCpuSecond));
  const share = (index: number): number =>
    median(perRequest.map(([our = 0, their = 1, ...others]) => (our - (others[index] ?? their)) / their));
  return [share(-1), ...features.map((_, index) => share(index))];
}
