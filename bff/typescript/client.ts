/** An operation of the profile: R is its result, V its variables. */
export interface Operation<R, V> {
  readonly name: string;
  readonly kind: "query" | "mutation" | "subscription";
  /** SHA-256 of the text, in hex. */
  readonly id: string;
  /** Absent where the gateway knows the operation by its id. */
  readonly text?: string;
  /** Only for the types; never set. */
  readonly _types?: (variables: V) => R;
}

/** One error of an answer. */
export interface GraphQLError {
  readonly message: string;
  readonly path?: ReadonlyArray<string | number>;
  readonly extensions?: { readonly code?: string } & Readonly<Record<string, unknown>>;
}

/** What came of an operation: data, errors, or data with errors for its gaps. */
export interface Answer<R> {
  readonly data: R | null;
  readonly errors: ReadonlyArray<GraphQLError>;
  readonly status: number;
  readonly headers: globalThis.Headers;
}

/** An answer with errors, or a response that is no answer at all. */
export class ClientError extends globalThis.Error {
  override readonly name = "ClientError";
  readonly errors: ReadonlyArray<GraphQLError>;
  /** The data beside the errors, if there is any. */
  readonly data: unknown;
  /** HTTP status of the response. */
  readonly status: number;
  readonly headers: globalThis.Headers;

  constructor(message: string, answer: Answer<unknown>) {
    super(message);
    this.errors = answer.errors;
    this.data = answer.data;
    this.status = answer.status;
    this.headers = answer.headers;
  }

  /** The code of the first error, such as UNAUTHENTICATED. */
  get code(): string | undefined {
    return this.errors[0]?.extensions?.code;
  }
}

export interface ClientOptions {
  /** The GraphQL endpoint. */
  readonly url: string;
  /** Headers of every request, or what makes them: a token that is renewed, say. */
  readonly headers?: globalThis.HeadersInit | (() => globalThis.HeadersInit | Promise<globalThis.HeadersInit>);
  /** Name and version of the application, for the gateway's rules and figures. */
  readonly clientName?: string;
  readonly clientVersion?: string;
  /** Instead of the global fetch. */
  readonly fetch?: typeof globalThis.fetch;
}

export interface RequestOptions {
  readonly signal?: AbortSignal;
  readonly headers?: globalThis.HeadersInit;
}

/** Variables may be left out where none is required. */
export type Arguments<V> = {} extends V
  ? [variables?: V, options?: RequestOptions]
  : [variables: V, options?: RequestOptions];

/** Runs operations of one profile. */
export class Client {
  private readonly options: ClientOptions;

  constructor(options: ClientOptions) {
    this.options = options;
  }

  /** Returns the data; any error is thrown as a ClientError. */
  async request<R, V>(operation: Operation<R, V>, ...args: Arguments<V>): Promise<R> {
    const answer = await this.execute(operation, ...args);
    if (answer.errors.length > 0 || answer.data === null) {
      throw new ClientError(`${operation.name}: ${answer.errors[0]?.message ?? "no data"}`, answer);
    }
    return answer.data;
  }

  /** Returns data and errors; throws only if the response is no answer. */
  async execute<R, V>(operation: Operation<R, V>, ...args: Arguments<V>): Promise<Answer<R>> {
    const response = await this.send(operation, "application/graphql-response+json, application/json;q=0.9", args);
    const body = await response.text();
    return answerOf<R>(operation.name, body, response);
  }

  /** Yields the answers of a subscription until it ends or the loop is left. */
  async *subscribe<R, V>(operation: Operation<R, V>, ...args: Arguments<V>): AsyncGenerator<Answer<R>, void, undefined> {
    const response = await this.send(operation, "text/event-stream", args);
    if (!response.body || !(response.headers.get("content-type") ?? "").startsWith("text/event-stream")) {
      yield answerOf<R>(operation.name, await response.text(), response);
      return;
    }
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    try {
      for (let pending = ""; ; ) {
        const { done, value } = await reader.read();
        if (done) return;
        const events = (pending + value).split(/\r?\n\r?\n/);
        pending = events.pop() ?? "";
        for (const event of events) {
          const lines = event.split(/\r?\n/);
          if (lines.some((line) => /^event: ?complete$/.test(line))) return;
          const data = lines.filter((line) => line.startsWith("data:")).map((line) => line.slice(5).replace(/^ /, ""));
          if (data.length > 0) yield answerOf<R>(operation.name, data.join("\n"), response);
        }
      }
    } finally {
      await reader.cancel().catch(() => undefined);
    }
  }

  private async send<R, V>(operation: Operation<R, V>, accept: string, args: Arguments<V>): Promise<globalThis.Response> {
    const [variables, options] = args;
    const own = this.options.headers;
    const headers = new globalThis.Headers(typeof own === "function" ? await own() : own);
    new globalThis.Headers(options?.headers).forEach((value, name) => headers.set(name, value));
    headers.set("content-type", "application/json");
    headers.set("accept", accept);
    if (this.options.clientName !== undefined) headers.set("graphql-client-name", this.options.clientName);
    if (this.options.clientVersion !== undefined) headers.set("graphql-client-version", this.options.clientVersion);
    const document = operation.text === undefined ? { documentId: operation.id } : { query: operation.text };
    return (this.options.fetch ?? globalThis.fetch)(this.options.url, {
      method: "POST",
      headers,
      body: JSON.stringify({ ...document, operationName: operation.name, variables: variables ?? {} }),
      signal: options?.signal ?? null,
    });
  }
}

function answerOf<R>(name: string, body: string, response: globalThis.Response): Answer<R> {
  const { status, headers } = response;
  let json: { data?: R | null; errors?: GraphQLError[] } | undefined;
  try {
    json = JSON.parse(body);
  } catch {
    // Told below, together with JSON that is no answer.
  }
  if (typeof json !== "object" || json === null || (json.data === undefined && !Array.isArray(json.errors))) {
    const nothing = { data: null, errors: [], status, headers };
    throw new ClientError(`${name}: the response with status ${status} is no GraphQL answer`, nothing);
  }
  return { data: json.data ?? null, errors: json.errors ?? [], status, headers };
}
