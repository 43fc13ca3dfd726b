import {
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  chromium,
  type Page,
} from "playwright-core";
import {
  ChatRuntime,
  type ChatRuntimeOptions,
  defineComponent,
  type Message,
  type MessageSource,
  MessageStream,
  type RunOptions,
  UserSession,
} from "turnkeep";
import { inject } from "vitest";
import { ControlledSource } from "../helpers/controlled-source.ts";
import { type Proxy, startProxy } from "../helpers/proxy.ts";
import { recordingLogger } from "../helpers/recording-logger.ts";
import { temporaryFolder } from "../helpers/temporary-folder.ts";

/** Answers one question. */
export type Answerer = (
  message: Message<string>,
  options: RunOptions & { readonly signal: AbortSignal },
) => AsyncIterable<MessageSource> | Iterable<MessageSource>;

/** How a visitor's browser is. */
export interface VisitOptions extends BrowserContextOptions {
  /** A phone with a touch screen of 390 by 844 pixels. */
  readonly phone?: boolean;
  /** What stands behind the page's URL, such as `?session=1`. */
  readonly path?: string;
  /** Problems that the test is about. */
  readonly expected?: RegExp;
}

/** Somebody at the page. Disposing closes the browser, and throws what was wrong in it. */
export interface Visitor extends AsyncDisposable {
  readonly page: Page;
  readonly context: BrowserContext;
  /** Errors in the console, and requests to elsewhere. */
  readonly problems: string[];
}

/** A served page, and a browser to visit it with. */
export interface Place extends AsyncDisposable {
  readonly url: string;
  readonly runtime: ChatRuntime;
  /** The file of the database. */
  readonly database: string;
  /** The messages that the component was given, oldest first. */
  readonly messages: readonly Message<string>[];
  /** How often the component was given this question. */
  readonly timesAsked: (question: string) => number;
  /** What the visitors' connections go through. */
  readonly proxy: Proxy;
  /** Says how a question is answered; others are answered with `You said: <the question>`. */
  readonly answer: (question: string, answerer: Answerer) => void;
  /** What answers a question as the test gives it. */
  readonly source: (question: string) => ControlledSource;
  readonly visit: (options?: VisitOptions) => Promise<Visitor>;
}

const phone: BrowserContextOptions = {
  viewport: { width: 390, height: 844 },
  hasTouch: true,
  isMobile: true,
};

/** Serves the page over a database of its own. */
export async function openPlace(options: Partial<ChatRuntimeOptions> = {}): Promise<Place> {
  const opened = new AsyncDisposableStack();
  const folder = opened.use(await temporaryFolder());
  const database = `${folder.path}/sessions.db`;
  const answerers = new Map<string, Answerer>();
  const messages: Message<string>[] = [];
  const component = defineComponent<string>({
    async *run(message, runOptions) {
      messages.push(message);
      const answerer = answerers.get(message.content) ?? echo;
      const answer = MessageStream.from(answerer(message, runOptions));
      await new UserSession().append({ query: message, answer });
      yield* answer;
    },
  });
  const runtime = opened.use(
    new ChatRuntime({
      component,
      userSessionConfig: `sqlite:///${database}`,
      chunkInterval: 20,
      shutdownGrace: 0,
      logger: recordingLogger(),
      ...options,
    }),
  );
  const server = opened.use(await runtime.serve({ port: 0 }));
  const proxy = opened.use(await startProxy(server.port));
  const url = `http://127.0.0.1:${proxy.port}`;
  const browser = await chromium.connect(inject("browser"));
  opened.defer(() => browser.close());
  return {
    url,
    runtime,
    database,
    messages,
    timesAsked: (question) => messages.filter(({ content }) => content === question).length,
    proxy,
    answer: (question, answerer) => void answerers.set(question, answerer),
    source(question) {
      const source = new ControlledSource();
      answerers.set(question, () => source);
      return source;
    },
    visit: (visitOptions = {}) => visit(browser, url, visitOptions),
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}

function* echo({ content }: Message<string>): Iterable<string> {
  yield "You said: ";
  yield content;
}

/** Visits a page. */
export async function visit(
  browser: Browser,
  url: string,
  options: VisitOptions,
): Promise<Visitor> {
  const { phone: isPhone = false, path = "", expected, ...others } = options;
  const context = await browser.newContext({
    viewport: { width: 1280, height: 800 },
    locale: "en-US",
    reducedMotion: "reduce",
    ...(isPhone ? phone : {}),
    ...others,
  });
  const problems: string[] = [];
  const note = (problem: string): void => {
    if (expected?.test(problem) !== true) problems.push(problem);
  };
  context.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") note(message.text());
  });
  context.on("weberror", (error) => note(String(error.error())));
  context.on("request", (request) => {
    const isOwn = request.url().startsWith(url) || /^(data|blob):/.test(request.url());
    if (!isOwn) note(`asked for ${request.url()}`);
  });
  const page = await context.newPage();
  page.setDefaultTimeout(30_000);
  await page.goto(`${url}/${path}`);
  return {
    page,
    context,
    problems,
    async [Symbol.asyncDispose]() {
      await context.close();
      if (problems.length > 0) throw new Error(`In the page:\n${problems.join("\n")}`);
    },
  };
}
