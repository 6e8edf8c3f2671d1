/** `outrigger uninject`: the inverse of `inject`. */
import { rewriteManifest, type Finding, type Rewritten } from '../manifests/rewrite.ts';
import type { Manifest } from '../manifests/parse.ts';
import { isSameButEmpty, stripNamespace, stripWorkload } from '../manifests/strip.ts';
import type { Command } from './command.ts';
import { describeFlags, parseArguments } from './flags.ts';
import { createLocalContext, renderNothing } from './local-context.ts';
import { chooseOutput, manifestFlags, noInput } from './manifest-flags.ts';
import { findSources } from './manifest-sources.ts';
import { failureIn, rewriteManifests } from './rewrite-manifests.ts';

export const uninject: Command = {
  flags: manifestFlags,
  help: [
    'outrigger uninject [FILE|FOLDER|https://…|-]… takes out of manifests what injection put in: annotations, and the',
    'containers and volumes that --manual or the webhook added. What says disabled stays.',
    '',
    describeFlags(manifestFlags),
    '',
    'Examples:',
    '  outrigger uninject deployment.yml',
    '  kubectl get pod web-0 -o yaml | outrigger uninject -',
    '  outrigger uninject --diff manifests/',
  ].join('\n'),
  async run(argv, terminal) {
    const { values, words } = parseArguments(manifestFlags, argv);
    const output = await chooseOutput(values, terminal);
    const sources = await findSources(words, terminal.stdin ?? noInput());
    const context = await createLocalContext(values.config, renderNothing);
    const options = { context, withAnnotations: true };
    const rewrite = (manifest: Manifest): Rewritten =>
      rewriteManifest(manifest, {
        isSame: isSameButEmpty,
        change: (of, target) =>
          (target.type === 'namespace' ? stripNamespace : stripWorkload)(of, target, options),
      });
    const isQuiet = values.quiet === true;
    await rewriteManifests({ sources, rewrite, output, reportOn, errorIn: failureIn, isQuiet }, terminal);
    return undefined;
  },
};

function reportOn({ place, object, verdict, details }: Finding): string {
  return verdict === 'uninjected'
    ? `${place}: ${object} uninjected: ${details.join(', ')}`
    : `${place}: ${object} unchanged: nothing of Outrigger's in it`;
}
