#!/usr/bin/env node
console.log('outrigger');
