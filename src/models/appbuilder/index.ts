import type { ModelProvider, ModelRequest } from "../model-provider.ts";
import { requireServerURL } from "../provider-settings.ts";
import { AppBuilderModel } from "./appbuilder-model.ts";
import { Gateway } from "./gateway.ts";

const defaultGatewayURL = "https://appbuilder.baidu.com";

const provider: ModelProvider = {
  settings: ["token", "gatewayURL"],

  credential: { setting: "token", variable: "APPBUILDER_TOKEN", isRequired: () => true },

  languageModel(request: ModelRequest): AppBuilderModel {
    const { gatewayURL } = request.settings;
    const gateway = new Gateway({
      url:
        gatewayURL === undefined
          ? urlFromEnvironment()
          : toURL(gatewayURL, "The setting gatewayURL"),
      token: request.credential ?? "",
    });
    return new AppBuilderModel(request.name, request.reference, gateway);
  },
};

export default provider;

function urlFromEnvironment(): string {
  const url = process.env["GATEWAY_URL"]?.trim() ?? "";
  return url === "" ? defaultGatewayURL : toURL(url, "GATEWAY_URL");
}

function toURL(url: string, name: string): string {
  // As the original does: a host alone is reached by https.
  return requireServerURL(url.includes("://") ? url : `https://${url}`, name);
}
