// The levels and the one interface of everything that logs, and what its two implementations share. Used everywhere; cold.

/** What a line begins with (spec: `[LEVEL] text`, no time stamp). Hot code appends these texts itself. */
export const LEVEL = {
  debug: '[DEBUG] ',
  info: '[INFO] ',
  warning: '[WARNING] ',
  error: '[ERROR] ',
  fatal: '[FATAL] ',
} as const;

/** Writes one line a call. No method ever throws, whatever the sink does. */
export interface Logger {
  /** Only written while debug logging is on. */
  debug(text: string): void;
  info(text: string): void;
  warning(text: string): void;
  error(text: string): void;
  /** Only writes the line; to leave the process is the caller's business. */
  fatal(text: string): void;
  /** The same sink with lines of the form `[LEVEL] plugin/NAME: text`. */
  plugin(name: string): Logger;
}

/** The level methods on top of one `write`. */
export abstract class LevelLogger implements Logger {
  /** True when `debug` lines are wanted (plugin `debug`); may change with a reload. */
  debugging = false;

  /** Writes `level`, `scope` and `text` as one line. */
  abstract write(level: string, scope: string, text: string): void;

  debug(text: string): void {
    if (this.debugging) this.write(LEVEL.debug, '', text);
  }
  info(text: string): void {
    this.write(LEVEL.info, '', text);
  }
  warning(text: string): void {
    this.write(LEVEL.warning, '', text);
  }
  error(text: string): void {
    this.write(LEVEL.error, '', text);
  }
  fatal(text: string): void {
    this.write(LEVEL.fatal, '', text);
  }
  plugin(name: string): Logger {
    return new PluginLogger(this, name);
  }
}

/** The view of one plugin on a logger; follows its `debugging`. */
class PluginLogger implements Logger {
  readonly #base: LevelLogger;
  readonly #scope: string;

  constructor(base: LevelLogger, name: string) {
    this.#base = base;
    this.#scope = `plugin/${name}: `;
  }

  debug(text: string): void {
    if (this.#base.debugging) this.#base.write(LEVEL.debug, this.#scope, text);
  }
  info(text: string): void {
    this.#base.write(LEVEL.info, this.#scope, text);
  }
  warning(text: string): void {
    this.#base.write(LEVEL.warning, this.#scope, text);
  }
  error(text: string): void {
    this.#base.write(LEVEL.error, this.#scope, text);
  }
  fatal(text: string): void {
    this.#base.write(LEVEL.fatal, this.#scope, text);
  }
  plugin(name: string): Logger {
    return this.#base.plugin(name);
  }
}
