#!/usr/bin/env -S node --max-semi-space-size=2
/**
 * What the package installs as `outrigger`. It runs under any Node from 18 on: under 24 it loads the program, under an
 * older one it starts it with the Node that npm has brought along (the optional package `node`). Apart from the
 * program, because an older Node may not even read that; and from what it needs for an older one, which takes 10 ms.
 */
const wanted = 24;
const [major = 0] = process.versions.node.split('.').map(Number);

if (major >= wanted) await import('./outrigger.js');
else (await import('./older-node.js')).startWithNewerNode(wanted);
