import { z } from "zod";
import { TurnkeepError } from "../../errors.ts";
import type { Gateway } from "./gateway.ts";

interface ListedModel {
  readonly name: string;
  readonly url: string;
  readonly apiType: string;
}

interface KeptList {
  readonly models: Promise<readonly ListedModel[]>;
  readonly until: number;
}

const lifetime = 3_600_000;
const timeout = 60_000;
const mostLists = 1_000;

const modelSchema = z.looseObject({ name: z.string(), url: z.string(), apiType: z.string() });
const listSchema = z.looseObject({
  result: z
    .looseObject({
      common: z.array(modelSchema).nullish(),
      custom: z.array(modelSchema).nullish(),
    })
    .nullish(),
});

const kept = new Map<string, KeptList>();

/**
 * The URL that the gateway lists for a chat model. The list is asked for once for each token and
 * gateway, however many ask at a time; a failure is not kept.
 * @param reference how errors call the model.
 * @param signal ends the waiting, and not the request, which others may wait for.
 * @throws TurnkeepError `model_unknown` where the list lacks the model or it is not a chat model;
 * what the request throws.
 */
export async function findModelURL(
  gateway: Gateway,
  { name, reference }: { readonly name: string; readonly reference: string },
  signal: AbortSignal | undefined,
): Promise<string> {
  const models = await orAborted(listModels(gateway), signal);
  const model = models.find((each) => each.name === name);
  if (model === undefined) {
    const chatModels = models.filter((each) => each.apiType === "chat").map((each) => each.name);
    throw new TurnkeepError(
      "model_unknown",
      `AppBuilder's gateway does not list the model ${reference}. ${chatModels.length === 0 ? "It lists no chat model for this token." : `Chat models it lists: ${chatModels.slice(0, 20).join(", ")}${chatModels.length > 20 ? ", ..." : ""}.`}`,
    );
  }
  if (model.apiType !== "chat") {
    throw new TurnkeepError(
      "model_unknown",
      `The model ${reference} is of the type ${JSON.stringify(model.apiType)} at AppBuilder's gateway, but only models of the type "chat" can answer.`,
    );
  }
  return model.url;
}

function listModels(gateway: Gateway): Promise<readonly ListedModel[]> {
  const { key } = gateway;
  const known = kept.get(key);
  if (known !== undefined && known.until > Date.now()) return known.models;
  const models = requestList(gateway);
  const list = { models, until: Date.now() + lifetime };
  kept.delete(key);
  kept.set(key, list);
  models.catch(() => {
    if (kept.get(key) === list) kept.delete(key);
  });
  const [oldest] = kept.keys();
  if (kept.size > mostLists && oldest !== undefined) kept.delete(oldest);
  return models;
}

async function requestList(gateway: Gateway): Promise<readonly ListedModel[]> {
  const { value } = await gateway.ask({
    path: "/bce/wenxinworkshop/service/list",
    body: { apiTypefilter: [] },
    schema: listSchema,
    signal: AbortSignal.timeout(timeout),
  });
  return [...(value.result?.common ?? []), ...(value.result?.custom ?? [])];
}

async function orAborted<Result>(
  promise: Promise<Result>,
  signal: AbortSignal | undefined,
): Promise<Result> {
  if (signal === undefined) return promise;
  const aborted = Promise.withResolvers<never>();
  const onAbort = (): void => aborted.reject(signal.reason as Error);
  if (signal.aborted) onAbort();
  signal.addEventListener("abort", onAbort);
  try {
    return await Promise.race([promise, aborted.promise]);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}
