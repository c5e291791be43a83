// The endpoint is relative to this page, so that the page works behind a proxy
// that adds a path.
const endpoint = new URL('graphql', window.location.href);
const single = GraphiQL.createFetcher({ url: endpoint.href });

// fetcher asks for one answer, or for the events of a subscription.
function fetcher(params, options) {
  return isSubscription(params, options) ? subscribe(params, options) : single(params, options);
}

function isSubscription(params, options) {
  const operations = (options?.documentAST?.definitions ?? []).filter((d) => d.kind === 'OperationDefinition');
  const chosen = operations.find((d) => !params.operationName || d.name?.value === params.operationName);
  return chosen?.operation === 'subscription';
}

// subscribe yields the events of a stream. return() ends it at once, even while
// an event is waited for.
function subscribe(params, options) {
  const stop = new AbortController();
  const events = read(params, options?.headers, stop.signal);
  return {
    [Symbol.asyncIterator]() { return this; },
    next: () => events.next().catch((err) => {
      if (stop.signal.aborted) return { done: true, value: undefined };
      throw err;
    }),
    return: () => {
      stop.abort();
      return Promise.resolve({ done: true, value: undefined });
    },
  };
}

async function* read(params, headers, signal) {
  const response = await fetch(endpoint, {
    method: 'POST', signal, body: JSON.stringify(params),
    headers: { 'content-type': 'application/json', accept: 'text/event-stream', ...headers },
  });
  if (!response.headers.get('content-type')?.startsWith('text/event-stream')) {
    yield await response.json();
    return;
  }
  let text = '';
  for await (const chunk of chunks(response.body.pipeThrough(new TextDecoderStream()))) {
    const blocks = (text + chunk).split('\n\n');
    text = blocks.pop();
    for (const block of blocks) {
      const lines = block.split('\n');
      if (lines.includes('event: complete')) return;
      const data = lines.find((line) => line.startsWith('data: '));
      if (data) yield JSON.parse(data.slice('data: '.length));
    }
  }
}

async function* chunks(stream) {
  const reader = stream.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    yield value;
  }
}

const welcome = `# Ctrl-Enter runs the operation under the cursor.
# The explorer on the left shows the schema.

{
  __typename
}
`;

ReactDOM.createRoot(document.getElementById('graphiql')).render(
  React.createElement(GraphiQL, { fetcher, defaultQuery: welcome }),
);
