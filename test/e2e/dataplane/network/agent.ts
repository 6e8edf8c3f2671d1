/** Runs inside a host's namespaces and calls functions for the test. Started by agent-client.ts. */
interface Call {
  readonly id: number;
  readonly module: string;
  readonly name: string;
  readonly args: readonly unknown[];
}

type Exports = Readonly<Record<string, ((...args: readonly unknown[]) => unknown) | undefined>>;

process.on('message', (message) => {
  const call = message as Call;
  void answer(call).then((reply) => process.send?.({ id: call.id, ...reply }));
});

async function answer({ module, name, args }: Call): Promise<{ result?: unknown; error?: string }> {
  try {
    const exports = (await import(module)) as Exports;
    const called = exports[name];
    if (called === undefined) throw new Error(`${module} exports no "${name}"`);
    return { result: await called(...args) };
  } catch (error) {
    return { error: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}

// A peer's connection that breaks in an unwatched place must fail its own test, not the whole host.
process.on('uncaughtException', (error) => process.stderr.write(`${error.stack ?? error.message}\n`));
process.on('disconnect', () => process.exit());
