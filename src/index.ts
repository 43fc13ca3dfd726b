export {
  Component,
  type RunOptions,
  type Runnable,
  type RunResult,
} from "./component/component.ts";
export {
  type ComponentDefinition,
  type ContentOf,
  type DefinedComponent,
  defineComponent,
  type StreamedAnswer,
} from "./component/define-component.ts";
export {
  type ErrorCode,
  type ErrorDetails,
  errorStatuses,
  isTurnkeepError,
  TurnkeepError,
  type TurnkeepErrorOptions,
} from "./errors.ts";
export type { Logger } from "./logger.ts";
export {
  isMessageStream,
  type MessageDelta,
  type MessageSource,
  MessageStream,
  type MessageStreamOptions,
} from "./message/message-stream.ts";
export type {
  DataPart,
  FilePart,
  MessagePart,
  ReasoningPart,
  SourcePart,
  ToolPart,
} from "./message/message-part.ts";
export { isMessage, Message, type MessageFields, type MessageOptions } from "./message/message.ts";
export { withSession, type WithSessionOptions } from "./run/local.ts";
export { ChatRuntime, type ChatRuntimeOptions } from "./runtime/chat-runtime.ts";
export type {
  PageOptions,
  PageStarter,
  PageStarters,
  PageText,
} from "./runtime/page/page-options.ts";
export {
  type ChatAnswer,
  type ChatOptions,
  HttpRuntime,
  type HttpRuntimeOptions,
} from "./runtime/http-runtime.ts";
export type { ListenOptions, RunningServer } from "./runtime/node-server.ts";
export { MemoryStore, type MemoryStoreOptions } from "./session/memory-store.ts";
export type { Clock } from "./session/record-time.ts";
export type {
  HistoryQuery,
  SessionRecord,
  SessionStore,
  TurnMessages,
} from "./session/session-store.ts";
export {
  type HistoryOptions,
  type SessionContent,
  type SessionKey,
  type SessionKeys,
  type SessionMessages,
  UserSession,
  type UserSessionOptions,
} from "./session/user-session.ts";
export { type GenerationOptions } from "./components/generation-options.ts";
export { Playground, type PlaygroundOptions } from "./components/playground/playground.ts";
export type {
  TemplateInput,
  TemplateValue,
  TemplateVariables,
} from "./components/playground/prompt-template.ts";
export {
  QueryRewrite,
  type QueryRewriteOptions,
  type QueryRewriteRunOptions,
} from "./components/query-rewrite/query-rewrite.ts";
export type { CallLimits } from "./models/call-limits.ts";
export { defineModel, type ModelSettings } from "./models/define-model.ts";
export type { RewriteType } from "./models/model-task.ts";
export type { LanguageModel, Model } from "./models/model.ts";
export type { DatabaseConfig } from "./sql/database-config.ts";
export { openSqlStore, type SqlStoreOptions } from "./sql/sql-store.ts";
export type { IdentityOptions } from "./runtime/identify.ts";
export type {
  MessagesQuery,
  RowsQuery,
  SessionChange,
  SessionIndex,
  SessionInfo,
  SessionsQuery,
  StoredRows,
} from "./session/session-index.ts";
export type {
  Claims,
  Concurrency,
  KeyedMessage,
  NewTurn,
  TurnChunk,
  TurnEnd,
  TurnError,
  TurnRecord,
  TurnState,
  TurnsQuery,
  TurnStore,
} from "./session/turn-store.ts";
