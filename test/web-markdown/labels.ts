import type { MarkdownLabels } from "../../web/src/markdown/labels.ts";

export const labels: MarkdownLabels = {
  copy: "复制",
  code: "代码",
  table: "表格",
  formula: "公式",
  image: "图片",
};
