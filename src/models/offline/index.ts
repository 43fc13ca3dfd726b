import { TurnkeepError } from "../../errors.ts";
import type { ModelProvider, ModelRequest } from "../model-provider.ts";
import { EchoModel } from "./echo-model.ts";

const provider: ModelProvider = {
  settings: [],

  languageModel(request: ModelRequest): EchoModel {
    if (request.name !== "echo") {
      throw new TurnkeepError(
        "model_unknown",
        `There is no model ${request.reference}: the only one of its provider is echo.`,
      );
    }
    return new EchoModel();
  },
};

export default provider;
