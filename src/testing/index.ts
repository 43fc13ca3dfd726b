export {
  modelContract,
  type ModelContractCase,
  type ModelFixture,
  type ModelReply,
} from "./model-contract.ts";
export { type Script, type ScriptedAnswer, ScriptedModel } from "./scripted-model.ts";
export { storeContract } from "./store-contract.ts";
export type { StoreContractCase, StoreFixture } from "./store-fixture.ts";
