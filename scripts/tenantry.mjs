#!/usr/bin/env node
/** `npx tenantry <command>`: builds what changed, then runs the command line of the product. */
import { build } from './start.mjs';

build();
await import('../dist/apps/api/src/cli.js');
