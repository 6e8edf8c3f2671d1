import { describe, expect, it } from 'vitest';
import type { ProxyPlan } from '../../../src/proxy/backend.ts';
import { httpMetrics, tcpMetrics } from '../../../src/proxy/envoy/metrics.ts';
import type { JsonObject } from '../../../src/proxy/envoy/json.ts';
import { testPlan } from '../plan.ts';

const { proxy } = testPlan();

interface Metric {
  readonly stat: { readonly name: string; readonly tags: readonly { name: string; value_format: string }[] };
}

/** Name and labels of every metric that the loggers make, as `/metrics` shows them. */
function metrics(loggers: readonly JsonObject[]): string[] {
  return loggers.flatMap((logger) => {
    const config = logger['typed_config'] as { counters?: Metric[]; histograms?: Metric[] };
    return [...(config.counters ?? []), ...(config.histograms ?? [])].map(
      ({ stat }) => `${stat.name}{${stat.tags.map((tag) => tag.name).join(',')}}`,
    );
  });
}

function portLabels(loggers: readonly JsonObject[]): Set<string> {
  const tags = JSON.stringify(loggers).matchAll(/"port","value_format":("(?:\\.|[^"])*")/gu);
  return new Set([...tags].map(([, text = '']) => JSON.parse(text) as string));
}

describe('the golden metrics', () => {
  it.each(['inbound', 'outbound'] as const)(
    'have their names and labels, which are an interface: %s',
    (direction) => {
      expect(metrics([...httpMetrics(direction, proxy), ...tcpMetrics(direction, proxy)])).toEqual([
        'response_total{direction,port,status,grpc_status,flags}',
        'response_latency_ms{direction,port}',
        'tcp_close_total{direction,port,flags}',
        'tcp_read_bytes_total{direction,port}',
        'tcp_write_bytes_total{direction,port}',
      ]);
    },
  );

  it('say their direction', () => {
    const text = JSON.stringify([...httpMetrics('outbound', proxy), ...tcpMetrics('outbound', proxy)]);
    expect(new Set(text.match(/"direction","value_format":"\w+"/gu))).toEqual(
      new Set(['"direction","value_format":"outbound"']),
    );
  });

  it.each<[string, 'inbound' | 'outbound', ProxyPlan['declaredPorts'], string]>([
    [
      'the inbound port that the pod declares, or "other"',
      'inbound',
      [80, 9090],
      '%FILTER_STATE(outrigger.port:PLAIN)%',
    ],
    ['"other" where the pod declares none', 'inbound', [], 'other'],
    ['every outbound port', 'outbound', [80], '%DOWNSTREAM_LOCAL_PORT%'],
  ])('name %s', (_, direction, declaredPorts, label) => {
    const plan = { ...proxy, declaredPorts };
    expect(portLabels(httpMetrics(direction, plan))).toEqual(new Set([label]));
    expect(portLabels(tcpMetrics(direction, plan))).toEqual(new Set([label]));
  });

  it("leave the kubelet's probes out on the way in, and requests without an answer out of the latency", () => {
    const notFromKubelet = {
      header_filter: {
        header: {
          name: 'user-agent',
          string_match: { prefix: 'kube-probe/' },
          invert_match: true,
          treat_missing_header_as_empty: true,
        },
      },
    };
    const answered = { status_code_filter: { comparison: { op: 'GE', value: { default_value: 100 } } } };

    expect(httpMetrics('inbound', proxy)).toMatchObject([
      { filter: notFromKubelet },
      { filter: { and_filter: { filters: [notFromKubelet, answered] } } },
    ]);
    expect(httpMetrics('outbound', proxy)[0]).not.toHaveProperty('filter');
    expect(httpMetrics('outbound', proxy)[1]).toMatchObject({ filter: answered });
  });
});
