import { describe, expect, it } from 'vitest';
import { onPorts } from '../../../src/proxy/envoy/port-match.ts';

describe('matching ports', () => {
  it('names ranges with an exclusive end, that of the last port too', () => {
    expect(
      onPorts([
        [25, 25],
        [6000, 65_535],
      ]),
    ).toEqual({
      or_match: {
        rules: [
          { destination_port_range: { start: 25, end: 26 } },
          { destination_port_range: { start: 6000, end: 65_536 } },
        ],
      },
    });
  });

  it('needs no list for one range', () => {
    expect(onPorts([[1, 65_535]])).toEqual({ destination_port_range: { start: 1, end: 65_536 } });
  });
});
