// What an autopath directive says, as plain data. Cold.

export interface AutopathOptions {
  /** Lower case, with the final dot: questions in or below them. */
  readonly zones: readonly string[];
  /** The plugin that knows where the search path of a client begins; '' when it begins with the first name of `search`. */
  readonly plugin: string;
  /** The client's namespace is read from the question alone. */
  readonly stateless: boolean;
  /** Names of a search list, lower case, with the final dot: those behind what the plugin knows. The name by itself comes last, and is not in it. */
  readonly search: readonly string[];
}
