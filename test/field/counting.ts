import { setTimeout as sleep } from "node:timers/promises";
import { defineComponent, Message, UserSession } from "turnkeep";

/** Answers each text with how many questions its session had before, and keeps both. */
export const counting = defineComponent<string>({
  run: async (message) => {
    const session = new UserSession();
    const before = await session.getHistory("query", { limit: 1000 });
    await sleep(2);
    const answer = new Message(`${before.length}`);
    await session.append({ query: message, answer });
    return answer;
  },
});
