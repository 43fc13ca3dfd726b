#!/usr/bin/env node
import { runCommandLine } from "./command-line.ts";

// A component may hold timers or sockets that would keep a stopped server's process alive.
process.exit(await runCommandLine(process.argv.slice(2)));
