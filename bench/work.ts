import { Message } from "../src/index.ts";

/** How many messages under each key a turn reads. */
export const historyLimit = 10;
/** The keys that a turn reads and writes. */
export const messageKeys = ["query", "answer"] as const;
/** What is asked and answered: with a message's other parts about 300 bytes of JSON. */
export const text: string = "The text goes on for 33 bytes. 海; ".repeat(6);

/** A message's JSON, about 300 bytes. */
export function messageJSON(): string {
  return JSON.stringify(new Message(text));
}

/** What the ids of the sessions that are there from the beginning begin with. */
export const sessionPrefix = "session-";
/** How many digits follow. */
export const sessionDigits = 8;

/** The id of one of those sessions. */
export function sessionName(number: number): string {
  return `${sessionPrefix}${String(number).padStart(sessionDigits, "0")}`;
}

/** The time of a clock that all processes of the machine share and nobody sets, in milliseconds. */
export function machineTime(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}
