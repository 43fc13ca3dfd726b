/** What a server that has just started tells of itself. */
export interface Welcome {
  /** The component's file. */
  readonly path: string;
  readonly url: string;
  /** The database URL; its password is not shown. */
  readonly database: string;
  /** The model that replaces the component's own, where one does. */
  readonly model: string | undefined;
  readonly lazyCertification: boolean;
  /** Whether the chat page is served too. */
  readonly isChat: boolean;
}

/** The text that greets whoever started a server: what runs where, and two commands to try it. */
export function welcome({
  path,
  url,
  database,
  model,
  lazyCertification,
  isChat,
}: Welcome): string {
  const turn = { message: "海淀区的面积是多少", session_id: "demo" };
  const stream = { message: "那朝阳区呢", session_id: "demo", stream: true };
  return `turnkeep serves ${path}

  URL       ${url}
  Database  ${database}
  Model     ${model ?? "as the component says"}
  Stop      Ctrl+C, or: kill ${process.pid}

${isChat ? `Open ${url}/ in a browser, or try a turn, and` : "Try a turn, and"} then one that is streamed in the same session:

${curl("curl", `${url}/chat`, turn, lazyCertification)}

${curl("curl -N", `${url}/chat`, stream, lazyCertification)}
`;
}

function curl(command: string, url: string, body: object, lazyCertification: boolean): string {
  const token = lazyCertification ? " -H 'X-Appbuilder-Authorization: Bearer <your token>'" : "";
  return `${command} ${url} -H 'Content-Type: application/json'${token} \\
  -d '${JSON.stringify(body)}'`;
}
