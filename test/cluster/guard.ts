// Removes a cluster when whoever started it closes this one's input, or is gone:
// node guard.ts <folder>, with the sessions of the cluster's processes as lines on the input.
import { rm } from "node:fs/promises";
import { createInterface } from "node:readline";
import { killSession } from "./process-session.ts";

const [folder = ""] = process.argv.slice(2);
const sessions: number[] = [];
for await (const line of createInterface(process.stdin)) sessions.push(Number(line));
await Promise.all(sessions.map(killSession));
await rm(folder, { recursive: true, force: true });
