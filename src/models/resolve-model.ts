import { currentRun, type RunScope } from "../run/scope.ts";
import type { CallLimits } from "./call-limits.ts";
import { DefinedModel } from "./define-model.ts";
import { type LoadedModel, loadModel, runSecrets } from "./load-model.ts";
import { type Model, requireModel } from "./model.ts";

/** A model as the current run calls it. */
export interface ResolvedModel extends LoadedModel {
  /** The limits that the model itself came with. */
  readonly limits: CallLimits;
}

const resolved = new WeakMap<RunScope, Map<string | DefinedModel, Promise<ResolvedModel>>>();

/**
 * The model that answers for `model` in the current run: for a reference the run's substitute,
 * where it has one. What a run has loaded once, it keeps.
 * @throws TurnkeepError `model_reference_invalid`, `model_unknown`, `model_credential_missing`,
 * `model_credential_rejected`, `invalid_argument`: see `loadModel`.
 */
export async function resolveModel(model: Model): Promise<ResolvedModel> {
  const run = currentRun();
  const answering =
    typeof model === "string" && run?.model !== undefined ? requireModel(run.model) : model;
  if (typeof answering !== "string" && !(answering instanceof DefinedModel)) {
    const label = `${answering.provider}/${answering.modelId}`;
    return { languageModel: answering, label, secrets: runSecrets(), limits: {} };
  }
  if (run === undefined) return load(answering);
  const ofRun = resolved.get(run) ?? new Map<string | DefinedModel, Promise<ResolvedModel>>();
  resolved.set(run, ofRun);
  let loading = ofRun.get(answering);
  if (loading === undefined) {
    loading = load(answering);
    ofRun.set(answering, loading);
    loading.catch(() => ofRun.delete(answering));
  }
  return loading;
}

async function load(model: string | DefinedModel): Promise<ResolvedModel> {
  return typeof model === "string"
    ? { ...(await loadModel(model, {})), limits: {} }
    : { ...(await model.load()), limits: model.limits };
}
