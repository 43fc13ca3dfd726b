// Makes docs/images: the page in its states, from a runtime whose component answers by a script.
import { mkdir, stat } from "node:fs/promises";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { ChatRuntime, defineComponent, Message, type MessageSource, UserSession } from "turnkeep";
import { page as pageOptions } from "../../examples/chat-page.ts";
import { temporaryFolder } from "../helpers/temporary-folder.ts";
import { projectFile } from "../helpers/turnkeep-process.ts";
import { executablePath, flags } from "./browser.ts";
import { button, messageField, send, whole } from "./steps.ts";

const chinese = `海淀区位于北京市**西北部**，面积约 **430.77 平方千米**，比朝阳区（470.8 平方千米）略小。

| 区 | 面积（km²） | 常住人口（万） |
| --- | ---: | ---: |
| 海淀区 | 430.77 | 313.2 |
| 朝阳区 | 470.80 | 344.2 |

两区面积之差为 $470.80 - 430.77 = 40.03$ 平方千米。`;

const english = `Haidian lies in the **north-west** of Beijing and covers **430.77 km²**.

| District | Area (km²) | Residents |
| --- | ---: | ---: |
| Haidian | 430.77 | 3.13 million |
| Chaoyang | 470.80 | 3.44 million |

\`\`\`ts
const difference = 470.8 - 430.77; // km²
console.log(difference.toFixed(2));
\`\`\`

- [x] Area of both districts
- [ ] Share of built-up land`;

/** What stands before an answer that was looked up. */
const steps: readonly MessageSource[] = [
  {
    type: "reasoning",
    text: "The area of a district is in the register of the city. I look both up, and compare them.",
  },
  { type: "tool", id: "1", name: "register", input: { district: "海淀区" } },
  { type: "tool", id: "1", output: { area: 430.77, unit: "km²" } },
  { type: "source", url: "https://example.com/register", title: "Register of districts" },
  { type: "source", mediaType: "application/pdf", filename: "yearbook-2026.pdf" },
];

/** A plan of two districts, to be sent along. */
const plan = `<svg xmlns="http://www.w3.org/2000/svg" width="320" height="200"><rect width="320" height="200" fill="#dfe9d8"/><path d="M40 30 180 20 200 120 90 180 30 130Z" fill="#8fb8de" stroke="#345" stroke-width="3"/><path d="M200 60 290 50 300 160 205 170Z" fill="#f0c987" stroke="#345" stroke-width="3"/><path d="M0 110Q160 60 320 130" fill="none" stroke="#4a7fb5" stroke-width="6"/><text x="95" y="100" font-size="22" font-family="sans-serif">海淀区</text><text x="215" y="120" font-size="22" font-family="sans-serif">朝阳区</text></svg>`;

const wait = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds));

const component = defineComponent<string>({
  async *run(message) {
    const isChinese = /[\u4E00-\u9FFF]/.test(message.content);
    const text = isChinese ? chinese : english;
    const isSlow = message.content.includes("slowly") || message.content.includes("详细");
    if (message.content.includes("register")) yield* steps;
    if (message.content.includes("!")) {
      yield english.slice(0, 72);
      throw new Error("The model's server is away.");
    }
    for (const piece of text.match(/[^]{1,12}/g) ?? []) {
      yield piece;
      // The picture is taken meanwhile.
      if (isSlow && piece.includes("```")) await wait(10_000);
    }
    await new UserSession().append({ query: message, answer: new Message(text) });
  },
});

const phone: BrowserContextOptions = {
  viewport: { width: 390, height: 844 },
  hasTouch: true,
  isMobile: true,
};
const chineseReader: BrowserContextOptions = { locale: "zh-CN" };
const inDark: BrowserContextOptions = { colorScheme: "dark" };

/** The pictures: who looks, and what is done before. */
const pictures: Readonly<
  Record<
    string,
    { readonly as?: BrowserContextOptions; readonly until: (page: Page) => Promise<void> }
  >
