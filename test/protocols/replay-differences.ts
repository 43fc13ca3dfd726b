/** How turnkeep's answer to a recorded request differs on purpose. What is absent is the same. */
export interface Difference {
  /** The HTTP status. */
  readonly status?: number;
  /** The envelope's code, or that of the last event. */
  readonly code?: number;
  /** The envelope's result. */
  readonly result?: unknown;
  /** The contents of the pieces, where the answer is a stream. */
  readonly pieces?: readonly unknown[];
  /** The whole body, where it is no envelope. */
  readonly text?: string;
}

const answer = (content: unknown, mtype: string, sessionId = "<id>"): unknown => ({
  answer_message: { content, mtype, name: "msg", id: "<id>" },
  session_id: sessionId,
});

/**
 * Every recorded exchange that turnkeep answers otherwise, by its name. The reasons stand in
 * docs/compatibility.md, which names each of them.
 */
export const differences: Readonly<Record<string, Difference>> = {
  "06_session_id_empty": { status: 400, code: 400, result: null },
  "11_message_null": { status: 200, code: 0, result: answer(null, "NoneType") },
  "18_json_null": { status: 400, code: 400 },
  "20_json_string_containing_message": { status: 400, code: 400 },
  "21_wrong_ctype": { status: 415 },
  "22_no_ctype": { status: 415 },
  "26_get_chat": { status: 405 },
  "28_options_chat": { status: 204, text: "" },
  "30_root": { status: 404 },
  "34_nan": { status: 400, code: 400, result: null },
  "42_extra_args_not_accepted_stream": { code: 0, pieces: ["a", ""] },
  "50_raise": { status: 500 },
  "52_raise_code_str": { status: 500, code: 500 },
  "54_raise_http_bad": { status: 500, code: 400 },
  "58_returns_none": { status: 500 },
  "60_returns_str": { status: 500 },
  "61_returns_dict": { status: 500 },
  "62_returns_str_stream": { status: 200, code: 500, pieces: [] },
  "70_fail_before_first_x1": { code: 0, pieces: ["try2", "!", ""] },
  "78_stream_component_returns_string": { pieces: ["字符串", ""] },
  "80_stream_component_returns_int": { status: 200, code: 0, pieces: [3, ""] },
  "90_lazy_no_header": { status: 401, code: 401 },
  "94_lazy_bad_token": { status: 401, code: 401 },
  "98_lazy_Authorization_std": { status: 401, code: 401 },
  "102_request_id_utf8": { status: 400, code: 400, result: null },
  "110_gw_http400": { status: 502 },
  "112_gw_code": { status: 502 },
  "120_append_twice": { status: 500 },
  "122_append_partial_swallowed": {
    result: answer(
      'swallowed: append takes messages and message streams, but "bad" is "not a message". Wrap it: new Message(value).',
      "str",
      "ap3",
    ),
  },
  "126_append_empty_key": { status: 500, code: 500, result: null },
  "128_append_unserialisable": { status: 500 },
  "132_stream_message_blocking_response": {
    status: 200,
    code: 0,
    result: answer("said whole", "str", "ap12"),
  },
  "140_session_id_37": { status: 400, code: 400, result: null },
  "146_lone_surrogate_stream": { status: 400, code: 400, result: null },
  "148_session_id_nul_and_spaces": { status: 400, code: 400, result: null },
};
