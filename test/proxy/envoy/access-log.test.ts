import { describe, expect, it } from 'vitest';
import { accessLogs } from '../../../src/proxy/envoy/access-log.ts';
import { testPlan } from '../plan.ts';

const withLog = (accessLog: 'off' | 'apache' | 'json') => testPlan({ proxy: { accessLog } }).proxy;

describe('the access log', () => {
  it('is off unless it is asked for', () => {
    expect(accessLogs('inbound', withLog('off'))).toEqual([]);
  });

  it('is for what the pod serves, not for what it calls', () => {
    expect(accessLogs('outbound', withLog('json'))).toEqual([]);
  });

  it("ends each line of Apache's form, which Envoy does not", () => {
    expect(accessLogs('inbound', withLog('apache'))).toMatchObject([
      {
        typed_config: {
          log_format: { text_format_source: { inline_string: expect.stringMatching(/%\n$/) } },
        },
      },
    ]);
  });

  it('names its fields in JSON', () => {
    expect(accessLogs('inbound', withLog('json'))).toMatchObject([
      {
        typed_config: {
          log_format: { json_format: { status: '%RESPONSE_CODE%', method: '%REQ(:METHOD)%' } },
        },
      },
    ]);
  });

  it.each(['apache', 'json'] as const)(
    "gives the peer's address, not what x-forwarded-for claims: %s",
    (form) => {
      const text = JSON.stringify(accessLogs('inbound', withLog(form)));
      expect(text.match(/%DOWNSTREAM\w*/gu)).toEqual([
        expect.stringContaining('%DOWNSTREAM_DIRECT_REMOTE_ADDRESS'),
      ]);
    },
  );
});
