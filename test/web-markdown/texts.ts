/** An answer that has everything that Markdown may have. */
export const answer = `# 海淀区的面积

**注意：**以上数据来自**海淀区（Haidian）**的年鉴，*重点*是**“面积”**内容，*italic* too. 详见 https://www.bjhd.gov.cn/a。

## 对比

| 区 | 面积（km²） | 人口（万） | 说明 | 备注 |
|:---|---:|---:|:---:|---|
| 海淀区 | 431 | 313 | 高校与科技园区集中 | 第一行<br>第二行 |
| 朝阳区 | 470.8 | 345 | CBD 与使馆区 | \`GDP\` **第二** |

#### 待办

- [x] 查面积
- [ ] 查**人口**
  - 常住
  - 户籍
    1. 第一
    2. 第二

> 引用的一段话，见 [年鉴](https://example.com "统计年鉴")。

\`\`\`python
from dataclasses import dataclass

@dataclass
class District:
    """A district of the city."""
    name: str
    area: float = 431.0  # km²

    def density(self, people: int) -> float:
        return people / self.area if self.area > 0 else 0


print(f"{District('海淀区').density(3_130_000):.1f} people per square kilometre, a line that is wide")
\`\`\`

\`\`\`sql
SELECT message_key, count(*) FROM appbuilder_session_messages WHERE deleted = false GROUP BY 1;
\`\`\`

\`\`\`
no language
\`\`\`

密度 $\\rho = \\frac{N}{A}$，其中 $N$ 为人口；价格从 $5 到 $10。

$$
\\rho = \\frac{3.13 \\times 10^{6}}{431\\,\\text{平方千米}} \\approx 7262 \\quad\\text{人每平方千米}, \\qquad \\int_0^\\infty e^{-x^2}\\,dx = \\frac{\\sqrt{\\pi}}{2}
$$

\\[
\\begin{pmatrix} a & b \\\\ c & d \\end{pmatrix}
\\]

错的公式：$\\frac{1$，$\\href{https://example.com}{x}$。图：![海淀地图](https://example.com/map.png)

---

1. 一
2. 二

   续
`;

/** Texts that want something done. */
export const hostile = [
  "<script>document.title = 'acted'</script>",
  "<img src=x onerror=\"document.title='acted'\">",
  "<svg onload=\"document.title='acted'\"></svg><iframe src=https://evil.example></iframe>",
  "[a](javascript:document.title='acted')",
  "[a](JaVa&#x09;script&colon;document.title='acted')",
  "[a](data:text/html,<script>document.title='acted'</script>)",
  "![a](https://evil.example/pixel.png?secret)",
  "![a](//evil.example/pixel.png) ![a](javascript:x) ![a](data:image/svg+xml;base64,PHN2Zz4=)",
  "[![a](https://evil.example/pixel.png)](https://evil.example)",
  "<link rel=stylesheet href=https://evil.example/a.css><base href=https://evil.example>",
  "<meta http-equiv=refresh content='0;url=https://evil.example'>",
  "```js\" onclick=\"document.title='acted'\ncode\n```",
  "$\\href{javascript:document.title='acted'}{x}$ $\\includegraphics{https://evil.example/a.png}$",
  "$\\htmlStyle{background:url(https://evil.example)}{x}$ $\\url{https://evil.example}$",
].join("\n\n");
