import { Component, Message, Playground, QueryRewrite, type RunOptions, UserSession } from "turnkeep";

class PlaygroundWithHistory extends Component<string, string> {
  readonly #queryRewrite = new QueryRewrite({ model: "appbuilder/Qianfan-Agent-Speed-8K" });
  readonly #playground = new Playground({ promptTemplate: "{query}", model: "appbuilder/ERNIE-Bot" });

  override async run(message: Message<string>, { stream = false }: RunOptions = {}) {
    const session = new UserSession();
    const [query] = await session.getHistory("query", { limit: 1 });
    const [answer] = await session.getHistory("answer", { limit: 1 });
    if (query && answer) {
      message = await this.#queryRewrite.run(new Message([query.content, answer.content, message.content]), { rewriteType: "带机器人回复" });
    }
    const reply = await this.#playground.run(message, { stream });
    await session.append({ query: message, answer: reply });
    return reply;
  }
}

export default PlaygroundWithHistory;
