import { describe, expect, it } from 'vitest';
import { admin, adminCluster, adminListener } from '../../../src/proxy/envoy/admin.ts';
import { testPlan } from '../plan.ts';

const socket = { pipe: { path: '@outrigger-admin' } };

describe('the admin interface', () => {
  it('opens what harms nobody, as every container of the pod can reach its socket', () => {
    expect(admin).toEqual({
      address: socket,
      allow_paths: [
        { prefix: '/stats/prometheus' },
        { exact: '/ready' },
        { exact: '/drain_listeners?graceful&skip_exit&inboundonly' },
      ],
    });
  });

  it('is where the admin cluster leads', () => {
    expect(adminCluster).toHaveProperty(
      'load_assignment.endpoints.0.lb_endpoints.0.endpoint.address',
      socket,
    );
  });
});

describe('the admin listener', () => {
  it('listens on the port of the plan, on IPv6 too where it is on', () => {
    const ports = { ...testPlan().ports, admin: 14_191 };
    expect(adminListener(testPlan({ ports }))).toMatchObject({
      address: { socket_address: { address: '0.0.0.0', port_value: 14_191 } },
    });
    expect(adminListener(testPlan({ ports }))).not.toHaveProperty('additional_addresses');
    expect(adminListener(testPlan({ ports, ipv6: true }))).toHaveProperty('additional_addresses', [
      { address: { socket_address: { address: '::', port_value: 14_191 } } },
    ]);
  });

  it('is exempt from the limits, so that a busy proxy does not look dead', () => {
    expect(adminListener(testPlan())).toMatchObject({
      ignore_global_conn_limit: true,
      bypass_overload_manager: true,
    });
  });

  it('passes on GET of four paths', () => {
    const headers = [{ name: ':method', string_match: { exact: 'GET' } }];
    const route = (path: string, target: object) => ({
      match: { path, headers },
      route: { cluster: 'admin', ...target },
    });
    expect(adminListener(testPlan())).toHaveProperty(
      'filter_chains.0.filters.0.typed_config.route_config.virtual_hosts.0.routes',
      [
        route('/metrics', { prefix_rewrite: '/stats/prometheus' }),
        route('/ready', {}),
        route('/live', { prefix_rewrite: '/ready' }),
        route('/drain', { prefix_rewrite: '/drain_listeners?graceful&skip_exit&inboundonly' }),
      ],
    );
  });
});
