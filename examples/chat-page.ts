import type { PageOptions } from "turnkeep";

export { default } from "./playground-with-history.ts";

/** How `turnkeep serve --chat` shows the component above. */
export const page: PageOptions = {
  title: { "zh-CN": "海淀问答", en: "Ask about Haidian" },
  welcome: {
    "zh-CN": "问一个问题，再接着追问：每一轮对话都会保存下来。",
    en: "Ask a question, then another that builds on it: every turn is kept.",
  },
  starters: {
    "zh-CN": [
      { title: "海淀区的面积", message: "海淀区的面积是多少" },
      { title: "那朝阳区呢", message: "那朝阳区呢" },
      { title: "哪个区更大", message: "海淀区和朝阳区哪个更大" },
    ],
    en: [
      { title: "The area of Haidian", message: "What is the area of Haidian District?" },
      { title: "And Chaoyang?", message: "And that of Chaoyang?" },
      { title: "Which is larger", message: "Which is larger, Haidian or Chaoyang?" },
    ],
  },
};