> = {
  welcome: { until: (page) => messageField(page).waitFor() },
  light: { until: (page) => ask(page, "What is the area of Haidian District?") },
  dark: {
    as: { ...inDark, ...chineseReader },
    until: async (page) => {
      await ask(page, "海淀区的面积是多少");
      await ask(page, "那朝阳区呢");
    },
  },
  phone: {
    as: { ...phone, ...chineseReader },
    until: (page) => ask(page, "海淀区和朝阳区哪个更大"),
  },
  drawer: {
    as: { ...phone, ...inDark },
    until: async (page) => {
      for (const question of ["And that of Chaoyang?", "Which is larger, Haidian or Chaoyang?"]) {
        await page.goto(new URL("/", page.url()).href);
        await ask(page, question);
      }
      await button(page, "Show chats").tap();
    },
  },
  "mid-answer": {
    until: async (page) => {
      await send(page, "Tell me slowly about Haidian");
      await page.getByRole("cell", { name: "470.80" }).waitFor();
      await button(page, "Stop answering").waitFor();
    },
  },
  error: {
    until: async (page) => {
      await send(page, "What is the area of Haidian District!");
      await page.locator(".failure").waitFor();
    },
  },
  parts: {
    as: { viewport: { width: 1200, height: 1200 } },
    until: async (page) => {
      await ask(page, "What does the register say of Haidian?");
      for (const fold of ["Reasoning", "Used register", "2 sources"]) {
        await page.locator("summary", { hasText: fold }).click();
      }
    },
  },
  versions: {
    until: async (page) => {
      await page.locator("input[type=file]").setInputFiles(await files(page));
      await ask(page, "Which of the two districts on the plan is larger?");
      await button(page, "Answer again").click();
      await page.getByRole("group", { name: "Version 2 of 2" }).waitFor();
      await whole(page);
      await button(page, "Bad answer").click();
      await page.locator("input[type=file]").setInputFiles(await files(page));
      await page.locator(".feedback-form").scrollIntoViewIfNeeded();
    },
  },
  data: {
    as: { viewport: { width: 1440, height: 860 } },
    until: async (page) => {
      await ask(page, "What is the area of Haidian District?");
      await button(page, "Show the stored data").click();
      await page.getByRole("table", { name: "" }).last().waitFor();
    },
  },
};

/** A picture and a text to send along. */
async function files(page: Page): Promise<{ name: string; mimeType: string; buffer: Buffer }[]> {
  const drawn = await page.context().newPage();
  await drawn.setContent(`<body style="margin:0">${plan}</body>`);
  const buffer = await drawn.locator("svg").screenshot();
  await drawn.close();
  return [
    { name: "plan.png", mimeType: "image/png", buffer },
    { name: "面积.csv", mimeType: "text/csv", buffer: Buffer.from("海淀区,430.77\n朝阳区,470.80") },
  ];
}

async function ask(page: Page, question: string): Promise<void> {
  await send(page, question);
  await page.waitForTimeout(300);
  await whole(page);
  // What colors code and sets formulas comes after the text.
  await page.locator(".answer:last-child :is(.katex, [class*=hljs-])").first().waitFor();
}

async function take(browser: Browser, url: string, name: string): Promise<void> {
  const picture = pictures[name];
  if (picture === undefined) throw new Error(`There is no picture ${name}.`);
  const context = await browser.newContext({
    viewport: { width: 1200, height: 760 },
    locale: "en-US",
    reducedMotion: "reduce",
    ...picture.as,
  });
  const page = await context.newPage();
  await page.goto(url);
  await picture.until(page);
  await page.mouse.move(0, 0);
  await page.waitForTimeout(500);
  const path = projectFile(`docs/images/chat-${name}.png`);
  await page.screenshot({ path });
  const { size } = await stat(path);
  if (size > 150_000) throw new Error(`${path} has ${size} bytes: more than 150,000.`);
  process.stdout.write(`${path}: ${size} bytes\n`);
  await context.close();
}

// Fonts with both scripts, whatever the system has as its own.
const family = (name: string, font: string): string =>
  `<match target="pattern"><test name="family"><string>${name}</string></test><edit name="family" mode="assign" binding="strong"><string>${font}</string></edit></match>`;
await using folder = await temporaryFolder({
  "fonts.conf": `<?xml version="1.0"?><fontconfig><include>/etc/fonts/fonts.conf</include>${["system-ui", "ui-sans-serif", "sans-serif"].map((name) => family(name, "Noto Sans CJK SC")).join("")}</fontconfig>`,
});
const browser = await chromium.launch({
  executablePath,
  args: [...flags],
  env: { ...process.env, FONTCONFIG_FILE: `${folder.path}/fonts.conf` },
});
await using runtime = new ChatRuntime({
  component,
  userSessionConfig: `sqlite:///${folder.path}/sessions.db`,
  page: pageOptions,
});
await using server = await runtime.serve({ port: 0 });
try {
  await mkdir(projectFile("docs/images"), { recursive: true });
  const wanted = process.argv.slice(2);
  for (const name of Object.keys(pictures)) {
    if (wanted.length === 0 || wanted.includes(name)) await take(browser, server.url, name);
  }
} finally {
  await browser.close();
}
