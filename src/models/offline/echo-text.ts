const longestQuote = 300;
const longestEarlierQuote = 40;

/** An answer that shows the question. */
export function echo(question: string): string {
  const quoted = quote(question, longestQuote);
  return isChinese(question)
    ? `【离线替身，未调用任何模型】收到的问题是：「${quoted}」`
    : `[Offline stand-in: no model was called] The question was: “${quoted}”`;
}

/** A question rewritten: the earlier ones, then itself. Texts are question, answer, ..., question. */
export function echoRewrite(texts: readonly string[]): string {
  const questions = texts.filter((_, index) => index % 2 === 0);
  const last = withoutMark(questions.at(-1) ?? "");
  if (questions.length < 2) return quote(last, longestQuote);
  const earlier = questions
    .slice(0, -1)
    .map((question) => quote(withoutMark(question), longestEarlierQuote));
  return isChinese(last)
    ? `【离线替身的改写，前问：「${earlier.join("」「")}」】${quote(last, longestQuote)}`
    : `[Offline stand-in's rewriting, asked before: “${earlier.join("”, “")}”] ${quote(last, longestQuote)}`;
}

/** A question as it was before it was rewritten here: else every turn would quote all before it. */
function withoutMark(question: string): string {
  return question.replace(
    /^(【离线替身的改写，前问：「.*?」】|\[Offline stand-in's rewriting, asked before: “.*?”\] )/s,
    "",
  );
}

function quote(text: string, longest: number): string {
  const characters = Array.from(text.trim());
  return characters.length <= longest
    ? characters.join("")
    : `${characters.slice(0, longest).join("")}…`;
}

function isChinese(text: string): boolean {
  return /\p{Script=Han}/u.test(text);
}
