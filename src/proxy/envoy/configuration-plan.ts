import type { Plan, ProxyPlan } from '../backend.ts';

/** The part of a plan that Envoy's configuration is made from: plans that differ elsewhere share its text. */
export interface ConfigurationPlan extends Pick<Plan, 'ports' | 'ipv6'> {
  readonly proxy: ConfiguredProxy;
}

export type ConfiguredProxy = Omit<ProxyPlan, 'image' | 'env' | 'await' | 'waitBeforeExitSeconds'>;
