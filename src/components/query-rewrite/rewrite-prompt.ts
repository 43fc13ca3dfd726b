import type { RewriteType } from "../../models/model-task.ts";

const chinese = {
  system: `你是一个多轮对话的问题改写器。请根据对话历史，把用户的最后一个问题改写成一个不看历史也能看懂的完整问题：补全省略的主语、宾语等成分，把“它”“那个”“那里”等指代换成所指的内容。
要求：
1. 不改变问题的原意，不增加用户没有问的内容。
2. 不要回答这个问题。
3. 如果最后一个问题本身已经完整，或者与历史无关，请原样输出。
4. 只输出改写后的问题，不要解释，不要加引号或前缀。

例子：
对话历史：
用户：西湖在哪个城市？
助手：西湖在杭州。
最后一个问题：高铁多久能到那里？
改写：高铁多久能到杭州？`,
  question: "用户：",
  answer: "助手：",
  history: "对话历史：",
  noHistory: "（无）",
  last: "最后一个问题：",
  rewritten: "改写：",
};

const english = {
  system: `You rewrite questions of a conversation. Rewrite the user's last question into a complete one that can be understood without the conversation: put in what it leaves out, and replace words such as "it", "that one" or "there" by what they stand for.
Rules:
1. Keep the meaning; add nothing that the user did not ask.
2. Do not answer the question.
3. If the last question is complete as it is, or has nothing to do with the conversation, repeat it unchanged.
4. Keep the question's language.
5. Output the rewritten question only: no explanation, no quotation marks, no label.

Example:
Conversation:
User: Who wrote Hamlet?
Assistant: William Shakespeare.
Last question: When was he born?
Rewritten: When was William Shakespeare born?`,
  question: "User: ",
  answer: "Assistant: ",
  history: "Conversation:",
  noHistory: "(none)",
  last: "Last question: ",
  rewritten: "Rewritten: ",
};

/**
 * What makes any chat model rewrite the last of the texts, in Chinese where that is Chinese, else
 * in English.
 */
export function toRewritePrompt(
  texts: readonly string[],
  rewriteType: RewriteType,
): { readonly system: string; readonly prompt: string } {
  const last = texts.at(-1) ?? "";
  const words = /\p{Script=Han}/u.test(last) ? chinese : english;
  const history = texts
    .slice(0, -1)
    .map((text, index) => `${index % 2 === 0 ? words.question : words.answer}${text}`)
    .filter((_, index) => rewriteType === "带机器人回复" || index % 2 === 0);
  return {
    system: words.system,
    prompt: [
      words.history,
      ...(history.length === 0 ? [words.noHistory] : history),
      `${words.last}${last}`,
      words.rewritten,
    ].join("\n"),
  };
}
