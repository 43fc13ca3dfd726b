import { text } from "../work.ts";
import { connectionString, load, type Peer } from "./peer.ts";

interface Graph {
  invoke(input: object, config: object): Promise<object>;
}

interface LangGraph {
  readonly StateGraph: new (state: unknown) => {
    addNode(name: string, work: (state: object) => object): LangGraphBuilder;
  };
  readonly MessagesAnnotation: unknown;
  readonly START: string;
  readonly END: string;
}

interface LangGraphBuilder {
  addEdge(from: string, to: string): LangGraphBuilder;
  compile(options: object): Graph;
}

interface Saver {
  setup(): Promise<void>;
  end(): Promise<void>;
}

/** LangGraph's checkpoints. */
export const peers: readonly Peer[] = [
  {
    title: "LangGraph JS checkpoints, PostgreSQL",
    package: "@langchain/langgraph-checkpoint-postgres",
    database: "postgresql",
    isDurable: true,
    note: "It reads and stores the whole state at each turn.",
    async open(database) {
      const [{ StateGraph, MessagesAnnotation, START, END }, { PostgresSaver }] = await Promise.all(
        [
          load<LangGraph>("@langchain/langgraph"),
          load<{
            readonly PostgresSaver: {
              readonly fromConnString: (url: string, options: object) => Saver;
            };
          }>("@langchain/langgraph-checkpoint-postgres"),
        ],
      );
      const schema = new URL(database.url).searchParams.get("schema") ?? "public";
      const checkpointer = PostgresSaver.fromConnString(connectionString(database), { schema });
      await checkpointer.setup();
      const graph = new StateGraph(MessagesAnnotation)
        .addNode("answer", () => ({ messages: [{ role: "assistant", content: text }] }))
        .addEdge(START, "answer")
        .addEdge("answer", END)
        .compile({ checkpointer });
      return {
        begin: async () => undefined,
        turn: (sessionId) =>
          graph.invoke(
            { messages: [{ role: "user", content: text }] },
            { configurable: { thread_id: sessionId }, durability: "sync" },
          ),
        [Symbol.asyncDispose]: () => checkpointer.end(),
      };
    },
  },
];
