import { ensureGoProgram } from './go-program.ts';

/** proxy-init v1.6.2: see its go.mod for how it differs from the one that pods get. */
export function ensureProxyInit(): Promise<string> {
  return ensureGoProgram('proxy-init', 'proxy-init', 'github.com/linkerd/linkerd2-proxy-init');
}
